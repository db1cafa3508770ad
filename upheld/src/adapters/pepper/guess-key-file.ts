import { hkdfSync, randomBytes } from 'node:crypto'
import { secretOnce } from '../files/index.ts'
import { refuse } from './errors.ts'

const form = /^([0-9a-f]{64})\n?$/

/** What `guards/takeover` takes as keys. With the file lost every count begins anew, and nothing else is lost. */
export interface GuessKeys {
  /** Under which accounts and addresses are counted. */
  readonly count: Uint8Array
  /** Under which our own proof of work is issued. */
  readonly work: Uint8Array
}

/**
 * Two keys of one secret in this file, which is made when there is none: each for its purpose alone (HKDF-SHA-256).
 * @throws pepper.bad_file, files.too_open
 */
export function guessKeyFile(path: string): GuessKeys {
  const [, secret] = form.exec(secretOnce(path, () => `${randomBytes(32).toString('hex')}\n`)) ?? []
  if (secret === undefined) throw refuse.bad_file({ detail: `${path} does not hold 32 bytes in hex.` })
  const key = (purpose: string) =>
    new Uint8Array(hkdfSync('sha256', Buffer.from(secret, 'hex'), '', `upheld takeover ${purpose} 1`, 32))
  return Object.freeze({ count: key('count'), work: key('work') })
}
