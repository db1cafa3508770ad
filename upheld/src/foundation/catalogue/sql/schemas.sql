select n.oid::text, n.nspname::text as name, quote_ident(n.nspname) as label, pg_get_userbyid(n.nspowner)::text as owner, n.nspacl::text as acl
from pg_namespace n
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname collate "C"
