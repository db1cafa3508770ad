-- A column of this type holds sealed values alone: whatever is not an envelope is refused, whoever writes it. The check
-- reads the first four bytes of kv1 (format, flags, schema) and the least length; what is inside, only a key can tell.
do $$
begin
  create domain upheld.sealed as bytea
    constraint sealed check (octet_length(value) >= 84 and substring(value, 1, 1) = '\x01' and substring(value, 3, 2) = '\x0001');
exception when duplicate_object then
  null;
end
$$;

-- A keyed digest of a sealed value, to find it by: HMAC-SHA-256 under a key of the organization, cut to 16 bytes.
do $$
begin
  create domain upheld.blind_index as bytea constraint blind_index check (octet_length(value) = 16);
exception when duplicate_object then
  null;
end
$$;

-- Every sealed column: the label it is sealed under, the columns that name its row, and the one that names the person whom
-- the value is about, if there is one. All but the keys stand in the comment of the column, for a partition in its root's,
-- so that renaming a table or a column breaks no seal: `sealed as desk.contact.note about contact_id`.
create or replace function upheld.sealed_columns() returns table (relation oid, attnum smallint, label text, keys smallint[], subject smallint)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select a.attrelid, a.attnum,
    substring(col_description(root.attrelid, root.attnum) from '^sealed as ([^. ]+\.[^. ]+\.[^. ]+)( about [^ ]+)?$'),
    (select array_agg(k.attnum order by i.place)
     from pg_index x cross join lateral unnest(x.indkey) with ordinality as i (attnum, place)
     join pg_attribute k on k.attrelid = x.indrelid and k.attnum = i.attnum
     where x.indrelid = a.attrelid and x.indisprimary and k.attname <> 'organization_id'
       and k.atttypid in ('uuid'::regtype, 'text'::regtype, 'integer'::regtype, 'bigint'::regtype)),
    (select p.attnum from pg_attribute p
     where p.attrelid = a.attrelid and p.attname = substring(col_description(root.attrelid, root.attnum) from ' about ([^ ]+)$'))
  from pg_attribute a join pg_class c on c.oid = a.attrelid
  join pg_attribute root on root.attrelid = coalesce(pg_partition_root(a.attrelid)::oid, a.attrelid) and root.attname = a.attname
  where a.atttypid = 'upheld.sealed'::regtype and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p');
end
$$;
revoke all on function upheld.sealed_columns() from public;
grant execute on function upheld.sealed_columns() to upheld_app, upheld_migrate, upheld_owner;

-- What is wrong with the sealed columns, one line for each fault.
create or replace function upheld_guard.sealed_faults() returns table (relation oid, fault text)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  with sealed as materialized (
    select s.*, a.attname, coalesce(pg_partition_root(s.relation)::oid, s.relation) as root
    from upheld.sealed_columns() s join pg_attribute a on a.attrelid = s.relation and a.attnum = s.attnum
  )
  select s.relation, f.fault from sealed s cross join lateral (
    select format('sealed column %I says in its comment no label to be sealed under', s.attname) as fault where s.label is null
    union all
    select format('sealed column %I has the label %s, and so has another', s.attname, s.label)
    where exists (select from sealed o where o.label = s.label and (o.root <> s.root or (o.relation = s.relation and o.attnum <> s.attnum)))
    union all
    select format('sealed column %I is about a column that is not there', s.attname)
    where s.subject is null and col_description(s.root, s.attnum) ~ ' about '
    union all
    select format('sealed column %I needs a primary key beside organization_id, of uuid, text, integer or bigint', s.attname)
    where s.keys is null or exists (
      select from pg_index x join pg_attribute k on k.attrelid = x.indrelid and k.attnum = any (x.indkey)
      where x.indrelid = s.relation and x.indisprimary and k.attname <> 'organization_id' and k.attnum <> all (s.keys))
  ) f;
end
$$;

-- A new sealed column gets the name that it has now for its label.
create or replace function upheld_guard.label_sealed() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  made record;
begin
  for made in
    select a.attrelid::regclass as relation, a.attname, n.nspname, c.relname
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join upheld_guard.tenant_schema t on t.name = n.nspname
    where a.atttypid = 'upheld.sealed'::regtype and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition
      and col_description(a.attrelid, a.attnum) is null
  loop
    execute format('comment on column %s.%I is %L', made.relation, made.attname,
      'sealed as ' || regexp_replace(format('%s.%s', made.nspname, made.relname), '[^[:alnum:]_.]', '_', 'g')
        || '.' || regexp_replace(made.attname, '[^[:alnum:]_]', '_', 'g'));
  end loop;
end
$$;
revoke all on function upheld_guard.label_sealed() from public;
