import { z } from 'zod'
import { publicKeyAlgorithms } from '../../core/signature-algorithms.ts'
import { refuse } from './errors.ts'

const algorithm = z.enum(publicKeyAlgorithms)
const word = (max: number) => z.string().min(1).max(max)

const setForm = z.looseObject({ keys: z.array(z.looseObject({ kty: word(10) })).max(100) })

const definitionForm = z.strictObject({
  /** Exactly as in `iss`. */
  issuer: z.url({ protocol: /^https$/ }).max(500),
  /** One of `aud`, and made for this service alone: a name that two services share lets one use the tokens of the other. */
  audience: word(500),
  algorithms: z.array(algorithm).min(1).max(publicKeyAlgorithms.length),
  /** The header `typ`, such as `at+jwt` (RFC 9068): an id token or a logout token of the same issuer is none. */
  type: word(100).regex(/^[\w!#$&^.+-]+(\/[\w!#$&^.+-]+)?$/),
  keys: z.union([z.strictObject({ url: z.url({ protocol: /^https$/ }) }), z.strictObject({ set: setForm })]),
  /** Which claims say what. */
  claims: z
    .strictObject({
      /** Who it is. */
      subject: word(100).default('sub'),
      /** How they proved it (RFC 8176). */
      methods: word(100).default('amr'),
      /** When they did. */
      provenAt: word(100).default('auth_time'),
    })
    .prefault({}),
  /** Values of the claim of methods by which the issuer says that it asked for a second factor. */
  secondFactor: z.array(word(40)).max(20).default(['mfa']),
  /** By which the clocks of two machines may differ. */
  toleranceSecs: z.int().min(0).max(60).default(5),
  /** A token that says it lives longer from now on is refused: it could not be taken back. */
  lifeSecsMax: z.int().min(60).max(86_400).default(3_600),
  /** Keys that the issuer took out are not trusted for longer. */
  keysAgeSecsMax: z.int().min(10).max(86_400).default(600),
  /** Between two questions to the issuer, whatever tokens arrive. */
  cooldownSecs: z.int().min(1).max(3_600).default(30),
})

export type JwtDefinition = z.input<typeof definitionForm>
export type Definition = z.output<typeof definitionForm>

/** Nothing has a default that decides what is accepted. @throws jwt.bad_definition with every problem at once */
export function parseDefinition(given: JwtDefinition): Definition {
  const parsed = definitionForm.safeParse(given)
  if (!parsed.success) {
    throw refuse.bad_definition({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
  }
  return parsed.data
}
