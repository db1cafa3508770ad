import { z } from 'zod'
import type { Organization, Statements } from '../../foundation/tenancy/index.ts'
import { letter, type MailWriter } from '../identity/index.ts'

type Kind = 'review-opened' | 'review-due' | 'review-escalated'

/**
 * A mail to each member for whom a line waits, in the transaction that makes it true: one statement, however many lines.
 * A line that nobody in the organization may decide waits for nobody here.
 */
export async function tellReviewers(
  tx: Pick<Statements, 'query'>,
  organization: Pick<Organization, 'id'>,
  kind: Kind,
  { review, dueAt, now }: { readonly review: string; readonly dueAt: Date; readonly now: Date },
): Promise<void> {
  await tx.query(
    `insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
     select p.email, $1, jsonb_build_object('organization', a.name, 'organization_id', $2::text, 'review', $3::text,
       'lines', t.lines::text, 'due', $4::text), $5, $5
     from (select i.reviewer, count(*) as lines from upheld_access.review_item i
       where i.organization_id = $2::uuid and i.review_id = $3::uuid and i.decision is null and i.reviewer is not null
       group by i.reviewer) t
     join upheld_access.member m on m.organization_id = $2::uuid and m.id = t.reviewer and m.suspended_at is null
     join upheld_identity.person p on p.id = m.person_id and p.disabled_at is null
     join upheld_access.account a on a.organization_id = m.organization_id`,
    [kind, organization.id, review, dueAt.toISOString(), now],
  )
}

/** As `tellReviewers` writes it. */
const told = z.object({ organization: z.string(), lines: z.string(), due: z.iso.datetime() })

const silence =
  'What has privileges and that nobody answers for is taken away then. What is decided is done when the review is closed.'

/** Mails to whoever has to decide. No link: whoever looks for one to click finds none. */
export const reviewWriters: Readonly<Record<Kind, MailWriter>> = Object.freeze({
  'review-opened': writer('Who may do what: please review it', ({ organization, lines, day }) => [
    `an access review has begun in ${organization}. ${lines} of its lines wait for you, until ${day}.`,
    `Sign in and open the access reviews of your organization: keep or remove each, with a reason. ${silence}`,
  ]),
  'review-due': writer('An access review is about to lapse', ({ organization, lines, day }) => [
    `in the access review of ${organization}, ${lines} lines still wait for you. The time to decide them is over on ${day}.`,
    silence,
  ]),
  'review-escalated': writer('An access review needs its owners', ({ organization, lines, day }) => [
    `in the access review of ${organization}, nobody answered for some access in time. ${lines} of its lines are yours to decide now, until ${day}.`,
    'After that the rule of your organization decides, and the review does not count as a complete one.',
  ]),
})

interface Told {
  readonly organization: string
  readonly lines: string
  readonly day: string
}

function writer(subject: string, paragraphs: (told: Told) => readonly string[]): MailWriter {
  return async ({ detail }, { product }) => {
    const { due, ...rest } = told.parse(detail)
    return letter(product, subject, paragraphs({ ...rest, day: `${due.slice(0, 16).replace('T', ' ')} UTC` }))
  }
}
