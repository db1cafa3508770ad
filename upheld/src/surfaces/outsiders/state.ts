import type { OrganizationId } from '../../core/ids.ts'
import type { Upheld } from '../../upheld.ts'

/** A digest of every row of one organization in the application's tables: two that are equal mean that nothing was changed. */
export function stateOf(
  platform: Upheld,
  schemas: readonly string[],
): (organization: OrganizationId) => Promise<string> {
  // Tables come with a migration, and a process that begins after it.
  let known: readonly string[] | undefined
  return async id => {
    const organization = platform.organization(id)
    const found =
      known ??
      (
        await organization.query(
          `select format('%I.%I', n.nspname, c.relname) as label
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition and has_table_privilege(c.oid, 'SELECT')
       order by 1`,
          [[...schemas]],
        )
      ).map(({ label }) => String(label))
    known = found
    const parts = found.map(
      label =>
        `select ${quoted(label)} as place, count(*) || coalesce(md5(string_agg(t::text, ' ' order by t::text collate "C")), '') as sum from ${label} t`,
    )
    if (parts.length === 0) return ''
    const rows = await organization.query(
      `select md5(string_agg(place || ' ' || sum, ' ' order by place)) as state from (${parts.join('\nunion all\n')}) s`,
    )
    return String(rows[0]?.['state'])
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
