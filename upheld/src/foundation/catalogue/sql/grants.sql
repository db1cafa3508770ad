-- Each different list once: thousands of tables share a few.
with list (kind, owner, acl) as (
  select case c.relkind when 'S' then 's' else 'r' end, c.relowner, c.relacl
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union
  select 'n', n.nspowner, n.nspacl from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  union
  select 'c', c.relowner, a.attacl
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  where a.attacl is not null
)
select
  l.kind,
  pg_get_userbyid(l.owner)::text as owner,
  l.acl::text as acl,
  case when g.grantee = 0 then '' else pg_get_userbyid(g.grantee)::text end as grantee,
  pg_get_userbyid(g.grantor)::text as grantor,
  g.privilege_type as privilege,
  g.is_grantable as grantable
from list l
cross join lateral aclexplode(coalesce(l.acl, acldefault(l.kind::"char", l.owner))) g
