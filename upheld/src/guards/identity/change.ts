import { assertFresh } from './actions.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { holdPerson, personOf } from './person.ts'
import { writePassword } from './recovery.ts'
import { endSessions, renewSession, type NewSession } from './sessions.ts'
import { checkPassword } from './sign-in.ts'
import { assertPassword } from './sign-up.ts'
import { ownSessionFor } from './step-up.ts'

export interface PasswordChange {
  readonly old: string
  readonly next: string
  /** Leaves the other sessions and devices as they are. They end unless it is said so. */
  readonly keepOthers?: boolean
}

/**
 * Old and new one, in a session with a fresh proof. This session gets another token, the others end, links for a new
 * password are void, and the person hears of it.
 * @throws identity.no_session, prove_again, wrong_credentials; what the password is refused for; takeover.slow_down
 */
export async function changePassword(
  parts: Parts,
  token: string,
  { old, next, keepOthers = false }: PasswordChange,
  from: From,
): Promise<NewSession> {
  const { database, clock } = parts
  const session = await ownSessionFor(parts, token)
  assertFresh(session, 'change-password', clock.now())
  const { id: personId, email, name, hash } = await personOf(database, session.personId)
  const { second } = await parts.factors.of(personId)
  const check = { personId, hash, password: old, session: session.id, second }
  if (!(await checkPassword(parts, check, from))) throw refuse.wrong_credentials()
  await assertPassword(parts, next, { email, name, secondFactor: second }, from.signal)
  const fresh = await parts.passwords.hash(next, from.signal)
  return database.transaction(async tx => {
    const now = clock.now()
    await holdPerson(tx, personId)
    // Of several at once with one token, one goes on.
    const renewal = await renewSession(tx, parts, { id: session.id, token })
    if (renewal === undefined) throw refuse.no_session()
    await writePassword(tx, { personId, hash: fresh, now })
    if (!keepOthers) {
      await endSessions(tx, personId, session.id)
      await parts.factors.devices.forgetOthers(tx, personId, from.device)
    }
    const network = networkOf(from.address)
    await recordAccountEvent(tx, { personId, action: 'password.changed', network }, now)
    await enqueueMailTo(tx, personId, { kind: 'password-changed', detail: { network } }, now)
    return Object.freeze(renewal)
  })
}
