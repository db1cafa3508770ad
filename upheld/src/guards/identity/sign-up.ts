import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Judgement } from '../passwords/index.ts'
import { claimOnce, peekOnce } from '../once/index.ts'
import { normalizeEmail, normalizeName } from './address.ts'
import { begin, type Arrived } from './arrive.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { linkSecs } from './links.ts'
import { networkOf } from './origin.ts'
import { enqueueMail } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { paced } from './pace.ts'
import { counted, place } from './sign-in.ts'

export interface SignUp {
  readonly email: string
  readonly name: string
  readonly password: string
}

/** How long a sign-up waits: for the mail to be written, however late, and then for its link. */
const waitSecs = 2 * linkSecs['sign-up']

/**
 * Writes no person: the address belongs to nobody until its mail was answered. Whether it belongs to somebody already is
 * not asked here at all, but where the mail is written: so text, status and work are the same.
 * @throws identity.bad_email, bad_name; what the password is refused for; takeover.slow_down, passwords.busy
 */
export async function signUp(parts: Parts, given: SignUp, from?: From): Promise<void> {
  const [email, name] = [normalizeEmail(given.email), normalizeName(given.name)]
  await paced(parts, `sign-up ${email}`, from, () => write(parts, { ...given, email, name }, from))
}

async function write(parts: Parts, { email, name, password }: SignUp, from: From | undefined): Promise<void> {
  await assertPassword(parts, password, { email, name, secondFactor: false }, from?.signal)
  const hash = await parts.passwords.hash(password, from?.signal)
  const by = from === undefined ? '' : networkOf(from.address)
  const [id, now] = [randomUUID(), parts.clock.now()]
  await parts.database.transaction(async tx => {
    await tx.query(
      `insert into upheld_identity.sign_up (id, email, name, hash, expires_at) values ($1, $2, $3, $4, $5)`,
      [id, email, name, hash, new Date(now.getTime() + waitSecs * 1000)],
    )
    await enqueueMail(tx, { recipient: email, kind: 'sign-up', detail: { signUp: id }, by }, now)
  })
}

/** @throws with the code of the judgement, such as `passwords.too_short` */
export async function assertPassword(
  { passwords, options }: Parts,
  password: string,
  about: { readonly email: string; readonly name: string; readonly secondFactor: boolean },
  signal?: AbortSignal,
): Promise<void> {
  const words = [about.name, about.email, ...options.contextWords]
  const judged = await passwords.judge(password, { secondFactor: about.secondFactor, words }, signal)
  if (!judged.ok) throw refusalOf(judged)
}

function refusalOf({ code, status, public: text, mend }: Extract<Judgement, { ok: false }>): UpheldError {
  return new UpheldError(code, { status, public: text, ...(mend === undefined ? {} : { mend }) })
}

const waiting = z.object({ email: z.string(), name: z.string(), hash: z.string() })

interface ConfirmSignUp {
  readonly link: string
  readonly password: string
  /** Given by whoever reads the mail and did not choose what the sign-up says: this name, and the password as a new one. */
  readonly name?: string
}

/**
 * The link of the mail, and the password again: whoever reads the mail did not necessarily choose the password, and an
 * account of theirs must not open to whoever did. With a name it is their own sign-up, whoever asked for the mail: what was
 * chosen in it is of no account. So strangers who use up the mails of an address keep its owner out of nothing.
 * @throws identity.link_over, wrong_credentials, email_taken, bad_name; what a new password is refused for;
 *   takeover.slow_down; passwords.busy
 */
export async function confirmSignUp(parts: Parts, given: ConfirmSignUp, from: From): Promise<Arrived> {
  const { database, clock } = parts
  const kept = await waitingFor(parts, given.link)
  const chosen =
    given.name === undefined ? await chosenBefore(parts, kept, given, from) : await chosenNow(parts, kept, given, from)
  const personId = await database.transaction(async tx => {
    if ((await claimOnce(tx, 'sign-up', given.link, clock.now())) === undefined) throw refuse.link_over()
    return createPerson(tx, { email: kept.email, ...chosen }, clock.now())
  })
  const network = networkOf(from.address)
  await recordAccountEvent(database, { personId, action: 'account.begun', network }, clock.now())
  return begin(parts, { personId, methods: ['mail', 'password'], way: 'sign-up' }, from)
}

type Waiting = z.output<typeof waiting>

async function waitingFor({ database, clock }: Parts, link: string): Promise<Waiting> {
  const peeked = await peekOnce(database, 'sign-up', link, clock.now())
  if (peeked === undefined) throw refuse.link_over()
  const id = peeked.owner.slice('sign-up:'.length)
  const kept = await database.query(
    `select email, name, hash from upheld_identity.sign_up where id = $1 and expires_at > $2`,
    [id, clock.now()],
  )
  if (kept.rows[0] === undefined) throw refuse.link_over()
  return waiting.parse(kept.rows[0])
}

type Chosen = Pick<Waiting, 'name' | 'hash'>

async function chosenBefore(
  parts: Parts,
  { email, name, hash }: Waiting,
  { password }: ConfirmSignUp,
  from: From,
): Promise<Chosen> {
  // The link proved the mailbox: a stranger who guessed at this address before does not keep its owner out.
  const asked = await place(parts, { account: { unknown: email }, factor: 'password', known: 'mail' }, from)
  const { ok } = await counted(
    parts,
    asked,
    () => parts.passwords.verify(hash, password, from.signal),
    async verified => (verified.ok ? 'signed-in' : 'failed'),
  )
  if (!ok) throw refuse.wrong_credentials()
  return { name, hash }
}

async function chosenNow(
  parts: Parts,
  { email }: Waiting,
  { name: given, password }: ConfirmSignUp,
  from: From,
): Promise<Chosen> {
  const name = normalizeName(given ?? '')
  await assertPassword(parts, password, { email, name, secondFactor: false }, from.signal)
  return { name, hash: await parts.passwords.hash(password, from.signal) }
}

/** With it go all other sign-ups of the address: what they chose as a password opens nothing. */
export async function createPerson(tx: Queryable, { email, name, hash }: Waiting, now: Date): Promise<string> {
  const { rows } = await tx.query(
    `insert into upheld_identity.person (email, email_verified_at, name, created_at) values ($1, $3, $2, $3)
     on conflict (email) do nothing returning id`,
    [email, name, now],
  )
  if (rows[0] === undefined) throw refuse.email_taken()
  const personId = String(rows[0]['id'])
  await tx.query(`insert into upheld_identity.password (person_id, hash, changed_at) values ($1, $2, $3)`, [
    personId,
    hash,
    now,
  ])
  await tx.query(`delete from upheld_identity.sign_up where email = $1`, [email])
  return personId
}
