import { z } from 'zod'
import { isOwnAddress } from '../../core/web.ts'
import { publicKeyAlgorithms } from '../../core/signature-algorithms.ts'
import { refuse } from './errors.ts'

/** By a public key alone: an id token is never checked with the client secret. */
const algorithm = z.enum(publicKeyAlgorithms)

const optionForm = z.strictObject({
  /** Exactly as every provider has it registered: never taken from a request. */
  redirectUri: z
    .url()
    .refine(isOwnAddress, 'https, or http on this machine')
    .refine(text => !/[?#]/.test(text), 'no query and no fragment'),
  /** How long a browser may take from the first page of the provider to the callback. */
  flowSecsMax: z.int().min(60).max(3_600).default(600),
  /** How long somebody may take to sign in the old way and link the new one. */
  linkSecsMax: z.int().min(60).max(3_600).default(600),
  /** The proof that a link demands is at most this old. */
  stepUpSecsMax: z.int().min(30).max(3_600).default(300),
  /** By which the clocks of two machines may differ. */
  toleranceSecs: z.int().min(1).max(60).default(10),
  algorithms: z
    .array(algorithm)
    .min(1)
    .default([...publicKeyAlgorithms]),
  /**
   * Whether the provider of one organization may sign in somebody who belongs to others too. A session that is not held to
   * `organizationId` would let that provider act as them everywhere.
   */
  severalOrganizations: z.enum(['refuse', 'dangerously-allow']).default('refuse'),
  /** What a provider says of itself is asked again after this. */
  metadataSecs: z.int().min(1).max(86_400).default(600),
  /** For each answer of a provider. */
  timeoutSecs: z.int().min(1).max(60).default(5),
})

export type SsoOptions = z.input<typeof optionForm>
export type Options = z.output<typeof optionForm>

/** @throws sso.bad_options with every problem at once */
export function parseOptions(given: SsoOptions): Options {
  const parsed = optionForm.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
  return parsed.data
}
