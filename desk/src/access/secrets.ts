import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** A secret that says in whose house it is valid, so that it is looked up there and nowhere else. */
interface Credential {
  readonly organizationId: string
  /** 256 random bits in base64url. */
  readonly secret: string
}

// The nil UUID is no organization's.
const form = /^(?!0{32})([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

export function newCredential(organizationId: string): Credential {
  return { organizationId, secret: randomBytes(32).toString('base64url') }
}

/** `<organization in 32 hex digits>_<secret>` */
export function writeCredential({ organizationId, secret }: Credential): string {
  return `${organizationId.replaceAll('-', '')}_${secret}`
}

/** Undefined for anything that we never wrote. */
export function readCredential(text: string): Credential | undefined {
  const [, a, b, c, d, e, secret] = form.exec(text) ?? []
  return secret === undefined ? undefined : { organizationId: [a, b, c, d, e].join('-'), secret }
}

/** What is stored in a secret's place, in hex. The secret has 256 random bits, so a plain hash cannot be searched. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** The token that a session's forms carry: derived, so there is nothing to store and nothing to steal from the database. */
export function formToken(sessionSecret: string): string {
  return createHmac('sha256', sessionSecret).update('desk form token').digest('base64url')
}

export function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}
