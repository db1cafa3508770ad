import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { grant, grantsOf } from './acl.ts'
import type { Catalogue } from './facts.ts'
import { readSection, type Unseen } from './section.ts'

export async function readExtensions(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<Catalogue['extensions']> {
  const text = `select e.extname::text as name, e.extversion as version, n.nspname::text as schema
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace order by 1`
  const row = z.strictObject({ name: z.string(), version: z.string(), schema: z.string() })
  return readSection(tx, { name: 'extensions', text, row }, [], onUnseen)
}

/** Languages that functions can be written in; those that only the server itself uses are left out. */
export async function readLanguages(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<Catalogue['languages']> {
  const text = `select l.lanname::text as name, l.lanpltrusted as trusted, ${grantsOf('l.lanacl', 'l', 'l.lanowner')} as grants
    from pg_catalog.pg_language l where l.lanname not in ('internal', 'c') order by 1`
  const row = z.strictObject({ name: z.string(), trusted: z.boolean(), grants: z.array(grant) })
  return readSection(tx, { name: 'extensions', text, row }, [], onUnseen)
}

/** Servers that this one can reach, who may use them, and whose logins it holds for them. */
export async function readForeignServers(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<Catalogue['foreignServers']> {
  const text = `
    select s.srvname::text as name, pg_catalog.quote_ident(s.srvname) as label, w.fdwname::text as wrapper,
      pg_catalog.pg_get_userbyid(s.srvowner)::text as owner, ${grantsOf('s.srvacl', 'S', 's.srvowner')} as grants,
      (select coalesce(pg_catalog.array_agg(case m.umuser when 0 then '' else m.usename::text end), '{}')
        from pg_catalog.pg_user_mappings m where m.srvid = s.oid) as mappings
    from pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
    order by 1`
  const row = z.strictObject({
    name: z.string(),
    label: z.string(),
    wrapper: z.string(),
    owner: z.string(),
    grants: z.array(grant),
    mappings: z.array(z.string()),
  })
  return readSection(tx, { name: 'extensions', text, row }, [], onUnseen)
}
