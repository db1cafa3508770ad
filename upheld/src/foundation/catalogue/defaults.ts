import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { explode, grant } from './acl.ts'
import type { DefaultPrivilege } from './facts.ts'
import { readSection, type Unseen } from './section.ts'

const text = `
select
  pg_catalog.pg_get_userbyid(d.defaclrole)::text as owner,
  coalesce(n.nspname::text, '') as schema,
  case d.defaclobjtype when 'r' then 'table' when 'S' then 'sequence' when 'f' then 'function'
    when 'T' then 'type' when 'n' then 'schema' else 'large object' end as kind,
  ${explode('d.defaclacl')} as grants
from pg_catalog.pg_default_acl d
left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
order by 1, 2, 3`

const row = z.strictObject({
  owner: z.string(),
  schema: z.string(),
  kind: z.enum(['table', 'sequence', 'function', 'type', 'schema', 'large object']),
  grants: z.array(grant),
})

/** Rights that objects will have that are not there yet. */
export async function readDefaults(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<readonly DefaultPrivilege[]> {
  return readSection(tx, { name: 'defaults', text, row }, [], onUnseen)
}
