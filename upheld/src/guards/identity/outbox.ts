import type { Queryable } from '../../core/ports.ts'

/** A mail that is to be written: words for its text, never a secret. A link is made when the mail is written. */
export interface NewMail {
  readonly recipient: string
  /** One of the templates that `deliverMails` is given. */
  readonly kind: string
  readonly detail?: Readonly<Record<string, string>>
}

/** Tells that an account is gone: once it was sent, its row goes too, and with it the last that is known of the address. */
export const lastMail = 'account-deleted'

const windowMs = 3_600_000
/** Mails of one kind to one address in an hour: nobody's mailbox is filled from here. What is more is not sent. */
const perHourMax = 6

/** In the transaction of what it tells of. The mail server is not asked. */
export async function enqueueMail(tx: Queryable, { recipient, kind, detail = {} }: NewMail, now: Date): Promise<void> {
  await tx.query(
    `insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
     select $1, $2, $3, $4, $4 where (
       select count(*) from upheld_identity.mail where recipient = $1 and kind = $2 and created_at > $5) < $6`,
    [recipient, kind, JSON.stringify(detail), now, new Date(now.getTime() - windowMs), perHourMax],
  )
}

/** The same to the address that a person has now: one statement. With the person's account it goes. */
export async function enqueueMailTo(
  tx: Queryable,
  personId: string,
  { kind, detail = {} }: Omit<NewMail, 'recipient'>,
  now: Date,
): Promise<void> {
  await tx.query(
    `insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
     select p.email, $2, $3::jsonb || jsonb_build_object('person', p.id), $4, $4 from upheld_identity.person p where p.id = $1 and (
       select count(*) from upheld_identity.mail m where m.recipient = p.email and m.kind = $2 and m.created_at > $5) < $6`,
    [personId, kind, JSON.stringify(detail), now, new Date(now.getTime() - windowMs), perHourMax],
  )
}
