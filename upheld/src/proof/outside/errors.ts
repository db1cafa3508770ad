import { defineErrors, type UpheldError } from '../../core/errors.ts'

/** Why nothing was seen. Each is a single line; the details of one question stand with the rules that need it. */
const refuse = defineErrors('outside', {
  unknown_host: {
    status: 503,
    public: 'The name of the web address is not known.',
    mend: 'Check the spelling of the host.',
  },
  no_server: { status: 503, public: 'Nothing answers at the web address.', mend: 'Are host and port right?' },
  no_answer: {
    status: 503,
    public: 'The web address does not answer in time.',
    mend: 'Does a firewall stand in between?',
  },
  broke_off: {
    status: 503,
    public: 'The web address ended the connection before it answered.',
    mend: 'Is it a web server that listens there, and should it be https or http?',
  },
  not_http: {
    status: 502,
    public: 'What answers at the web address is not HTTP.',
    mend: 'Is it a web server that listens there, and should it be https or http?',
  },
  tls_failed: {
    status: 502,
    public: 'No TLS session with the web address comes about.',
    mend: 'Does TLS listen on this port, with a version and a cipher that a browser of today speaks?',
  },
  redirects: {
    status: 502,
    public: 'The web address redirects without end.',
    mend: 'Ask for the address that it should end at.',
  },
  unreachable: { status: 503, public: 'The web address cannot be reached.' },
})

type TroubleCode = keyof typeof refuse

const codes: Readonly<Record<string, TroubleCode>> = {
  ENOTFOUND: 'unknown_host',
  EAI_AGAIN: 'unknown_host',
  EAI_NODATA: 'unknown_host',
  ERR_INVALID_URL: 'unknown_host',
  ECONNREFUSED: 'no_server',
  ETIMEDOUT: 'no_answer',
  EHOSTUNREACH: 'no_answer',
  ENETUNREACH: 'no_answer',
  ECONNRESET: 'broke_off',
  EPIPE: 'broke_off',
  EPROTO: 'tls_failed',
}

/** What keeps one question from an answer. */
export interface Trouble {
  readonly code: TroubleCode
  /** The system's or the library's own code, such as ECONNRESET. */
  readonly detail: string
}

/** Thrown values of node:net, node:tls and node:http, by their codes: their texts may quote the address or the answer. */
export function troubleOf(thrown: unknown): Trouble {
  const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  const known = codes[code]
  if (known !== undefined) return { code: known, detail: code }
  if (code.startsWith('HPE_')) return { code: 'not_http', detail: code }
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return { code: 'tls_failed', detail: code }
  return { code: 'unreachable', detail: code === '' ? 'no reason was given' : code }
}

export const tooSlow: Trouble = Object.freeze({ code: 'no_answer', detail: 'the time was up' })

export function troubleRefusal(trouble: Trouble, place: string): UpheldError {
  return refuse[trouble.code]({ detail: `${place} (${trouble.detail})` })
}

/** The same as part of a sentence: why a rule could not see. */
export function troubleWords(trouble: Trouble): string {
  return `${refuse[trouble.code]().publicMessage} (${trouble.detail})`
}
