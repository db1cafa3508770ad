import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import { linkMaker } from './link-maker.ts'
import type { Mailer } from './mailer.ts'
import type { LinkOptions } from './options.ts'
import { lastMail } from './outbox.ts'
import type { MailWriter } from './letter.ts'
import { mailWriters } from './writers.ts'

export interface DeliverPorts {
  /** The login of the jobs. */
  readonly database: Database
  readonly mailer: Mailer
  readonly clock: Clock
  readonly links: LinkOptions
  /** Mails of other parts of the application, by kind. */
  readonly writers?: Readonly<Record<string, MailWriter>>
  /**
   * Only mails to this domain, one below `.invalid`: nobody can have such an address (RFC 6761, section 6.4), so it is where
   * probes have theirs, and reads them. Without it, all others.
   */
  readonly domain?: string
}

export interface Delivered {
  readonly sent: number
  /** Nothing had to be sent, such as a link for an account that does not exist. */
  readonly dropped: number
  /** To be tried again. */
  readonly failed: number
  /** Never to be tried again; the reason stands in the row. */
  readonly gaveUp: number
}

const atOnce = 5
const mailsMax = 500
/** After a failure 1, 2, 4 … minutes, at most an hour; for a day. */
const pauseMs = 60_000
const pauseMsMax = 3_600_000
export const giveUpMs = 86_400_000

const queued = z.object({
  id: z.string(),
  recipient: z.string(),
  kind: z.string(),
  detail: z.record(z.string(), z.string()),
  created_at: z.date(),
  attempts: z.number(),
})
type Queued = z.output<typeof queued>

/**
 * One walk over what is due, at most 500 mails. Each is taken with its next attempt already written down, so that one that
 * is lost together with this process is sent again: at least once, and by one process at a time. Links are made here, in
 * the moment in which they leave.
 */
export async function deliverMails(ports: DeliverPorts): Promise<Delivered> {
  const counts = { sent: 0, dropped: 0, failed: 0, gaveUp: 0 }
  for (let taken = 0; taken < mailsMax; taken += atOnce) {
    const { mails, unreadable } = await take(ports)
    counts.gaveUp += unreadable
    const outcomes = await Promise.all(mails.map(mail => deliver(ports, mail)))
    for (const outcome of outcomes) counts[outcome]++
    if (mails.length + unreadable < atOnce) break
  }
  return Object.freeze(counts)
}

/** Takes the next few. One that cannot be read is given up here, and keeps no other one back. */
async function take({
  database,
  clock,
  domain,
}: DeliverPorts): Promise<{ readonly mails: readonly Queued[]; readonly unreadable: number }> {
  const now = clock.now()
  const { rows } = await database.query(
    `update upheld_identity.mail m set attempts = m.attempts + 1,
       due_at = $1::timestamptz + make_interval(secs => least($2::float8 * 2 ^ least(m.attempts, 20), $3) / 1000)
     where m.id in (
       select id from upheld_identity.mail where sent_at is null and gave_up_at is null and due_at <= $1
         and (recipient like '%.invalid') = ($5::text is not null) and ($5 is null or recipient like '%@' || $5)
       order by due_at, id limit $4 for update skip locked)
     returning m.id, m.recipient, m.kind, m.detail, m.created_at, m.attempts`,
    [now, pauseMs, pauseMsMax, atOnce, domain ?? null],
  )
  const read = rows.map(row => ({ row, mail: queued.safeParse(row).data }))
  for (const { row, mail } of read) if (mail === undefined) await giveUp({ database, clock }, row['id'], 'unreadable')
  return {
    mails: read.flatMap(({ mail }) => mail ?? []),
    unreadable: read.filter(one => one.mail === undefined).length,
  }
}

async function deliver(ports: DeliverPorts, mail: Queued): Promise<keyof Delivered> {
  const { database, clock, mailer, links } = ports
  try {
    const writer = { ...mailWriters, ...ports.writers }[mail.kind]
    if (writer === undefined) return await giveUp(ports, mail.id, 'unknown kind')
    const written = await writer(
      { recipient: mail.recipient, detail: mail.detail, askedAt: mail.created_at },
      { database, now: clock.now(), product: links.product, link: linkMaker(ports, mail.created_at) },
    )
    if (written !== undefined) await mailer.send({ id: mail.id, to: mail.recipient, ...written })
    if (mail.kind === lastMail) await database.query(`delete from upheld_identity.mail where id = $1`, [mail.id])
    else
      await database.query(`update upheld_identity.mail set sent_at = $2, failure = null where id = $1`, [
        mail.id,
        clock.now(),
      ])
    return written === undefined ? 'dropped' : 'sent'
  } catch (thrown) {
    const failure = thrown instanceof UpheldError ? thrown.code : 'unexpected'
    const old = clock.now().getTime() - mail.created_at.getTime() >= giveUpMs
    if (failure === 'mail.refused' || old) return giveUp(ports, mail.id, failure)
    await database.query(`update upheld_identity.mail set failure = $2 where id = $1`, [mail.id, failure])
    return 'failed'
  }
}

async function giveUp(
  { database, clock }: Pick<DeliverPorts, 'database' | 'clock'>,
  id: unknown,
  failure: string,
): Promise<'gaveUp'> {
  await database.query(`update upheld_identity.mail set failure = $2, gave_up_at = $3 where id = $1`, [
    id,
    failure,
    clock.now(),
  ])
  return 'gaveUp'
}
