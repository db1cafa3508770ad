import type { Queryable } from '../../core/ports.ts'
import { linkSecs } from './links.ts'

/** A mail that is to be written: words for its text, never a secret. A link is made when the mail is written. */
export interface NewMail {
  readonly recipient: string
  /** One of the templates that `deliverMails` is given. */
  readonly kind: string
  readonly detail?: Readonly<Record<string, string>>
  /** Who asked for it, such as a network or an organization, 64 characters at most: each has a share of the mailbox. */
  readonly by?: string
}

/** Tells that an account is gone: once it was sent, its row goes too, and with it the last that is known of the address. */
export const lastMail = 'account-deleted'

/**
 * Nobody's mailbox is filled from here: what is more is not sent. A link for a password lives as long as its window, so
 * that a mailbox which strangers filled always holds one that is good.
 */
const windowMs = 3_600_000
const windowMsOf: Readonly<Record<string, number>> = { reset: linkSecs.reset * 1000 }
/** Mails of one kind to one address in a window, asked for by one; and by all of them. */
const perAskerMax = 6
const perRecipientMax = 24

/** In the transaction of what it tells of. The mail server is not asked. */
export async function enqueueMail(
  tx: Queryable,
  { recipient, kind, detail = {}, by = '' }: NewMail,
  now: Date,
): Promise<void> {
  const windowSecs = (windowMsOf[kind] ?? windowMs) / 1000
  await tx.query(`select upheld_identity.enqueue_mail($1, $2, $3, $4, $5, $6, $7, $8)`, [
    recipient,
    kind,
    JSON.stringify(detail),
    by,
    now,
    windowSecs,
    perAskerMax,
    perRecipientMax,
  ])
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
       select count(*) from upheld_identity.mail m where m.recipient = p.email and m.kind = $2 and m.created_at > $5 and m.created_at <= $4) < $6`,
    [personId, kind, JSON.stringify(detail), now, new Date(now.getTime() - windowMs), perAskerMax],
  )
}
