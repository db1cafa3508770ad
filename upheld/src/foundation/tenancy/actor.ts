import { hash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'
import { refuse } from './errors.ts'

/** Printable, without the controls that would break a line of a log. */
const word = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'no control characters')

const actorForm = z.strictObject({
  type: z.enum(['member', 'api-key', 'visitor', 'staff', 'operator', 'application', 'probe']),
  /** A pseudonym, such as a UUID: never a name or an address. */
  id: word(100),
  /** What for, such as `support-desk`. */
  purpose: word(80),
  /** Ties together what one request did. */
  request: word(100).optional(),
  /** For staff, and for nobody else: the live grant of the organization that lets them in. */
  grant: z.strictObject({ id: z.uuid({ abort: true }).lowercase(), writes: z.boolean() }).optional(),
  /** Labels of sealed columns that this actor may open, such as `desk.integration.credential`; `*` for all. */
  opens: z.array(word(200)).max(100).readonly().optional(),
})

/** Who acts, and what for. Signed into every context, and so into every entry of the audit log. */
export type Actor = Readonly<z.input<typeof actorForm>>

/** Somebody of the operator, in an organization under its grant. */
export interface Support {
  /** The pseudonym of whoever it is. */
  readonly staff: string
  readonly grant: string
  readonly writes: boolean
}

/** For the handle of an organization: that staff holds it, where that is so. */
export function supportOf({ type, id, grant }: Actor): { readonly support?: Support } {
  if (type !== 'staff' || grant === undefined) return {}
  return { support: Object.freeze({ staff: id, grant: grant.id, writes: grant.writes }) }
}

/** An actor as it goes behind the context, see kernel/030-context.sql. */
export interface Note {
  readonly text: string
  /** The first eight bytes of the SHA-256 of the text, as hex. */
  readonly nonce: string
}

/** The application itself, where nobody was named. */
export const application: Actor = Object.freeze({ type: 'application', id: 'application', purpose: 'service' })

/** @throws tenancy.bad_actor with every problem at once */
export function parseActor(given: Actor): Actor {
  const parsed = actorForm.safeParse(given)
  if (!parsed.success) throw refuse.bad_actor({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
  const { type, grant, opens } = parsed.data
  if (type === 'staff' && grant === undefined) throw refuse.no_grant()
  if (type !== 'staff' && grant !== undefined) throw refuse.bad_actor({ detail: 'Only staff comes with a grant.' })
  if (grant !== undefined && opens !== undefined) throw refuse.bad_actor({ detail: 'Staff opens no sealed value.' })
  return Object.freeze(parsed.data)
}

/** Not to be guessed beforehand: whoever wants another text with the same nonce can begin only when it was seen. */
const salt = randomBytes(8).toString('hex')

export function noteOf({ type, id, purpose, request }: Actor): Note {
  const text = canonicalJson({ actor: { id, type }, purpose, ...(request === undefined ? {} : { request }), salt })
  return Object.freeze({ text, nonce: hash('sha256', text).slice(0, 16) })
}
