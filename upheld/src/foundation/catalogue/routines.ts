import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { grant, grantsOf } from './acl.ts'
import type { Catalogue, Routine } from './facts.ts'
import { readSection, type Unseen } from './section.ts'

const text = `
select
  p.oid::text as oid,
  n.nspname::text as schema,
  pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) as label,
  case p.prokind when 'f' then 'function' when 'p' then 'procedure' when 'a' then 'aggregate' else 'window' end as kind,
  pg_catalog.pg_get_userbyid(p.proowner)::text as owner,
  l.lanname::text as language,
  p.prosecdef as definer,
  p.proleakproof as leakproof,
  case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as volatility,
  coalesce(p.proconfig, '{}') as settings,
  ${grantsOf('p.proacl', 'f', 'p.proowner')} as grants,
  p.prorettype in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype) as returns_trigger,
  case when p.prosqlbody is null then p.prosrc else pg_catalog.pg_get_function_sqlbody(p.oid) end as source,
  x.extname::text as extension
from pg_catalog.pg_proc p
join pg_catalog.pg_namespace n on n.oid = p.pronamespace
join pg_catalog.pg_language l on l.oid = p.prolang
left join pg_catalog.pg_depend e on e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and e.objid = p.oid and e.objsubid = 0
  and e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and e.deptype = 'e'
left join pg_catalog.pg_extension x on x.oid = e.refobjid
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
order by 3`

const row = z
  .strictObject({
    oid: z.string(),
    schema: z.string(),
    label: z.string(),
    kind: z.enum(['function', 'procedure', 'aggregate', 'window']),
    owner: z.string(),
    language: z.string(),
    definer: z.boolean(),
    leakproof: z.boolean(),
    volatility: z.enum(['immutable', 'stable', 'volatile']),
    settings: z.array(z.string()),
    grants: z.array(grant),
    returns_trigger: z.boolean(),
    source: z.string().nullable(),
    extension: z.string().nullable(),
  })
  .transform(({ returns_trigger: returnsTrigger, ...rest }) => ({ ...rest, returnsTrigger }))

export async function readRoutines(tx: Queryable, onUnseen: (unseen: Unseen) => void): Promise<readonly Routine[]> {
  return readSection(tx, { name: 'routines', text, row }, [], onUnseen)
}

/** Operators of one's own; those of extensions are left out. */
const operatorText = `
select
  pg_catalog.format('%I.%s(%s, %s)', n.nspname, o.oprname,
    case o.oprleft when 0 then 'NONE' else pg_catalog.format_type(o.oprleft, null) end,
    pg_catalog.format_type(o.oprright, null)) as label,
  pg_catalog.pg_get_userbyid(o.oprowner)::text as owner,
  coalesce(p.proleakproof, false) as leakproof
from pg_catalog.pg_operator o
join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
left join pg_catalog.pg_proc p on p.oid = o.oprcode
where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and not exists (select from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and e.objid = o.oid and e.deptype = 'e')
order by 1`

const operatorRow = z.strictObject({ label: z.string(), owner: z.string(), leakproof: z.boolean() })

export async function readOperators(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<Catalogue['operators']> {
  return readSection(tx, { name: 'operators', text: operatorText, row: operatorRow }, [], onUnseen)
}
