import type { X509Certificate } from 'node:crypto'
import type { Answer } from './wire/request.ts'
import type { Handshake, TlsVersion } from './wire/handshake.ts'

/** What one question brought, or why it brought nothing. */
export type Part<T> = { readonly seen: T } | { readonly unseen: string }

export interface CertificateSeen {
  readonly certificate: X509Certificate
  /** As asked for: a name, or an address without brackets. */
  readonly host: string
  readonly at: Date
  /** The code of OpenSSL when the chain leads to no trusted authority. */
  readonly distrust?: string
}

/** What the questions can bring, by name. */
export interface Parts {
  /** What became of a handshake in each version. At least one came about. */
  readonly tls: ReadonlyMap<TlsVersion, Handshake>
  readonly certificate: CertificateSeen
  /** The plain-HTTP door; undefined when nothing listens there. */
  readonly plain: Answer | undefined
  /** From the address that was given to where it ends, redirects included. */
  readonly answers: readonly Answer[]
  /** The last of them that came over TLS. */
  readonly secure: Answer
  /** Where they end, when that is an HTML page of this site. */
  readonly page: Answer
  /** The start page again, asked for with a foreign origin. */
  readonly foreign: Answer
  readonly options: Answer
  readonly trace: Answer
  /** A path that nobody has. */
  readonly absent: Answer
  /** What /.well-known/security.txt led to. */
  readonly file: { readonly answers: readonly Answer[]; readonly at: Date }
}
export type PartName = keyof Parts

export type Seen = { readonly [K in PartName]: Part<Parts[K]> }

export const foreignOrigin = 'https://upheld-look.example'
/** Sent with TRACE: an echo is known by it. */
export const traceMark = Object.freeze({ name: 'x-upheld-look', value: 'echo-9f2c' })

/** Texts that a stranger wrote, for a report: one line, bounded, without control characters. */
export function quoted(text: string, charactersMax = 120): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()
  const short = Array.from(plain).slice(0, charactersMax).join('')
  return `“${short}${short.length < plain.length ? '…' : ''}”`
}

/** An address without what may be secret in it: no user, no query, no fragment. */
export function placeOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`
}
