-- What is wrong is asked after every DDL. To plan such a question takes ten times longer than to answer it, so each is a
-- function whose plan a session makes once and keeps, for whatever it is asked.

-- Columns of a foreign key must be of one and the same built-in type or enum on both sides: a cast of somebody's own would
-- run in the check of the key, with the rights of whoever checks it.
create or replace function upheld_guard.key_faults(key oid) returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select format('foreign key %I compares %s with %s', k.conname, format_type(a.atttypid, null), format_type(b.atttypid, null))
  from pg_constraint k
  cross join lateral unnest(k.conkey, k.confkey) as pair (own, other)
  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.own
  join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.other
  join pg_type t on t.oid = a.atttypid
  where k.oid = key and k.contype = 'f'
    and (a.atttypid <> b.atttypid or a.attcollation <> b.attcollation
      or (t.typnamespace <> 'pg_catalog'::regnamespace and t.typtype <> 'e'));
end
$$;

-- The one policy that a tenant table has. As a subquery the verifier is asked once for each reference to the table; Citus
-- refuses subqueries in a policy (ErrorIfUnsupportedPolicyExpr), so there it is asked for each row that no index left out.
create or replace function upheld_guard.canonical_policy() returns text
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
  return (
  select case name when 'citus' then '(organization_id = upheld.organization_id())'
    else '(organization_id = ( SELECT upheld.organization_id() AS organization_id))' end
  from upheld_guard.engine
  );
end
$$;

-- What is wrong with one relation of a tenant schema, one line for each fault; no line means it may stand.
create or replace function upheld_guard.table_faults(relation oid) returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  with rel as (
    select c.*, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as label
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = relation
  ), col as (
    select a.attnum from pg_attribute a
    where a.attrelid = relation and a.attname = 'organization_id' and not a.attisdropped
      and a.atttypid = 'uuid'::regtype and a.attnotnull
  )
  select 'has no column "organization_id uuid not null"' from rel where not exists (select from col)
  union all
  select format('unique key %I does not begin with organization_id', i.indexrelid::regclass::text)
  from pg_index i
  where i.indrelid = relation and i.indisunique
    and (i.indnkeyatts = 0 or i.indkey[0] is distinct from (select attnum from col))
  union all
  select format('exclusion constraint %I does not begin with organization_id', x.conname)
  from pg_constraint x
  where x.conrelid = relation and x.contype = 'x'
    and (x.conkey[1] is distinct from (select attnum from col) or x.conexclop[1] is distinct from 'pg_catalog.=(uuid,uuid)'::regoperator)
  union all
  select format('foreign key %I does not carry organization_id on both sides', f.conname)
  from pg_constraint f join pg_class target on target.oid = f.confrelid
  where f.conrelid = relation and f.contype = 'f'
    and (target.relnamespace in (select n.oid from pg_namespace n join upheld_guard.tenant_schema t on t.name = n.nspname)
      or target.oid = 'upheld_guard.organization'::regclass)
    and not exists (
      select from unnest(f.conkey, f.confkey) as pair (own, other)
      join pg_attribute a on a.attrelid = f.confrelid and a.attnum = pair.other
      where pair.own = (select attnum from col)
        and a.attname = case f.confrelid when 'upheld_guard.organization'::regclass then 'id' else 'organization_id' end
    )
  union all
  select fault from pg_constraint f cross join lateral upheld_guard.key_faults(f.oid) as fault
  where f.conrelid = relation and f.contype = 'f'
  union all
  select format('foreign key %I changes organization_id by itself', f.conname)
  from pg_constraint f
  where f.conrelid = relation and f.contype = 'f' and (
    f.confupdtype in ('c', 'd', 'n')
    or (f.confdeltype in ('d', 'n') and (select attnum from col) = any (coalesce(f.confdelsetcols, f.conkey)))
  )
  union all
  select 'row security is not enabled' from rel where not relrowsecurity
  union all
  select 'row security is not forced' from rel where not relforcerowsecurity
  union all
  select format('has %s policies where exactly one is allowed', count(*)) from pg_policy p where p.polrelid = relation having count(*) <> 1
  union all
  select format('policy %I is not the canonical one', p.polname)
  from pg_policy p
  where p.polrelid = relation and (
    p.polcmd <> '*' or not p.polpermissive or p.polroles <> array[0::oid]
    or pg_get_expr(p.polqual, p.polrelid) is distinct from upheld_guard.canonical_policy()
    or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from upheld_guard.canonical_policy()
  )
  union all
  select format('belongs to %I, not to upheld_owner', pg_get_userbyid(relowner)) from rel where relowner <> 'upheld_owner'::regrole
  union all
  select format('grants %s to %s', a.privilege_type, case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end)
  from rel, aclexplode(relacl) a
  where a.grantee <> relowner
    and not (a.grantee = 'upheld_app'::regrole and not a.is_grantable and a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))
    and not (a.grantee = 'upheld_staff'::regrole and not a.is_grantable and a.privilege_type = 'SELECT')
  union all
  select format('grants on column %I', a.attname) from pg_attribute a where a.attrelid = relation and a.attacl is not null
  union all
  select format('has rule %I', r.rulename) from pg_rewrite r where r.ev_class = relation;
