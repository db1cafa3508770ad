import type { Queryable } from '../../core/ports.ts'
import { claimOnce, issueOnce, peekOnce, voidOnce, type Issued } from '../once/index.ts'
import { normalizeEmail, normalizeName } from './address.ts'
import { begin, type Arrived } from './arrive.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import type { From, Parts } from './parts.ts'
import { assertPassword, createPerson } from './sign-up.ts'

const kind = 'operator-link'
const owner = 'operator'
const lifeSecs = 3600

/** A link for the very first of the operator's people, good for an hour and once. Those that were made before are void. */
export async function offerOperatorLink(tx: Queryable, now: Date): Promise<Issued> {
  await voidOnce(tx, owner, kind, now)
  return issueOnce(tx, { kind, owner, subject: {}, lifeSecs }, now)
}

/** Whether such a link would open something. It proves nothing of the moment after. */
export async function isOperatorLink({ database, clock }: Parts, link: string): Promise<boolean> {
  return (await peekOnce(database, kind, link, clock.now())) !== undefined
}

interface Operator {
  readonly link: string
  readonly email: string
  readonly name: string
  readonly password: string
}

/**
 * An account for whoever sits at the machine: the link stands for the proof of the address. `join` makes a person one of
 * the operator's, in the transaction that uses the link up; where it refuses, nothing was used and nobody was made.
 * @throws identity.link_over, bad_email, bad_name, email_taken; what a password is refused for; what `join` throws
 */
export async function beginOperator(
  parts: Parts,
  given: Operator,
  from: From,
  join: (tx: Queryable, personId: string) => Promise<void>,
): Promise<Arrived> {
  const { database, clock } = parts
  // Before any hash: whoever guesses links costs nothing.
  if (!(await isOperatorLink(parts, given.link))) throw refuse.link_over()
  const [email, name] = [normalizeEmail(given.email), normalizeName(given.name)]
  await assertPassword(parts, given.password, { email, name, secondFactor: false }, from.signal)
  const hash = await parts.passwords.hash(given.password, from.signal)
  const personId = await database.transaction(async tx => {
    if ((await claimOnce(tx, kind, given.link, clock.now())) === undefined) throw refuse.link_over()
    const id = await createPerson(tx, { email, name, hash }, clock.now())
    await join(tx, id)
    return id
  })
  const network = networkOf(from.address)
  await recordAccountEvent(database, { personId, action: 'account.begun', network }, clock.now())
  return begin(parts, { personId, methods: ['password'], way: 'sign-up' }, from)
}
