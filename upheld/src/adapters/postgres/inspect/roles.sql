-- Our roles: what each may do, is member of, and owns anywhere on this server.
select
  r.rolname as name,
  array_remove(array[
    case when r.rolsuper then 'superuser' end,
    case when r.rolbypassrls then 'bypassrls' end,
    case when r.rolcreaterole then 'createrole' end,
    case when r.rolcreatedb then 'createdb' end,
    case when r.rolreplication then 'replication' end,
    case when r.rolinherit then 'inherit' end
  ], null) as attributes,
  array(
    select g.rolname::text from pg_catalog.pg_auth_members m join pg_catalog.pg_roles g on g.oid = m.roleid
    where m.member = r.oid order by 1
  ) as member_of,
  array(
    select coalesce(d.datname || ': ', '') || count(*) || ' objects'
    from pg_catalog.pg_shdepend s left join pg_catalog.pg_database d on d.oid = s.dbid
    where s.refclassid = 'pg_catalog.pg_authid'::regclass and s.refobjid = r.oid and s.deptype = 'o'
    group by d.datname order by 1
  ) as owns
from pg_catalog.pg_roles r
where r.rolname = any ($1)
order by r.rolname
