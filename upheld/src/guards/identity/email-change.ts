import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Queryable, Row } from '../../core/ports.ts'
import { claimOnce, peekOnce, voidOnce } from '../once/index.ts'
import { assertFresh } from './actions.ts'
import { normalizeEmail } from './address.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { linkSecs, linkSubject } from './links.ts'
import { networkOf } from './origin.ts'
import { assertMailsLeft, enqueueMail, enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { endSessions } from './sessions.ts'
import { ownSessionFor } from './step-up.ts'

/** Of one person, to whatever addresses. */
const asksPerHour = 6

/**
 * Asks for another address. Nothing changes until a link that is mailed there is answered; the address of now is told. Of
 * an address that is somebody else's the answer is the same.
 * @throws identity.no_session, prove_again, bad_email, enough_mails
 */
export async function askEmailChange(parts: Parts, token: string, email: string, from: From): Promise<void> {
  const { database, clock } = parts
  const session = await ownSessionFor(parts, token)
  assertFresh(session, 'change-email', clock.now())
  const { personId } = session
  const [recipient, network] = [normalizeEmail(email), networkOf(from.address)]
  await database.transaction(async tx => {
    const now = clock.now()
    const detail = { person: personId, session: session.id }
    await assertMailsLeft(tx, { kind: 'email-prove', by: personId, max: asksPerHour }, now)
    await enqueueMail(tx, { recipient, kind: 'email-prove', detail, by: personId }, now)
    await enqueueMailTo(tx, personId, { kind: 'email-asked', detail: { network } }, now)
    await recordAccountEvent(tx, { personId, action: 'email.change-asked', network }, now)
  })
}

const proveSubject = linkSubject.extend({ session: z.string() })
const person = z.object({ email: z.string(), email_verified_at: z.date() })

/**
 * The link that was mailed to the new address: from now on it is the person's, proven by this and by nothing else (R21).
 * Whoever ended the session that asked, with a new password or by hand, ended what was asked for in it.
 * Other sessions end, other links are void, and the address before gets a link that takes it all back.
 * @throws identity.link_over, email_taken
 */
export async function confirmEmailChange({ database, clock }: Parts, link: string, from: From): Promise<void> {
  await unlessTaken(() =>
    database.transaction(async tx => {
      const now = clock.now()
      const { personId, held, subject } = await claimLink(tx, 'email-prove', link, now)
      const { for: email, asked, session } = proveSubject.parse(subject)
      const { email: was, email_verified_at: provenAt } = held
      // An address that was changed, or taken back, after this was asked for.
      if (provenAt > new Date(asked)) throw refuse.link_over()
      await assertStillOpen(tx, personId, session)
      const change = randomUUID()
      await tx.query(
        `insert into upheld_identity.email_change (id, person_id, was, at, undo_until) values ($1, $2, $3, $4, $5)`,
        [change, personId, was, now, new Date(now.getTime() + linkSecs['email-undo'] * 1000)],
      )
      await writeEmail(tx, { personId, email, now })
      await endSessions(tx, personId, session)
      const network = networkOf(from.address)
      await recordAccountEvent(tx, { personId, action: 'email.changed', network }, now)
      await enqueueMail(
        tx,
        { recipient: was, kind: 'email-changed', detail: { person: personId, change, network } },
        now,
      )
    }),
  )
}

const changeRow = z.object({ was: z.string(), at: z.date(), undo_until: z.date() })

/**
 * The link that was mailed to the address before: it is the person's again, every session ends, and no device is known but the one
 * that takes it back. Changes that came
 * after the one that is taken back cannot be taken back any more, so that whoever made them gets nothing of it.
 * @throws identity.link_over, email_taken
 */
export async function undoEmailChange(parts: Parts, link: string, from: From): Promise<void> {
  const { database, clock } = parts
  await unlessTaken(() =>
    database.transaction(async tx => {
      const now = clock.now()
      const { personId, subject } = await claimLink(tx, 'email-undo', link, now)
      const { rows } = await tx.query(
        `select was, at, undo_until from upheld_identity.email_change where id = $1 and person_id = $2`,
        [linkSubject.parse(subject).for, personId],
      )
      const change = rows[0] === undefined ? undefined : changeRow.parse(rows[0])
      if (change === undefined || change.undo_until <= now) throw refuse.link_over()
      await tx.query(`delete from upheld_identity.email_change where person_id = $1 and at >= $2`, [
        personId,
        change.at,
      ])
      await writeEmail(tx, { personId, email: change.was, now })
      await endSessions(tx, personId)
      await parts.factors.devices.forgetOthers(tx, personId, from.device)
      const network = networkOf(from.address)
      await recordAccountEvent(tx, { personId, action: 'email.change-undone', network }, now)
      await enqueueMail(tx, { recipient: change.was, kind: 'email-undone', detail: { network } }, now)
    }),
  )
}

interface ClaimedLink {
  readonly personId: string
  readonly held: z.output<typeof person>
  readonly subject: Row
}

/** Uses the link up, with its person held before it (see `holdPerson`). @throws identity.link_over */
async function claimLink(
  tx: Queryable,
  kind: 'email-prove' | 'email-undo',
  link: string,
  now: Date,
): Promise<ClaimedLink> {
  const peeked = await peekOnce(tx, kind, link, now)
  if (peeked === undefined) throw refuse.link_over()
  const personId = peeked.owner.slice('person:'.length)
  const held = await lockPerson(tx, personId)
  const claimed = await claimOnce(tx, kind, link, now)
  if (claimed === undefined) throw refuse.link_over()
  return { personId, held, subject: claimed.subject }
}

/** @throws identity.link_over */
async function assertStillOpen(tx: Queryable, personId: string, session: string): Promise<void> {
  const text = `select id from upheld_identity.session where id = $1 and person_id = $2 for share`
  if ((await tx.query(text, [session, personId])).rows.length === 0) throw refuse.link_over()
}

/** Held until the transaction ends: of two changes at once, one sees what the other did. */
async function lockPerson(tx: Queryable, personId: string): Promise<z.output<typeof person>> {
  const { rows } = await tx.query(
    `select email, email_verified_at from upheld_identity.person where id = $1 and disabled_at is null for update`,
    [personId],
  )
  if (rows[0] === undefined) throw refuse.link_over()
  return person.parse(rows[0])
}

/** The proof is always that of now, and links that lie in another mailbox open nothing any more. */
async function writeEmail(
  tx: Queryable,
  { personId, email, now }: { readonly personId: string; readonly email: string; readonly now: Date },
): Promise<void> {
  await tx.query(
    `update upheld_identity.person set email = $2, email_verified_at = $3, epoch = epoch + 1 where id = $1`,
    [personId, email, now],
  )
  for (const kind of ['reset', 'email-prove', 'sign-in-ticket']) await voidOnce(tx, `person:${personId}`, kind, now)
}

const uniqueViolation = z.object({ code: z.literal('23505') })

async function unlessTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (uniqueViolation.safeParse(thrown).success) throw refuse.email_taken({ cause: thrown })
    throw thrown
  }
}
