import type { Organization } from '../../../upheld.ts'
import { cannotProbe, type PeopleGround, type World } from '../../claims/index.ts'

/** What an organization that exists for this probe has in the database: looked at as a whole, and taken away as a whole. */
export interface Rows {
  /** A digest of every row, table by table. Two that are equal mean that nothing was changed. */
  state(organization: Organization): Promise<string>
  /** Takes every row away, also those that a run left behind which was killed. */
  clear(organization: Organization): Promise<void>
}

/** @throws claims.cannot_probe when there is no table, or one cannot be cleared */
export async function rowsOf(world: World): Promise<Rows> {
  const login = world.login('app')
  try {
    const { rows } = await login.query(
      `select format('%I.%I', n.nspname, c.relname) as label
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition
         and has_table_privilege(c.oid, 'SELECT, DELETE')
       order by 1`,
      [[...world.tenantSchemas]],
    )
    const labels = rows.map(row => String(row['label']))
    if (labels.length === 0) throw cannotProbe('There is no table that the application may use.')
    return ofTables(labels, world.people)
  } finally {
    await login.close()
  }
}

function ofTables(labels: readonly string[], people: PeopleGround | undefined): Rows {
  const look = labels
    .map(
      label =>
        `select count(*) || coalesce(md5(string_agg(t::text, ' ' order by t::text collate "C")), '') as sum from ${label} t`,
    )
    .join('\nunion all\n')
  // All in one statement: references between the tables, in circles too, are asked about when it has ended.
  const parts = labels.map((label, index) => `t${index} as (delete from ${label})`)
  const clear = `with ${parts.join(', ')} select 1`
  return Object.freeze({
    async state(organization: Organization) {
      const [rows, members] = await Promise.all([organization.query(look), people?.state(organization.id)])
      return [...rows.map(row => String(row['sum'])), members].join()
    },
    async clear(organization: Organization) {
      await people?.clear(organization.id)
      await organization.query(clear).catch((cause: unknown) => {
        throw cannotProbe('What a probe left in its own organization cannot be removed.', cause)
      })
    },
  })
}
