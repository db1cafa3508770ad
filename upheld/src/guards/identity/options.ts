import { z } from 'zod'
import { isOwnOrigin } from '../../core/web.ts'
import { refuse } from './errors.ts'

const origin = z.string().refine(isOwnOrigin, {
  error: 'is an origin such as https://desk.example, without a path; http is for this machine alone',
})
const path = z
  .string()
  .max(200)
  .regex(/^\/[A-Za-z0-9/_-]*$/, { error: 'is a path such as /account/reset' })

/** Where links in mails lead. All of it is configured: the Host header of a request is the visitor's to choose. */
const linkOptions = z.strictObject({
  /** What the product is called, in mails. */
  product: z
    .string()
    .min(1)
    .max(60)
    .regex(/^[^\p{C}]+$/u),
  origin,
  paths: z
    .strictObject({
      signUp: path.default('/sign-up/confirm'),
      reset: path.default('/reset'),
      email: path.default('/account/email/confirm'),
      undo: path.default('/account/email/undo'),
      invitation: path.default('/invitation'),
    })
    .prefault({}),
})
export type LinkOptions = Readonly<z.output<typeof linkOptions>>

/** Defaults are those of NIST SP 800-63B, AAL2, in its stricter reading: 12 hours, 30 minutes. */
const identityOptions = z
  .strictObject({
    /** A session that is not used for so long is over. Kept to within the minute. */
    idleSecs: z.number().int().min(60).max(86_400).default(1_800),
    /** A session is over after this, whatever its traffic. */
    absoluteSecs: z.number().int().min(300).max(2_592_000).default(43_200),
    /** Sessions of one person at once; with one more the oldest ends. */
    sessionsMax: z.number().int().min(1).max(200).default(50),
    /** Words that no password may be made of, besides the person's own: the product, the operator (ASVS 6.1.2). */
    contextWords: z.array(z.string().min(1).max(100)).max(100).readonly().default([]),
  })
  .refine(({ idleSecs, absoluteSecs }) => idleSecs <= absoluteSecs, { error: 'idleSecs <= absoluteSecs' })
export type IdentityOptions = Readonly<z.output<typeof identityOptions>>

/** @throws identity.bad_options with every problem at once; a misspelt option is one */
export function parseIdentityOptions(given: unknown): IdentityOptions {
  return Object.freeze(parsed(identityOptions, given))
}

/** @throws identity.bad_options */
export function parseLinkOptions(given: unknown): LinkOptions {
  return Object.freeze(parsed(linkOptions, given))
}

function parsed<T extends z.ZodType>(form: T, given: unknown): z.output<T> {
  const result = form.safeParse(given)
  if (!result.success) throw refuse.bad_options({ detail: z.prettifyError(result.error).replaceAll('\n', ' ') })
  return result.data
}
