import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import type { Role } from './facts.ts'
import { readSection, type Unseen } from './section.ts'

const text = `
select
  r.oid::text as oid,
  r.rolname::text as name,
  r.rolcanlogin as login,
  r.rolsuper as superuser,
  r.rolbypassrls as "bypassesRowSecurity",
  r.rolcreaterole as "createsRoles",
  r.rolcreatedb as "createsDatabases",
  r.rolreplication as replicates,
  r.rolinherit as inherits,
  (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('role', g.rolname, 'admin', m.admin) order by g.rolname), '[]'::json)
    from (select roleid, pg_catalog.bool_or(admin_option) as admin from pg_catalog.pg_auth_members where member = r.oid group by roleid) m
    join pg_catalog.pg_roles g on g.oid = m.roleid) as "memberOf"
from pg_catalog.pg_roles r
order by r.rolname`

const row = z.strictObject({
  oid: z.string(),
  name: z.string(),
  login: z.boolean(),
  superuser: z.boolean(),
  bypassesRowSecurity: z.boolean(),
  createsRoles: z.boolean(),
  createsDatabases: z.boolean(),
  replicates: z.boolean(),
  inherits: z.boolean(),
  memberOf: z.array(z.strictObject({ role: z.string(), admin: z.boolean() })),
})

/** Every role of the server, the predefined ones included. */
export async function readRoles(tx: Queryable, onUnseen: (unseen: Unseen) => void): Promise<readonly Role[]> {
  return readSection(tx, { name: 'roles', text, row }, [], onUnseen)
}
