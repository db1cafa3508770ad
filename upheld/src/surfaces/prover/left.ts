import type { Queryable } from '../../core/ports.ts'

/** What the name of every scratch copy begins with. */
export const prefix = 'upheld_twin_'
/** A twin that nobody is connected to and that is older than this was left behind by a process that died. */
const leftAfterMins = 30

/**
 * Drops what processes that died have left behind. Others make and drop copies on the same server meanwhile: what is
 * gone, or taken, when its turn comes is theirs. What cannot be dropped now the next one finds.
 */
export async function dropLeft(server: Queryable): Promise<void> {
  const { rows } = await server.query(
    `select 'database ' || quote_ident(d.datname) as what from pg_database d
     where d.datname like $1 and not exists (select from pg_stat_activity a where a.datid = d.oid)
       and (pg_stat_file('base/' || d.oid || '/PG_VERSION', true)).modification < now() - make_interval(mins => $2)
     union all
     -- Roles that were made for one twin carry its name, and have no other place to be.
     select 'role ' || quote_ident(r.rolname) from pg_roles r
     where r.rolname ~ $3 and not exists (select from pg_database d where starts_with(r.rolname, d.datname || '_'))`,
    [`${prefix.replaceAll('_', '\\_')}%`, leftAfterMins, `^${prefix}[0-9a-f]{12}_`],
  )
  for (const { what } of rows) await server.query(`drop ${String(what)}`).catch(() => undefined)
}
