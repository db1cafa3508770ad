import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
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

/**
 * What one asker may send to anybody in an hour, so that nobody sends mails of ours to a list of strangers. Asked in the
 * transaction that adds one more; some that ask at once may slip by together.
 * @throws identity.enough_mails
 */
export async function assertMailsLeft(
  tx: Queryable,
  { kind, by, max }: { readonly kind: string; readonly by: string; readonly max: number },
  now: Date,
): Promise<void> {
  const { rows } = await tx.query(
    `select count(*)::integer as sent from upheld_identity.mail
     where asked_by = $1 and kind = $2 and created_at > $3 and created_at <= $4`,
    [by, kind, new Date(now.getTime() - windowMs), now],
  )
  if (Number(rows[0]?.['sent']) >= max) throw refuse.enough_mails({ retryAfterMs: windowMs })
}

/** What `enqueue_mail_to` counts by: mails of the kind to the address since then, and how many there may be. */
export function mailBounds(now: Date): { readonly since: Date; readonly max: number } {
  return { since: new Date(now.getTime() - windowMs), max: perAskerMax }
}

/** The same to the address that a person has now: one statement. With the person's account it goes. */
export async function enqueueMailTo(
  tx: Queryable,
  personId: string,
  { kind, detail = {} }: Omit<NewMail, 'recipient'>,
  now: Date,
): Promise<void> {
  const { since, max } = mailBounds(now)
  await tx.query(`select upheld_identity.enqueue_mail_to($1, $2, $3, $4, $5, $6)`, [
    personId,
    kind,
    JSON.stringify(detail),
    now,
    since,
    max,
  ])
}
