-- Everything that a sabotage may touch, one line for each fact: who owns and may what, which rows a policy shows, what
-- a function says, what a role is.
with here as (
  select oid, nspname, nspacl, nspowner from pg_namespace where nspname in (
    'desk', 'upheld', 'upheld_guard', 'upheld_proof', 'upheld_audit', 'upheld_identity', 'upheld_access'
  )
), relation as (
  select c.*, here.nspname || '.' || c.relname as name from pg_class c join here on here.oid = c.relnamespace
), routine as (
  select p.*, p.oid::regprocedure::text as name from pg_proc p join here on here.oid = p.pronamespace
)
select line from (
  select format('relation %s kind %s owner %s security %s forced %s options %s', name, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity, reloptions)
  from relation where relkind <> 'i'
  union all
  select format('index %s %s', name, pg_get_indexdef(oid)) from relation where relkind = 'i'
  union all
  select format('policy %s on %s %s %s %s using %s check %s', polname, name, polcmd, polpermissive, polroles, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  from pg_policy join relation on relation.oid = polrelid
  union all
  select format('constraint %s on %s %s', conname, name, pg_get_constraintdef(k.oid)) from pg_constraint k join relation on relation.oid = conrelid
  union all
  select format('domain %s constraint %s %s', contypid::regtype, conname, pg_get_constraintdef(oid)) from pg_constraint where contypid <> 0
  union all
  select format('role %s setting %s', setrole::regrole, setting) from pg_db_role_setting cross join unnest(setconfig) as setting
  where setdatabase = 0 and setrole <> 0
  union all
  select format('trigger %s on %s enabled %s', tgname, name, tgenabled) from pg_trigger join relation on relation.oid = tgrelid where not tgisinternal
  union all
  select format('function %s owner %s %s', name, proowner::regrole, pg_get_functiondef(oid)) from routine where prokind = 'f'
  union all
  select format('grant %s on %s to %s by %s', privilege_type, object, case grantee when 0 then 'public' else pg_get_userbyid(grantee)::text end, pg_get_userbyid(grantor))
  from (
    select 'relation ' || name, coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner)) from relation
    union all select 'function ' || name, coalesce(proacl, acldefault('f', proowner)) from routine
    union all select 'schema ' || nspname, coalesce(nspacl, acldefault('n', nspowner)) from here
  ) granted (object, acl), aclexplode(acl)
  union all
  select format('role %s super %s bypass %s inherit %s login %s', rolname, rolsuper, rolbypassrls, rolinherit, rolcanlogin)
  from pg_roles where rolname like 'upheld%'
  union all
  select format('member %s of %s admin %s', member::regrole, roleid::regrole, admin_option) from pg_auth_members
  union all
  select format('leaf %s %s', index, encode(sha256(bytes), 'hex')) from upheld_proof.leaf
  union all
  select format('event trigger %s enabled %s', evtname, evtenabled) from pg_event_trigger
) facts (line)
order by line collate "C"
