-- Statements that hand the schemas $1 over to Upheld's owner and leave its application alone with them; $2 are the tables
-- without a tenant, which move to a schema of their own beside it. In the order of `place`.
with ns as (select oid, nspname, nspacl, nspowner from pg_namespace where nspname = any ($1::text[])),
ext as (select classid, objid from pg_depend where deptype = 'e'),
rel as (
  select c.*, n.nspname, format('%I.%I', n.nspname, c.relname) as label,
    c.oid = any ($2::oid[]) as shared,
    case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as word
  from pg_class c join ns n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'S') and not exists (select from ext where classid = 'pg_class'::regclass and objid = c.oid)
),
owned as (
  select objid as oid, refobjid as by from pg_depend
  where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass and deptype in ('a', 'i')
),
statements as (
  select 10 as place, format('drop policy %I on %s', p.polname, r.label) as statement
    from pg_policy p join rel r on r.oid = p.polrelid
  union all
  select 20, format('alter %s %s owner to upheld_owner', r.word, r.label) from rel r
    where r.relkind <> 'S' or not exists (select from owned where owned.oid = r.oid)
  union all
  select distinct 30, format('revoke all on %s %s from %s cascade', case r.relkind when 'S' then 'sequence' else 'table' end, r.label,
      case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
    from rel r cross join lateral (
      select grantee from aclexplode(r.relacl)
      union
      select x.grantee from pg_attribute t cross join lateral aclexplode(t.attacl) x where t.attrelid = r.oid
    ) a
    where a.grantee <> r.relowner
  union all
  select 40, format('select upheld_guard.protect_table(%L::regclass)', r.label) from rel r where r.relkind in ('r', 'p') and not r.shared
  union all
  select 50, format('alter view %s set (security_invoker = true)', r.label) from rel r where r.relkind = 'v'
  union all
  select 51, format('grant select on %s to upheld_app', r.label) from rel r where r.relkind = 'v'
  union all
  select 52, format('grant usage on sequence %s to upheld_app', r.label) from rel r where r.relkind = 'S'
  union all
  select 60, format('alter routine %s owner to upheld_owner', p.oid::regprocedure) from pg_proc p join ns on ns.oid = p.pronamespace
    where p.prokind <> 'a' and not exists (select from ext where classid = 'pg_proc'::regclass and objid = p.oid)
  union all
  select 61, format('grant execute on routine %s to upheld_app', p.oid::regprocedure) from pg_proc p join ns on ns.oid = p.pronamespace
    where p.proacl is not null and p.prorettype <> 'trigger'::regtype
      and not exists (select from ext where classid = 'pg_proc'::regclass and objid = p.oid)
  union all
  select 62, format('alter type %I.%I owner to upheld_owner', ns.nspname, t.typname) from pg_type t join ns on ns.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'r', 'c') and (t.typrelid = 0 or exists (select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
      and not exists (select from ext where classid = 'pg_type'::regclass and objid = t.oid)
  union all
  select 70, format('create schema if not exists %I authorization upheld_owner', ns.nspname || '_shared') from ns
    where exists (select from rel where rel.shared and rel.nspname = ns.nspname)
  union all
  select 71, format('grant usage on schema %I to upheld_app, upheld_migrate', ns.nspname || '_shared') from ns
    where exists (select from rel where rel.shared and rel.nspname = ns.nspname)
  union all
  select 72, format('grant select on %s to upheld_app', r.label) from rel r where r.shared
  union all
  select 73, format('alter table %s set schema %I', r.label, r.nspname || '_shared') from rel r where r.shared
  union all
  select distinct 80, format('revoke all on schema %I from %s cascade', ns.nspname,
      case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
    from ns cross join lateral aclexplode(ns.nspacl) a where a.grantee <> ns.nspowner
  union all
  select 81, format('alter schema %I owner to upheld_owner', ns.nspname) from ns
  union all
  select 82, format('grant usage on schema %I to upheld_app, upheld_migrate', ns.nspname) from ns
  union all
  select 90, format('insert into upheld_guard.tenant_schema values (%L) on conflict do nothing', ns.nspname) from ns
)
select statement from statements order by place, statement
