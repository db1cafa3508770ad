import type { FactorChange, Factors } from '../factors/index.ts'
import { voidOnce } from '../once/index.ts'
import { assertFresh } from './actions.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { holdPerson, unlessGone } from './person.ts'
import type { Method, VerifiedSession } from './port.ts'
import { endSessions, renewSession, turnEpoch, type NewSession } from './sessions.ts'
import { ownSessionFor } from './step-up.ts'

export interface FactorsChanged<T> {
  readonly result: T
  /** Undefined when nothing was changed: the token stays. */
  readonly renewed: NewSession | undefined
}

/** What a change of factors is made of: its own answer, and what it asks of the sessions. */
export interface ChangeOf<T> {
  readonly result: T
  readonly change: FactorChange | undefined
  /** What was proven by the change itself, such as the code that confirmed an app. */
  readonly proven?: Method
}

/**
 * The one way to change factors: in a session with a fresh proof; afterwards this session has another token, the others
 * are over, half-finished sign-ins are void, and the person hears of it. `work` makes the change.
 * @throws identity.no_session, prove_again; what `work` throws
 */
export async function changeFactors<T>(
  parts: Parts,
  token: string,
  from: From,
  work: (factors: Factors, session: VerifiedSession) => Promise<ChangeOf<T>>,
): Promise<FactorsChanged<T>> {
  const { database, clock, factors } = parts
  const session = await ownSessionFor(parts, token)
  assertFresh(session, 'change-factors', clock.now())
  const { result, change, proven } = await unlessGone(() => work(factors, session))
  if (change === undefined) return { result, renewed: undefined }
  const { personId } = session
  const network = networkOf(from.address)
  const renewal = await database.transaction(async tx => {
    const now = clock.now()
    await holdPerson(tx, personId)
    const found = await renewSession(tx, parts, { id: session.id, token }, proven === undefined ? [] : [proven])
    if (change.endOtherSessions) {
      await turnEpoch(tx, personId)
      await endSessions(tx, personId, session.id)
    }
    await voidOnce(tx, `person:${personId}`, 'sign-in-ticket', now)
    await recordAccountEvent(tx, { personId, action: 'factor.changed', network, detail: { what: change.action } }, now)
    if (change.mail !== undefined) await enqueueMailTo(tx, personId, { kind: change.mail, detail: { network } }, now)
    return found
  })
  if (renewal === undefined) throw refuse.no_session()
  return Object.freeze({ result, renewed: renewal })
}
