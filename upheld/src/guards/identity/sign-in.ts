import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Asked, Guessed } from '../takeover/index.ts'
import { normalizeEmail } from './address.ts'
import { arrive, type Arrival } from './arrive.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import type { From, Parts } from './parts.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
}

const found = z
  .object({ id: z.string(), hash: z.string().nullable(), disabled_at: z.date().nullable(), epoch: z.number() })
  .transform(row => ({ id: row.id, hash: row.hash ?? undefined, epoch: row.epoch, disabled: row.disabled_at !== null }))
type FoundPerson = z.output<typeof found>

/**
 * Address and password. For an address that nobody has, the same statements are sent and the same hash is computed; the
 * answer is the same as for a wrong password.
 * @throws identity.bad_email, wrong_credentials; takeover.slow_down; passwords.too_long, unreadable, busy
 */
export async function signIn(parts: Parts, given: Credentials, from: From): Promise<Arrival> {
  const email = normalizeEmail(given.email)
  const person = await findPerson(parts, email)
  const account = person === undefined ? { unknown: email } : { person: person.id }
  // Who is disabled has no password that could be right.
  const hash = person?.disabled === true ? undefined : person?.hash
  const ok = await checkPassword(parts, { account, hash, password: given.password }, from)
  if (!ok || person === undefined) throw refuse.wrong_credentials()
  return arrive(parts, { personId: person.id, methods: ['password'], way: 'password', epoch: person.epoch }, from)
}

async function findPerson({ database }: Pick<Parts, 'database'>, email: string): Promise<FoundPerson | undefined> {
  const { rows } = await database.query(
    `select p.id, w.hash, p.disabled_at, p.epoch from upheld_identity.person p
     left join upheld_identity.password w on w.person_id = p.id where p.email = $1`,
    [email],
  )
  return rows[0] === undefined ? undefined : found.parse(rows[0])
}

interface PasswordCheck {
  readonly account: Guessed
  readonly hash: string | undefined
  readonly password: string
  /** The session in which it is asked, when there is one: a stranger cannot use its budget up. */
  readonly session?: string | undefined
}

/**
 * Whether this is the password, counted by `takeover` around the check. A hash that is not the newest is replaced, unless
 * the password was changed meanwhile.
 * @throws takeover.slow_down, passwords.too_long, unreadable, busy
 */
export async function checkPassword(parts: Parts, check: PasswordCheck, from: From): Promise<boolean> {
  const { account, hash, password } = check
  const personId = 'person' in account ? account.person : undefined
  const known = check.session ?? (await knownDevice(parts, personId, from))
  const ask = await place(parts, { account, factor: 'password', known }, from)
  const verified = await counted(
    parts,
    ask,
    () => parts.passwords.verify(hash, password, from.signal),
    async ({ ok }) => {
      if (!ok) return 'failed'
      if (personId === undefined) return 'passed'
      return (await parts.factors.of(personId)).second ? 'passed' : 'signed-in'
    },
  )
  if (personId === undefined) return verified.ok
  if (verified.rehash !== undefined) {
    await parts.database.query(`update upheld_identity.password set hash = $3 where person_id = $1 and hash = $2`, [
      personId,
      hash,
      verified.rehash,
    ])
  }
  return verified.ok
}

type Place = Extract<Asked, { go: true }>
type Outcome = 'failed' | 'passed' | 'signed-in'

/** A place in the count. @throws takeover.slow_down */
export async function place(
  { takeover }: Parts,
  what: {
    readonly account: Guessed
    readonly factor: 'password' | 'code' | 'passkey'
    readonly known: string | undefined
  },
  { address, agent, device, answer, organization }: From,
): Promise<Place> {
  const asked = await takeover.ask({
    account: what.account,
    factor: what.factor,
    visitor: { address, agent, ...(device === undefined ? {} : { device }) },
    ...(what.known === undefined ? {} : { known: what.known }),
    ...(answer === undefined ? {} : { answer }),
    ...(organization === undefined ? {} : { organization }),
  })
  if (!asked.go) throw takeover.refusal(asked)
  return asked
}

/** The check, and what came of it told to the count. A check that could not be made gives its place back. */
export async function counted<T>(
  { takeover }: Parts,
  { ticket }: Place,
  check: () => Promise<T>,
  /** With the person whom the check itself showed, where nobody was named before. */
  outcome: (result: T) => Promise<Outcome | { readonly outcome: Outcome; readonly person: string }>,
): Promise<T> {
  let result: T
  try {
    result = await check()
  } catch (failure) {
    await takeover.note(ticket, 'unused')
    throw failure
  }
  const said = await outcome(result)
  if (typeof said === 'string') await takeover.note(ticket, said)
  else await takeover.note(ticket, said.outcome, said.person)
  return result
}

const nobody = randomUUID()

/** Its identifier, when the browser holds the token of one that is this person's. Looked for, also when there is no person. */
export async function knownDevice(
  { factors }: Parts,
  personId: string | undefined,
  { device }: From,
): Promise<string | undefined> {
  return (await factors.devices.known(personId ?? nobody, device))?.id
}

/** What the person reads afterwards: that somebody was refused, from which network. */
export async function recordRefusal(parts: Parts, personId: string, from: From, what: string): Promise<void> {
  const event = { personId, action: 'sign-in.refused', network: networkOf(from.address), detail: { what } } as const
  await recordAccountEvent(parts.database, event, parts.clock.now())
}
