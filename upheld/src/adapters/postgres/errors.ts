import { defineErrors, type UpheldError } from '../../core/errors.ts'

export const refuse = defineErrors('postgres', {
  bad_logins: {
    status: 500,
    public: 'The file with the passwords of the database cannot be understood.',
    mend: 'Put it back from a copy.',
  },
  bad_url: {
    status: 500,
    public: 'The address of the database cannot be understood.',
    mend: 'It looks like postgres://user:password@host:5432/database; write special characters in the password as %XX.',
  },
  no_server: {
    status: 503,
    public: 'No database answers at this address.',
    mend: 'Is it running, and are host and port right?',
  },
  unknown_host: {
    status: 503,
    public: 'The name of the database host is not known.',
    mend: 'Check the spelling of the host.',
  },
  no_answer: {
    status: 503,
    public: 'The database does not answer in time.',
    mend: 'Does a firewall stand in between?',
  },
  broke_off: {
    status: 503,
    public: 'The other side ended the connection before it was a database session.',
    mend: 'Is it Postgres that listens there?',
  },
  starting: { status: 503, public: 'The database is starting up or shutting down.', mend: 'Try again in a moment.' },
  wrong_password: {
    status: 500,
    public: 'The database does not accept this user and password.',
    mend: 'Check both in the address.',
  },
  not_admitted: {
    status: 500,
    public: 'The database does not let this user in from here.',
    mend: 'Its pg_hba.conf has no line that fits.',
  },
  no_database: {
    status: 500,
    public: 'There is no database of this name on the server.',
    mend: 'Create it, or correct the name.',
  },
  too_many_connections: {
    status: 503,
    public: 'The database has no connection left.',
    mend: 'Raise max_connections, or end what holds them.',
  },
  tls_refused: {
    status: 500,
    public: 'The database does not speak TLS, and the address asks for it.',
    mend: 'Switch TLS on at the server; on a loopback address, leave sslmode out.',
  },
  tls_untrusted: {
    status: 500,
    public: "The database's certificate cannot be trusted.",
    mend: 'Name the authority that signed it: sslrootcert in the address.',
  },
  too_old: { status: 500, public: 'The database server is too old.', mend: 'Postgres 15 or later is needed.' },
  disk_full: { status: 507, public: 'The disk of the database is full.', mend: 'Make room, then start again.' },
})

/** SQLSTATE, or the code of Node's network and TLS errors. */
const codes: Readonly<Record<string, keyof typeof refuse>> = {
  ECONNREFUSED: 'no_server',
  ENOENT: 'no_server',
  ENOTFOUND: 'unknown_host',
  EAI_AGAIN: 'unknown_host',
  ETIMEDOUT: 'no_answer',
  EHOSTUNREACH: 'no_answer',
  ENETUNREACH: 'no_answer',
  ECONNRESET: 'broke_off',
  EPIPE: 'broke_off',
  ERR_INVALID_URL: 'bad_url',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls_untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls_untrusted',
  CERT_HAS_EXPIRED: 'tls_untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls_untrusted',
  '28P01': 'wrong_password',
  '28000': 'not_admitted',
  '3D000': 'no_database',
  '53300': 'too_many_connections',
  '57P03': 'starting',
  '53100': 'disk_full',
}

/** What the driver says without a code. */
const phrases: readonly (readonly [RegExp, keyof typeof refuse])[] = [
  [/does not support SSL/, 'tls_refused'],
  [/password must be a (non-empty )?string/, 'wrong_password'],
  [/timeout expired|connection timeout|timeout exceeded/i, 'no_answer'],
  [/terminated unexpectedly|error response|invalid response/i, 'broke_off'],
]

/** What a failed connection means, with the address but never the password; undefined for any other error. */
export function connectionRefusal(thrown: unknown, url: string): UpheldError | undefined {
  const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  const message = thrown instanceof Error ? thrown.message : ''
  const reason = codes[code] ?? phrases.find(([phrase]) => phrase.test(message))?.[1]
  if (reason === undefined) return undefined
  // Node's own error for a bad address carries the address, and with it the password.
  return refuse[reason](reason === 'bad_url' ? {} : { detail: addressOf(url), cause: thrown })
}

/** User, host, port and database of an address: what may be shown of it. */
export function addressOf(url: string): string {
  if (!URL.canParse(url)) return 'an address that cannot be understood'
  const { username, host, pathname, searchParams } = new URL(url)
  const place = host === '' ? (searchParams.get('host') ?? '') : host
  return `${username === '' ? '' : `${username}@`}${place}${pathname}`
}
