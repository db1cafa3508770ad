import { lookup } from 'node:dns/promises'
import { request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { z } from 'zod'
import type { Web, WebRequest } from '../../core/web.ts'
import { isLoopbackAddress, isPublicAddress } from './address.ts'
import { refuse } from './errors.ts'

const optionForm = z.strictObject({
  /** From connecting to the last byte of the answer. */
  timeoutMs: z.int().min(100).max(60_000).default(5_000),
  /** Of an answer, without its headers, which Node limits to 16 KiB. */
  bytesMax: z
    .int()
    .min(1_024)
    .max(16 * 1_048_576)
    .default(262_144),
  /** Certificates of authorities, as PEM, in the place of the public ones. */
  ca: z.string().optional(),
  /** For tests on one machine: whoever may name an address reaches every service of this one. */
  dangerouslyAllowLoopback: z.boolean().default(false),
})

export type WebOptions = z.input<typeof optionForm>
type Parsed = z.output<typeof optionForm>

interface WebPorts {
  /** Every address of a host name, as text. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
}

const addressBytesMax = 2_048
/** RFC 9110: answers that have no body. */
const bodiless = new Set([204, 205, 304])

/**
 * Calls https addresses of the public Internet and no others. The name is resolved once for each call, every address of it
 * is judged, and the connection goes to the one that was judged: a name that answers differently the second time is of no
 * use (DNS rebinding). Each call has a connection of its own.
 */
export function openWeb(options: WebOptions = {}, { resolve = systemResolve }: WebPorts = {}): Web {
  const parsed = optionForm.parse(options)
  return Object.freeze({
    judge: async (address: string) => (await judged(address, parsed, resolve)).url,
    async call(address: string, wanted: WebRequest) {
      const { url, at } = await judged(address, parsed, resolve)
      return called(url, at, wanted, parsed)
    },
  })
}

async function systemResolve(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

async function judged(
  address: string,
  { dangerouslyAllowLoopback: loopback }: Parsed,
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<{ readonly url: URL; readonly at: string }> {
  const url = Buffer.byteLength(address) <= addressBytesMax && URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) throw refuse.address_refused({ detail: 'no address, or a longer one' })
  if (url.protocol !== 'https:') throw refuse.address_refused({ detail: 'not https' })
  if (url.username !== '' || url.password !== '') throw refuse.address_refused({ detail: 'with a user' })
  if (url.hash !== '' || address.includes('#')) throw refuse.address_refused({ detail: 'with a fragment' })
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const given = isIP(host) > 0
  if (given && !(loopback && isLoopbackAddress(host))) throw refuse.address_refused({ detail: 'not a host name' })
  const found = given ? [host] : await resolve(host).catch((cause: unknown) => Promise.reject(unreachable(url, cause)))
  const [at] = found
  if (at === undefined) throw refuse.unreachable({ detail: 'the name has no address' })
  const fine = (one: string): boolean => isPublicAddress(one) || (loopback && isLoopbackAddress(one))
  if (!found.every(fine)) throw refuse.address_refused({ detail: 'an address of the name is not public' })
  return { url, at }
}

function unreachable(url: URL, cause: unknown): Error {
  return refuse.unreachable({ detail: `calling ${url.hostname}`, cause })
}

/** One connection, one request, one bounded answer. */
async function called(url: URL, at: string, wanted: WebRequest, options: Parsed): Promise<Response> {
  const late = AbortSignal.timeout(options.timeoutMs)
  const signal = wanted.signal === undefined ? late : AbortSignal.any([late, wanted.signal])
  try {
    const message = await headOf(url, wanted, {
      method: wanted.method,
      headers: { ...wanted.headers, 'accept-encoding': 'identity' },
      agent: false,
      signal,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      lookup: (_host, { all }, done) => {
        const family = isIP(at)
        if (all === true) done(null, [{ address: at, family }])
        else done(null, at, family)
      },
    })
    const body = await bodyOf(message, options.bytesMax)
    const status = message.statusCode ?? 0
    if (status < 200 || status > 599) throw refuse.unreachable({ detail: `status ${status}` })
    return new Response(bodiless.has(status) ? null : body, { status, headers: headersOf(message) })
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('web.')) throw thrown
    throw unreachable(url, thrown)
  }
}

function headOf(url: URL, { body }: WebRequest, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve)
    sent.once('error', reject)
    sent.end(body)
  })
}

async function bodyOf(message: IncomingMessage, bytesMax: number): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of message) {
    const read = Buffer.from(part as Uint8Array)
    bytes += read.length
    if (bytes > bytesMax) {
      message.destroy()
      throw refuse.too_big({ detail: `more than ${bytesMax} bytes` })
    }
    parts.push(read)
  }
  return Buffer.concat(parts)
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  return headers
}
