import { UpheldError } from '../../core/errors.ts'

/** Node's words for a connection that was not made, or ended. */
const network = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])

/** SQLSTATE: connections (class 08), too many of them, statements cut by time, a server that stops or starts. */
const sqlState = /^(08\w{3}|53300|57014|57P0[1-5])$/

/** What the driver says without a code. */
const phrases = /timeout (expired|exceeded)|connection timeout|terminated unexpectedly|query read timeout/i

/**
 * Whether a database could not be asked at all. What it did answer and should not have (a table that is gone, a row that
 * makes no sense, a log that does not verify) is a fault of the record, and never taken for this.
 */
export function isUnreachable(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || thrown instanceof UpheldError) return false
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  return network.has(code) || sqlState.test(code) || (code === '' && phrases.test(thrown.message))
}
