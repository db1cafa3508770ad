import { refuse } from './errors.ts'
import type { VerifiedSession } from './port.ts'

/**
 * Acts that ask for a fresh proof, and how old it may be at most, in seconds (ASVS 7.5.1, 7.5.3). Whoever carries out such
 * an act calls `proven` with its name.
 */
export const freshSecs = Object.freeze({
  'change-email': 300,
  'change-password': 300,
  'change-factors': 300,
  'end-sessions': 900,
  'delete-account': 300,
  'change-roles': 900,
  'invite-members': 900,
  'remove-members': 900,
  'change-settings': 900,
  'change-sign-in': 300,
  'make-keys': 900,
  'export-data': 900,
  'approve-support': 300,
  'decide-reviews': 900,
  'transfer-ownership': 300,
})
export type FreshAction = keyof typeof freshSecs

/** Whether it was proven recently enough for this act. A proof that lies in the future is none. */
export function isFresh(session: Pick<VerifiedSession, 'provenAt'>, action: FreshAction, now: Date): boolean {
  const ageMs = now.getTime() - session.provenAt.getTime()
  return ageMs >= -clockSlackMs && ageMs <= freshSecs[action] * 1000
}

/** How far clocks of several machines may be apart. */
const clockSlackMs = 5_000

/** @throws identity.prove_again */
export function assertFresh(session: Pick<VerifiedSession, 'provenAt'>, action: FreshAction, now: Date): void {
  if (!isFresh(session, action, now)) throw refuse.prove_again({ detail: action })
}
