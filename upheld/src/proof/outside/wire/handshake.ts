import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type SecureVersion, type TLSSocket } from 'node:tls'
import { tooSlow, troubleOf, type Trouble } from '../errors.ts'
import type { Budget } from './budget.ts'

/** Oldest last: the certificate is read from the first that comes about. */
export const tlsVersions = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'] as const satisfies readonly SecureVersion[]
export type TlsVersion = (typeof tlsVersions)[number]

/** `refused`: the server does not speak it. `unseen`: nobody can tell. */
export type Handshake =
  | {
      readonly is: 'offered'
      readonly cipher: string
      readonly certificate: X509Certificate | undefined
      /** The code of OpenSSL when the chain leads to no authority that is trusted here. */
      readonly distrust?: string
    }
  | { readonly is: 'refused'; readonly why: string }
  | { readonly is: 'unseen'; readonly trouble: Trouble }

interface Place {
  readonly host: string
  readonly port: number
  /** Authorities to trust in place of those that Node knows. */
  readonly ca?: readonly string[]
}

/** Nothing was sent: this Node cannot speak the version, or has no cipher for it. */
const ownInability = /NO_PROTOCOLS_AVAILABLE|NO_CIPHERS_AVAILABLE|INVALID_PROTOCOL_VERSION|NO_CIPHER_MATCH/

/** One handshake that offers one version alone. Never rejects. */
export function shakeHands(place: Place, version: TlsVersion, budget: Budget): Promise<Handshake> {
  const ms = budget.next('handshake')
  if (ms === 0) return Promise.resolve({ is: 'unseen', trouble: tooSlow })
  return new Promise(resolve => {
    let socket: TLSSocket | undefined
    const settle = (handshake: Handshake): void => {
      clearTimeout(limit)
      resolve(handshake)
      socket?.destroy()
    }
    const limit = setTimeout(() => settle({ is: 'unseen', trouble: tooSlow }), ms)
    try {
      socket = connect({
        host: place.host,
        port: place.port,
        ...(isIP(place.host) === 0 ? { servername: place.host } : {}),
        minVersion: version,
        maxVersion: version,
        ciphers: 'DEFAULT@SECLEVEL=0',
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
        ...(place.ca === undefined ? {} : { ca: [...place.ca] }),
      })
    } catch (thrown) {
      settle({ is: 'unseen', trouble: troubleOf(thrown) })
      return
    }
    const opened = socket
    opened.on('secureConnect', () => settle(offeredBy(opened)))
    opened.on('error', thrown => settle(outcomeOf(thrown)))
    opened.on('close', () => settle({ is: 'refused', why: 'closed' }))
  })
}

function offeredBy(socket: TLSSocket): Handshake {
  const distrust = socket.authorized ? undefined : distrustOf(socket.authorizationError)
  return {
    is: 'offered',
    cipher: socket.getCipher().name,
    certificate: socket.getPeerX509Certificate(),
    ...(distrust === undefined ? {} : { distrust }),
  }
}

/** The declared type is Error; what OpenSSL finds is its code as a text. A wrong name is for another rule. */
function distrustOf(error: unknown): string | undefined {
  const code =
    typeof error === 'string'
      ? error
      : error instanceof Error && 'code' in error && typeof error.code === 'string'
        ? error.code
        : 'UNKNOWN'
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? undefined : code
}

function outcomeOf(thrown: unknown): Handshake {
  const trouble = troubleOf(thrown)
  if (ownInability.test(trouble.detail)) return { is: 'unseen', trouble }
  const refusal = trouble.code === 'tls_failed' || trouble.code === 'broke_off'
  return refusal ? { is: 'refused', why: trouble.detail } : { is: 'unseen', trouble }
}
