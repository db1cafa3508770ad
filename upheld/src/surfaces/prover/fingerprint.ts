import type { Queryable } from '../../core/ports.ts'

/**
 * Everything of a catalogue that isolation rests on, one line for each object, in every schema but the system's own:
 * tables and their columns, keys, checks, policies, views, functions, triggers, casts, settings, owners and grants.
 * Grants that were never said and the same ones said are one: each start takes back and gives anew.
 * What belongs to the whole server (roles, and settings for every database) is the twin's as much as the live system's.
 */
const lines = `
with ns as (select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
rel as (select c.*, n.nspname from pg_class c join ns n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S'))
select format('schema %s acl %s', nspname, array(select unnest(coalesce(p.nspacl, acldefault('n', p.nspowner)))::text order by 1)) as line
  from pg_namespace p where p.oid in (select oid from ns)
union all
select format('relation %s.%s kind %s owner %s rls %s %s options %s acl %s', nspname, relname, relkind, pg_get_userbyid(relowner),
    relrowsecurity, relforcerowsecurity, coalesce(reloptions::text, ''), array(select unnest(coalesce(relacl,
      acldefault(case relkind when 'S' then 's'::"char" else 'r'::"char" end, relowner)))::text order by 1))
  from rel
union all
select format('column %s.%s.%s %s %s %s acl %s', r.nspname, r.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    coalesce(pg_get_expr(d.adbin, d.adrelid), ''), array(select unnest(a.attacl)::text order by 1))
  from rel r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  where r.relkind <> 'S'
union all
select format('constraint %s.%s %s', r.nspname, r.relname, pg_get_constraintdef(k.oid)) from rel r join pg_constraint k on k.conrelid = r.oid
  where k.contype <> 'n'
union all
select format('index %s', regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \\S+ ON', 'INDEX ON')) from rel r join pg_index i on i.indrelid = r.oid
union all
select format('policy %s.%s %s %s %s roles %s using %s check %s', r.nspname, r.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::text,
    coalesce(pg_get_expr(p.polqual, p.polrelid), ''), coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''))
  from rel r join pg_policy p on p.polrelid = r.oid
union all
select format('view %s.%s %s', nspname, relname, pg_get_viewdef(oid)) from rel where relkind in ('v', 'm')
union all
select format('rule %s.%s %s', r.nspname, r.relname, pg_get_ruledef(w.oid)) from rel r join pg_rewrite w on w.ev_class = r.oid where r.relkind in ('r', 'p')
union all
select format('trigger %s.%s %s %s', r.nspname, r.relname, pg_get_triggerdef(t.oid), t.tgenabled) from rel r join pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
union all
select format('function %s owner %s volatile %s definer %s leakproof %s config %s acl %s body %s', p.oid::regprocedure, pg_get_userbyid(p.proowner),
    p.provolatile, p.prosecdef, p.proleakproof, coalesce(p.proconfig::text, ''), array(select unnest(coalesce(p.proacl, acldefault('f', p.proowner)))::text order by 1), md5(p.prosrc || coalesce(pg_get_function_sqlbody(p.oid), '')))
  from pg_proc p join ns n on n.oid = p.pronamespace
union all
select format('core function %s acl %s', p.oid::regprocedure, array(select unnest(p.proacl)::text order by 1)) from pg_proc p
  where p.pronamespace = 'pg_catalog'::regnamespace and p.proacl is not null
    and array(select unnest(p.proacl)::text order by 1) <> array(select unnest(acldefault('f', p.proowner))::text order by 1)
union all
select format('event trigger %s %s %s', evtname, evtevent, evtenabled) from pg_event_trigger
union all
select format('extension %s', extname) from pg_extension
union all
select format('cast %s to %s', castsource::regtype, casttarget::regtype) from pg_cast where oid >= 16384
union all
select format('default grants of %s: %s', defaclrole::regrole, defaclacl::text) from pg_default_acl
union all
select format('setting of %s: %s', setrole::regrole, setconfig::text) from pg_db_role_setting
  where setdatabase = (select oid from pg_database where datname = current_database())
order by 1`

export async function fingerprintOf(admin: Queryable): Promise<readonly string[]> {
  const { rows } = await admin.query(lines)
  return rows.map(row => String(row['line']))
}

/** What stands in one of the two only, as short as it can be said: it may hold a view's text, never a row. */
export function differences(live: readonly string[], expected: readonly string[]): readonly string[] {
  const [here, there] = [new Set(live), new Set(expected)]
  const short = (line: string): string => line.split(' ').slice(0, 3).join(' ')
  return [
    ...live.filter(line => !there.has(line)).map(line => `only in the live database: ${short(line)}`),
    ...expected.filter(line => !here.has(line)).map(line => `missing from the live database: ${short(line)}`),
  ]
}
