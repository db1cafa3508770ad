import { z } from 'zod'
import { claimOnce, issueOnce } from '../once/index.ts'
import type { FactorPorts } from './ports.ts'

/** What a challenge is for. An answer to one purpose is none to another. */
export type PasskeyPurpose = 'register' | 'sign-in' | 'second-factor' | 'step-up'

/** For whom and where a challenge is good. */
export interface ChallengeFor {
  readonly purpose: PasskeyPurpose
  /** Left out for a sign-in where the passkey itself says whose it is. */
  readonly personId?: string | undefined
  /** What the page stands in: the identifier of a session, of a ticket, or of a browser. Never a secret in clear. */
  readonly binding: string
}

/** Longer than the dialog of any browser stays open. */
export const challengeSecs = 300

const subject = z.strictObject({ personId: z.string().nullable(), binding: z.string() })

/** The secret of `once` is the challenge: 256 random bits, of which the database keeps a hash. */
export async function newChallenge(
  { database, clock }: FactorPorts,
  { purpose, personId, binding }: ChallengeFor,
): Promise<Uint8Array<ArrayBuffer>> {
  const { secret } = await issueOnce(
    database,
    {
      kind: `passkey-${purpose}`,
      owner: personId === undefined ? 'nobody' : `person:${personId}`,
      subject: { personId: personId ?? null, binding },
      lifeSecs: challengeSecs,
    },
    clock.now(),
  )
  return new Uint8Array(Buffer.from(secret, 'base64url'))
}

/** Uses the challenge up, whatever becomes of the answer. Undefined when it was issued for exactly this. */
export async function claimChallenge(
  { database, clock }: FactorPorts,
  challenge: string,
  { purpose, personId, binding }: ChallengeFor,
): Promise<'challenge' | 'binding' | undefined> {
  const claimed = await claimOnce(database, `passkey-${purpose}`, challenge, clock.now())
  if (claimed === undefined) return 'challenge'
  const issued = subject.parse(claimed.subject)
  return issued.personId === (personId ?? null) && issued.binding === binding ? undefined : 'binding'
}
