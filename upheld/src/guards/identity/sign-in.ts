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

const factsRow = z
  .object({
    person_id: z.string().nullable(),
    hash: z.string().nullable(),
    disabled: z.boolean().nullable(),
    epoch: z.number().nullable(),
    device_id: z.string().nullable(),
    second: z.boolean(),
  })
  .transform(({ person_id: id, hash, disabled, epoch, device_id: known, second }) => ({
    person: id === null || epoch === null ? undefined : { id, epoch },
    // Who is disabled has no password that could be right.
    hash: disabled === true ? undefined : (hash ?? undefined),
    known: known ?? undefined,
    second,
  }))

/**
 * Address and password. For an address that nobody has, the same statements are sent and the same hash is computed; the
 * answer is the same as for a wrong password. On a known device and without a second factor: one statement who it is, one
 * that counts while the hash is made; then one that says what became of it, while another one begins the session.
 * @throws identity.bad_email, wrong_credentials; takeover.slow_down; passwords.too_long, unreadable, busy
 */
export async function signIn(parts: Parts, given: Credentials, from: From): Promise<Arrival> {
  const email = normalizeEmail(given.email)
  const { person, hash, known, second } = await factsOf(parts, email, from)
  const account = person === undefined ? { unknown: email } : { person: person.id }
  const { ok, settle } = await tryPassword(parts, { account, hash, password: given.password, known }, from)
  if (!ok || person === undefined) {
    await settle(second)
    throw refuse.wrong_credentials()
  }
  const proof = { personId: person.id, methods: ['password'], way: 'password', epoch: person.epoch } as const
  const arriving = arrive(parts, second ? proof : { ...proof, second }, from)
  return (await together(arriving, settle(second)))[0]
}

/** Both have ended when this answers, whether or not one of them failed. */
async function together<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b])
  return Promise.all([a, b])
}

async function factsOf({ database, factors, clock }: Parts, email: string, { device }: From) {
  const { rows } = await database.query(`select * from upheld_identity.sign_in_facts($1, $2, $3)`, [
    email,
    factors.devices.claim(device).held ?? null,
    clock.now(),
  ])
  return factsRow.parse(rows[0])
}

interface PasswordTry {
  readonly account: Guessed
  readonly hash: string | undefined
  readonly password: string
  /** A device or a session of the account's own: a stranger cannot use its budget up. */
  readonly known: string | undefined
}

/** Checked, and not yet told to the count. */
interface TriedPassword {
  readonly ok: boolean
  /** Tells it; `second` when another factor is asked for. A hash that is not the newest is replaced, unless the password was changed meanwhile. */
  readonly settle: (second: boolean) => Promise<void>
}

/** The check of a password, with its place in the count taken before. @throws takeover.slow_down, passwords.too_long, unreadable, busy */
async function tryPassword(
  parts: Parts,
  { account, hash, password, known }: PasswordTry,
  from: From,
): Promise<TriedPassword> {
  const { takeover, database, passwords } = parts
  const check = () => passwords.verify(hash, password, from.signal)
  // Who is known may hash as often as they are right: nothing is saved by waiting. A refused try learns nothing of its hash.
  const early = known === undefined ? undefined : check()
  early?.catch(() => undefined)
  const { ticket } = await place(parts, { account, factor: 'password', known }, from)
  const { ok, rehash } = await unlessUnused(parts, ticket, () => early ?? check())
  return {
    ok,
    async settle(second) {
      await takeover.note(ticket, !ok ? 'failed' : second ? 'passed' : 'signed-in')
      if (rehash === undefined || !('person' in account)) return
      await database.query(`update upheld_identity.password set hash = $3 where person_id = $1 and hash = $2`, [
        account.person,
        hash,
        rehash,
      ])
    },
  }
}

interface PasswordCheck {
  readonly personId: string
  readonly hash: string | undefined
  readonly password: string
  /** The session in which it is asked, when it is the person's own doing: a stranger cannot use its budget up. */
  readonly session: string | undefined
  /** Whether the person has a second factor. */
  readonly second: boolean
}

/**
 * Whether this is the password of somebody who has a session, counted by `takeover` around the check.
 * @throws takeover.slow_down, passwords.too_long, unreadable, busy
 */
export async function checkPassword(
  parts: Parts,
  { personId, session, second, ...rest }: PasswordCheck,
  from: From,
): Promise<boolean> {
  const known = session ?? (await knownDevice(parts, personId, from))
  const { ok, settle } = await tryPassword(parts, { account: { person: personId }, known, ...rest }, from)
  await settle(second)
  return ok
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
  parts: Parts,
  { ticket }: Place,
  check: () => Promise<T>,
  /** With the person whom the check itself showed, where nobody was named before. */
  outcome: (result: T) => Promise<Outcome | { readonly outcome: Outcome; readonly person: string }>,
): Promise<T> {
  const result = await unlessUnused(parts, ticket, check)
  const said = await outcome(result)
  if (typeof said === 'string') await parts.takeover.note(ticket, said)
  else await parts.takeover.note(ticket, said.outcome, said.person)
  return result
}

async function unlessUnused<T>({ takeover }: Parts, ticket: Place['ticket'], check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (failure) {
    await takeover.note(ticket, 'unused')
    throw failure
  }
}

/** Its identifier, when the browser holds the token of one that is this person's. */
export async function knownDevice({ factors }: Parts, personId: string, { device }: From): Promise<string | undefined> {
  return (await factors.devices.known(personId, device))?.id
}

/** What the person reads afterwards: that somebody was refused, from which network. */
export async function recordRefusal(parts: Parts, personId: string, from: From, what: string): Promise<void> {
  const event = { personId, action: 'sign-in.refused', network: networkOf(from.address), detail: { what } } as const
  await recordAccountEvent(parts.database, event, parts.clock.now())
}
