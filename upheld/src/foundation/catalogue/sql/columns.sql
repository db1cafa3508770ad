-- A domain may stand on a domain. In release 18 a NOT NULL that has not been checked is marked like any other.
with recursive step (type, base) as (
  select oid, typbasetype from pg_type where typtype = 'd'
  union all
  select s.type, t.typbasetype from step s join pg_type t on t.oid = s.base where t.typtype = 'd'
),
domain as (
  select s.type, s.base from step s join pg_type t on t.oid = s.base where t.typtype <> 'd'
),
unchecked as (
  select conrelid, conkey[1] as number from pg_constraint where contype = 'n' and not convalidated
)
select
  a.attrelid::text as relation,
  a.attnum::integer as number,
  a.attname::text as name,
  format_type(a.atttypid, a.atttypmod) as type,
  format_type(coalesce(b.base, a.atttypid), null) as base,
  a.attnotnull and u.number is null as required,
  a.attgenerated <> '' as generated,
  a.attidentity <> '' as identity,
  pg_get_expr(f.adbin, f.adrelid) as default,
  a.attacl::text as acl
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
left join domain b on b.type = a.atttypid
left join unchecked u on u.conrelid = a.attrelid and u.number = a.attnum
left join pg_attrdef f on a.atthasdef and f.adrelid = a.attrelid and f.adnum = a.attnum
where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by a.attrelid, a.attnum
