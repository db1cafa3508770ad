import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import { canonicalJson } from '../../core/json.ts'
import { dashed } from './key-form.ts'

/**
 * `upv1.<organization, 32 hex digits>.<version of the key>.<what it says, base64url>.<HMAC-SHA-256, base64url>`. A format
 * of our own and not a JWT: there is no header, so there is no algorithm, no key and no address of a key that a token
 * could name; one version has one algorithm. The signature is compared as text, and covers every character before it:
 * nothing of a token can be written in two ways.
 */
const form = /^(upv1\.([0-9a-f]{32})\.([1-9][0-9]{0,8})\.([A-Za-z0-9_-]{2,2000}))\.([A-Za-z0-9_-]{43})$/
const domain = 'upheld/visitor-token@v1\n'

/** Who somebody is on a customer's page. Said by the customer's server for `known`, by us alone for `anonymous`. */
const bodyForm = z.strictObject({
  kind: z.enum(['anonymous', 'known']),
  visitor: z.string().min(1).max(64),
  origin: z.string().max(255),
  scopes: z.array(z.string().max(100)).max(50).readonly(),
  /** Seconds since 1970: when the visit began, when this token was made, from when on it is none. */
  began: z.int(),
  made: z.int(),
  ends: z.int(),
})
export type VisitorBody = Readonly<z.output<typeof bodyForm>>

/** A token that has the form of one. Nothing that it says is believed yet. */
interface WrittenToken {
  readonly organizationId: OrganizationId
  readonly version: number
  readonly signed: string
  readonly body: string
  readonly signature: string
}

export function parseToken(text: string): WrittenToken | undefined {
  const [, signed, organization, version, body, signature] = form.exec(text) ?? []
  if (signed === undefined || organization === undefined || version === undefined) return undefined
  if (body === undefined || signature === undefined || /^0+$/.test(organization)) return undefined
  return { organizationId: dashed(organization), version: Number(version), signed, body, signature }
}

export function writeToken(
  organization: OrganizationId,
  key: { readonly version: number; readonly secret: Uint8Array },
  body: VisitorBody,
): string {
  const said = Buffer.from(canonicalJson({ ...body })).toString('base64url')
  const signed = `upv1.${organization.replaceAll('-', '')}.${key.version}.${said}`
  return `${signed}.${signatureOf(signed, key.secret)}`
}

/** What it says, once the signature was found to be right; undefined otherwise. */
export function readToken(token: WrittenToken, secret: Uint8Array): VisitorBody | undefined {
  const right = Buffer.from(signatureOf(token.signed, secret))
  if (!timingSafeEqual(right, Buffer.from(token.signature))) return undefined
  const said = Buffer.from(token.body, 'base64url').toString()
  return bodyForm.parse(JSON.parse(said))
}

function signatureOf(signed: string, secret: Uint8Array): string {
  return createHmac('sha256', secret).update(domain).update(signed).digest('base64url')
}
