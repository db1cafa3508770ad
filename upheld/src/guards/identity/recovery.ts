import { z } from 'zod'
import { claimOnce, peekOnce, voidOnce } from '../once/index.ts'
import { normalizeEmail } from './address.ts'
import { arrive, type Arrival } from './arrive.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { linkSubject } from './links.ts'
import { networkOf } from './origin.ts'
import { enqueueMail, enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { paced } from './pace.ts'
import { holdPerson } from './person.ts'
import { endSessions, turnEpoch } from './sessions.ts'
import { assertPassword } from './sign-up.ts'

/**
 * The same statements, whoever it is: whether the address is somebody's is asked where the mail is written.
 * @throws identity.bad_email; takeover.slow_down
 */
export async function askReset(parts: Parts, email: string, from?: From): Promise<void> {
  const recipient = normalizeEmail(email)
  const { database, clock } = parts
  await paced(parts, `reset ${recipient}`, from, () => enqueueMail(database, { recipient, kind: 'reset' }, clock.now()))
}

const state = z.object({
  email: z.string(),
  name: z.string(),
  disabled_at: z.date().nullable(),
  changed_at: z.date().nullable(),
  email_verified_at: z.date(),
})

/**
 * A new password by the link of a mail. Every session ends, every other link is void, no other browser is known any more; a second factor is asked for as
 * always, because a mailbox is none (ASVS 6.4.3).
 * @throws identity.link_over; what the password is refused for; passwords.busy
 */
export async function reset(
  parts: Parts,
  { link, password }: { readonly link: string; readonly password: string },
  from: From,
): Promise<Arrival> {
  const { database, clock } = parts
  const personId = await resetFor(parts, link)
  const { email, name } = await openState(parts, personId)
  const { second } = await parts.factors.of(personId)
  await assertPassword(parts, password, { email, name, secondFactor: second }, from.signal)
  const hash = await parts.passwords.hash(password, from.signal)
  const epoch = await database.transaction(async tx => {
    const now = clock.now()
    await holdPerson(tx, personId)
    const claimed = await claimOnce(tx, 'reset', link, now)
    if (claimed === undefined) throw refuse.link_over()
    const begun = await writePassword(tx, { personId, hash, now })
    await endSessions(tx, personId)
    await parts.factors.devices.forgetOthers(tx, personId, from.device)
    const network = networkOf(from.address)
    await recordAccountEvent(tx, { personId, action: 'password.reset', network }, now)
    await enqueueMailTo(tx, personId, { kind: 'password-changed', detail: { network } }, now)
    return begun
  })
  return arrive(parts, { personId, methods: ['mail'], way: 'reset', epoch }, from)
}

/** Whose link it is, if it still opens. A password or an address that was changed after it was asked for voids it, however late its mail was written. */
async function resetFor(parts: Parts, link: string): Promise<string> {
  const { database, clock } = parts
  const peeked = await peekOnce(database, 'reset', link, clock.now())
  if (peeked === undefined) throw refuse.link_over()
  const personId = peeked.owner.slice('person:'.length)
  const { changed_at: changedAt, email_verified_at: provenAt } = await openState(parts, personId)
  const asked = new Date(linkSubject.parse(peeked.subject).asked)
  if ((changedAt !== null && changedAt > asked) || provenAt > asked) throw refuse.link_over()
  return personId
}

async function openState({ database }: Parts, personId: string): Promise<z.output<typeof state>> {
  const { rows } = await database.query(
    `select p.email, p.name, p.disabled_at, p.email_verified_at, w.changed_at from upheld_identity.person p
     left join upheld_identity.password w on w.person_id = p.id where p.id = $1`,
    [personId],
  )
  const found = rows[0] === undefined ? undefined : state.parse(rows[0])
  if (found === undefined || found.disabled_at !== null) throw refuse.link_over()
  return found
}

/** In the transaction of whoever was allowed to. Every link for a new password, and every half-finished sign-in, is void. Answers with the epoch that begins. */
export async function writePassword(
  tx: Parameters<typeof claimOnce>[0],
  { personId, hash, now }: { readonly personId: string; readonly hash: string; readonly now: Date },
): Promise<number> {
  await tx.query(
    `insert into upheld_identity.password (person_id, hash, changed_at) values ($1, $2, $3)
     on conflict (person_id) do update set hash = excluded.hash, changed_at = excluded.changed_at`,
    [personId, hash, now],
  )
  const epoch = await turnEpoch(tx, personId)
  await voidOnce(tx, `person:${personId}`, 'reset', now)
  await voidOnce(tx, `person:${personId}`, 'sign-in-ticket', now)
  return epoch
}
