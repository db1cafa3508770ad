import { z } from 'zod'
import { refuse } from './errors.ts'
import type { Definition } from './options.ts'
import type { Signed } from './signature.ts'

/** What an access token says, once it was checked. */
export interface VerifiedToken {
  readonly issuer: string
  readonly subject: string
  readonly expiresAt: Date
  /** When the person proved who they are; absent when the token does not say. */
  readonly provenAt: Date | undefined
  /** As the issuer names them (RFC 8176); none when the token does not say. */
  readonly methods: readonly string[]
  /** Of this one token, where it has one. */
  readonly tokenId: string | undefined
}

/** RFC 7519: seconds, also with a fraction. The upper end is the year 9999. */
const moment = z.number().min(0).max(253_402_300_799)
const word = (max: number) => z.string().min(1).max(max)
const claimsForm = z.looseObject({
  iss: word(500),
  aud: z.union([word(500), z.array(word(500)).min(1).max(20)]),
  exp: moment,
  nbf: moment.optional(),
  iat: moment.optional(),
  jti: word(200).optional(),
})
const subjectForm = word(255).regex(/^[^\p{C}]*$/u)
const methodsForm = z.array(word(40)).max(20)

/** @throws jwt.refused */
export function checkClaims({ header, payload }: Signed, definition: Definition, now: Date): VerifiedToken {
  if (typeOf(header['typ']) !== typeOf(definition.type)) throw refuse.refused({ detail: 'typ' })
  const claims = claimsForm.safeParse(jsonOf(payload))
  if (!claims.success)
    throw refuse.refused({ detail: z.prettifyError(claims.error).replaceAll('\n', ' ').slice(0, 300) })
  const { iss, aud, exp, nbf, iat, jti } = claims.data
  if (iss !== definition.issuer) throw refuse.refused({ detail: 'iss' })
  if (![aud].flat().includes(definition.audience)) throw refuse.refused({ detail: 'aud' })
  const nowSecs = now.getTime() / 1000
  const { toleranceSecs: slack, lifeSecsMax } = definition
  if (exp <= nowSecs - slack) throw refuse.refused({ detail: 'exp' })
  if (exp > nowSecs + lifeSecsMax + slack) throw refuse.refused({ detail: 'lives too long' })
  if (nbf !== undefined && nbf > nowSecs + slack) throw refuse.refused({ detail: 'nbf' })
  if (iat !== undefined && iat > nowSecs + slack) throw refuse.refused({ detail: 'iat' })
  const subject = subjectForm.safeParse(own(claims.data, definition.claims.subject))
  if (!subject.success) throw refuse.refused({ detail: 'subject' })
  const provenAt = moment.safeParse(own(claims.data, definition.claims.provenAt))
  const methods = methodsForm.safeParse(own(claims.data, definition.claims.methods))
  return Object.freeze({
    issuer: iss,
    subject: subject.data,
    expiresAt: new Date(exp * 1000),
    // What says that it was proven in the future says nothing.
    provenAt: provenAt.success && provenAt.data <= nowSecs + slack ? new Date(provenAt.data * 1000) : undefined,
    methods: methods.success ? methods.data : [],
    tokenId: jti,
  })
}

/** RFC 7515, section 4.1.9: letters of any case, and `application/` may be left out. */
function typeOf(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined
  const type = given.toLowerCase()
  return type.includes('/') ? type : `application/${type}`
}

function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (cause) {
    throw refuse.refused({ detail: 'the payload is no JSON', cause })
  }
}

function own(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}
