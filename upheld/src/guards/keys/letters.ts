import { z } from 'zod'
import type { Organization, Statements } from '../../foundation/tenancy/index.ts'
import { letter, type MailWriter } from '../identity/index.ts'

/** A mail to whoever made the key and to each owner, in the transaction that revokes it. */
export async function tellOfLeak(
  tx: Pick<Statements, 'query'>,
  organization: Pick<Organization, 'id'>,
  { id, now }: { readonly id: string; readonly now: Date },
): Promise<void> {
  await tx.query(
    `insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
     select p.email, 'key-leaked', jsonb_build_object('organization', a.name, 'organization_id', $1::text, 'name', k.name), $3, $3
     from upheld_access.api_key k
     join upheld_access.member m on m.organization_id = k.organization_id and m.suspended_at is null
       and (m.id = k.made_by or 'owner' = any (m.roles))
     join upheld_identity.person p on p.id = m.person_id and p.disabled_at is null
     join upheld_access.account a on a.organization_id = k.organization_id
     where k.organization_id = $1::uuid and k.id = $2::uuid`,
    [organization.id, id, now],
  )
}

/** As `tellOfLeak` writes it. */
const told = z.object({ organization: z.string(), name: z.string() })

/** The mail of a key that was found in the open. No word of whoever reported it, no link, and nothing of the key. */
export const keyWriters: Readonly<Record<'key-leaked', MailWriter>> = Object.freeze({
  'key-leaked': async ({ detail }, { product }) => {
    const { organization, name } = told.parse(detail)
    return letter(product, 'A key was found in the open', [
      `the API key ${name} of ${organization} was found where others can read it. It was revoked at once and opens nothing any more.`,
      'Where it was found stands in the log of your organization, and what was done with it before. Make another one for whatever used it.',
    ])
  },
})
