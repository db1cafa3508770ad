import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import type { From, Parts } from './parts.ts'
import { holdPerson, personOf } from './person.ts'
import type { Method, VerifiedSession } from './port.ts'
import { checkFactor, type PasskeyRequest, type SecondProof } from './second.ts'
import { checkSession, renewSession, type NewSession } from './sessions.ts'
import { checkPassword } from './sign-in.ts'

export type StepUpProof = SecondProof | { readonly password: string }

/** @throws identity.no_session */
export async function sessionFor(parts: Parts, token: string): Promise<VerifiedSession> {
  const session = await checkSession(parts, token)
  if (session === undefined) throw refuse.no_session()
  return session
}

/**
 * The same for acts on the person's own account: never for a session that an organization's provider vouches for.
 * @throws identity.no_session, own_sign_in
 */
export async function ownSessionFor(parts: Parts, token: string): Promise<VerifiedSession> {
  const session = await sessionFor(parts, token)
  if (session.organizationId !== undefined) throw refuse.own_sign_in()
  return session
}

/** Strangers cannot use up the budget of a session that the person began. A provider could begin any number of others. */
function budgetOf({ id, organizationId }: VerifiedSession): string | undefined {
  return organizationId === undefined ? id : undefined
}

/**
 * A fresh proof in an open session. It gets another token; the old one opens nothing any more. Whoever has a second factor
 * proves with it, and the password alone is not taken.
 * @throws identity.no_session, wrong_credentials, wrong_code; takeover.slow_down; passwords.busy
 */
export async function stepUp(parts: Parts, token: string, proof: StepUpProof, from: From): Promise<NewSession> {
  const session = await sessionFor(parts, token)
  const method =
    'password' in proof
      ? await byPassword(parts, session, proof.password, from)
      : await byFactor(parts, session, proof, from)
  return renewed(parts, { session, token, methods: [method] }, from)
}

/** What the browser needs to ask a passkey in this session. @throws identity.no_session */
export async function beginStepUpPasskey(parts: Parts, token: string): Promise<PasskeyRequest> {
  const { id, personId } = await sessionFor(parts, token)
  return parts.factors.passkeys.begin({ purpose: 'step-up', personId, binding: id })
}

/** Another token for the session, after something was proven in it or changed by it. @throws identity.no_session */
export async function renewed(
  parts: Parts,
  { session, token, methods }: { session: VerifiedSession; token: string; methods: readonly Method[] },
  from: From,
): Promise<NewSession> {
  const { database, clock } = parts
  const renewal = await database.transaction(async tx => {
    await holdPerson(tx, session.personId)
    const found = await renewSession(tx, parts, { id: session.id, token }, methods)
    if (found === undefined) throw refuse.no_session()
    const detail = { methods }
    const network = networkOf(from.address)
    await recordAccountEvent(
      tx,
      { personId: session.personId, action: 'session.renewed', network, detail },
      clock.now(),
    )
    return found
  })
  return Object.freeze(renewal)
}

async function byPassword(parts: Parts, session: VerifiedSession, password: string, from: From): Promise<Method> {
  const { personId } = session
  const [{ hash }, { second }] = [await personOf(parts.database, personId), await parts.factors.of(personId)]
  const check = { personId, hash, password, session: budgetOf(session), second }
  if (!(await checkPassword(parts, check, from))) throw refuse.wrong_credentials()
  if (second) throw refuse.wrong_credentials({ detail: 'a second factor is asked for' })
  return 'password'
}

async function byFactor(parts: Parts, session: VerifiedSession, proof: SecondProof, from: From): Promise<Method> {
  const { id, personId } = session
  const proven = await checkFactor(
    parts,
    { personId, purpose: 'step-up', binding: id, known: budgetOf(session) },
    proof,
    from,
  )
  return proven.method
}