end
$$;

create or replace function upheld_guard.view_faults(relation oid) returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select 'is not made with (security_invoker = true)' from pg_class c
  where c.oid = relation and not coalesce(
    (select option_value::boolean from pg_options_to_table(c.reloptions) where option_name = 'security_invoker'), false)
  union all
  select format('grants %s to %s', a.privilege_type, case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end)
  from pg_class c, aclexplode(c.relacl) a
  where c.oid = relation and a.grantee <> c.relowner
    and not (a.grantee in ('upheld_app'::regrole, 'upheld_staff'::regrole) and not a.is_grantable and a.privilege_type = 'SELECT')
  union all
  select format('has rule %I', r.rulename) from pg_rewrite r where r.ev_class = relation and r.ev_type <> '1';
end
$$;

create or replace function upheld_guard.sequence_faults(relation oid) returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select format('grants %s to %s', a.privilege_type, case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end)
  from pg_class c, aclexplode(c.relacl) a
  where c.oid = relation and a.grantee <> c.relowner
    and not (a.grantee = 'upheld_app'::regrole and not a.is_grantable and a.privilege_type = 'USAGE');
end
$$;

create or replace function upheld_guard.schema_faults(schema oid) returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select format('grants %s to %s', a.privilege_type, case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end)
  from pg_namespace n, aclexplode(n.nspacl) a
  where n.oid = schema and a.grantee <> n.nspowner
    and not (a.grantee in ('upheld_app'::regrole, 'upheld_migrate'::regrole, 'upheld_staff'::regrole) and not a.is_grantable and a.privilege_type = 'USAGE');
end
$$;

create or replace function upheld_guard.function_faults(routine oid) returns setof text
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select 'is a security definer: it would read with the owner''s rights' from pg_proc where oid = routine and prosecdef
  union all
  select 'is marked leakproof: it would see rows before the policy does' from pg_proc where oid = routine and proleakproof;
end
$$;

-- Everything in the tenant schemas that breaks a rule. Empty on a sound database.
create or replace function upheld_guard.faults() returns table (object text, fault text)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set jit = off as $$
#variable_conflict use_column
begin
  return query
  select c.oid::regclass::text, f.fault
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join upheld_guard.tenant_schema t on t.name = n.nspname
  cross join lateral (
    select table_faults as fault from upheld_guard.table_faults(c.oid) where c.relkind in ('r', 'p')
    union all
    select view_faults from upheld_guard.view_faults(c.oid) where c.relkind = 'v'
    union all
    select sequence_faults from upheld_guard.sequence_faults(c.oid) where c.relkind = 'S'
    union all
    select 'is a materialized view: row security does not reach it' where c.relkind = 'm'
    union all
    select 'is a foreign table: row security does not reach it' where c.relkind = 'f'
  ) f
  union all
  select c.oid::regclass::text, s.fault
  from upheld_guard.sealed_faults() s join pg_class c on c.oid = s.relation
  join pg_namespace n on n.oid = c.relnamespace
  join upheld_guard.tenant_schema t on t.name = n.nspname
  union all
  select p.oid::regprocedure::text, f.fault
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join upheld_guard.tenant_schema t on t.name = n.nspname
  cross join lateral (select function_faults as fault from upheld_guard.function_faults(p.oid)) f
  union all
  select n.nspname, f.fault
  from pg_namespace n
  join upheld_guard.tenant_schema t on t.name = n.nspname
  cross join lateral (select schema_faults as fault from upheld_guard.schema_faults(n.oid)) f;
end
$$;
do $$
declare
  judge regprocedure;
begin
  for judge in select oid from pg_proc where pronamespace = 'upheld_guard'::regnamespace and proname ~ '(faults|canonical_policy)$' loop
    execute format('revoke all on function %s from public', judge);
    execute format('grant execute on function %s to upheld_migrate, upheld_owner', judge);
  end loop;
end
$$;
