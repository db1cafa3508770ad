import { z } from 'zod'
import type { Statements } from '../../foundation/tenancy/index.ts'
import type { Ground } from './roll.ts'
import type { ReviewSource } from './source.ts'

/** A table of ways in from elsewhere: of its names none comes from outside of this file. */
interface LinkTable {
  readonly kind: 'sso-link' | 'scim-link'
  readonly table: 'sso_connection' | 'scim_token'
  readonly ended: 'disabled_at' | 'revoked_at'
  readonly live: string
  /** What a reviewer sees beside its name. */
  readonly says: string
}

const tables: readonly LinkTable[] = [
  { kind: 'sso-link', table: 'sso_connection', ended: 'disabled_at', live: 'true', says: 'issuer' },
  { kind: 'scim-link', table: 'scim_token', ended: 'revoked_at', live: 'expires_at > $2', says: 'expires_at::text' },
]

const rowForm = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    says: z.string(),
    created_by: z.string(),
    created_at: z.date(),
    used_at: z.date().nullable(),
  }),
)

/** Providers of identity and directories: each says who is let in, so each is privileged. */
export function linkSources(): readonly ReviewSource[] {
  return tables.map(linkSource)
}

function linkSource({ kind, table, ended, live, says }: LinkTable): ReviewSource {
  const liveIds = ({ query }: Pick<Statements, 'query'>, { organization, now }: Pick<Ground, 'organization' | 'now'>) =>
    query(
      `select id, name, ${says} as says, created_by, created_at, used_at from upheld_access.${table}
       where organization_id = $1 and $2::timestamptz is not null and ${ended} is null and ${live} order by id`,
      [organization, now],
    )
  return {
    kind,
    async list(tx, ground) {
      return rowForm.parse(await liveIds(tx, ground)).map(row => ({
        access: `${kind}:${row.id}`,
        subject: row.id,
        // Whoever set it up does not certify it.
        holder: ground.roll.has(row.created_by) ? row.created_by : null,
        privileged: true,
        facts: { name: row.name, says: row.says, made: row.created_at.toISOString() },
        usedAt: row.used_at,
      }))
    },
    async end({ query }, taken, { organization, now }) {
      await query(
        `update upheld_access.${table} set ${ended} = $3
         where organization_id = $1 and id = any ($2::uuid[]) and ${ended} is null`,
        [organization, taken.map(({ subject }) => subject), now],
      )
    },
    async works(organization, { subject }, now) {
      const rows = rowForm.parse(await liveIds(organization, { organization: organization.id, now }))
      return rows.some(({ id }) => id === subject)
    },
  }
}
