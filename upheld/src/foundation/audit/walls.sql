-- Who may do what with the tables of tables.sql and cosignature.sql, and what nobody may. Run at every start: what was
-- loosened is taken back. The linter reads what stands here and compares: conditions, and the commands of a trigger, are
-- written in the order in which the server prints them.
do $$
declare
  wall record;
  loose record;
begin
  for wall in
    select c.oid::regclass as name from pg_class c
    where c.relnamespace = 'upheld_audit'::regnamespace and c.relkind in ('r', 'p')
  loop
    for loose in select polname from pg_policy where polrelid = wall.name loop
      execute format('drop policy %I on %s', loose.polname, wall.name);
    end loop;
    execute format('revoke all on %s from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console', wall.name);
    execute format('alter table %s enable row level security, force row level security', wall.name);
  end loop;
end
$$;

-- The recorder tends every log, whoever's it is.
create policy upheld_record on upheld_audit.pending to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.log to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.log_key to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.leaf to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.mention to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.tile to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.disclosure to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.retention to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.cosignature to upheld_record using (true) with check (true);
create policy upheld_record on upheld_audit.witnesses to upheld_record using (true) with check (true);

-- The functions below write as upheld_guard, and can do nothing else.
grant insert on upheld_audit.pending, upheld_audit.disclosure to upheld_guard;
create policy upheld_guard on upheld_audit.pending for insert to upheld_guard with check (true);
create policy upheld_guard on upheld_audit.disclosure for insert to upheld_guard with check (true);

grant select, delete on upheld_audit.pending to upheld_record;
grant select, insert on upheld_audit.log, upheld_audit.log_key, upheld_audit.leaf, upheld_audit.mention, upheld_audit.tile to upheld_record;
grant update (verifier_key, key_epoch, size, checkpoint, signed_at, received_at, minimum_index, successor, closed_at)
  on upheld_audit.log to upheld_record;
grant delete on upheld_audit.leaf, upheld_audit.mention to upheld_record;
grant select, delete, update (salt, value, erased_by, erased_at) on upheld_audit.disclosure to upheld_record;
grant select, insert, update (keep_days, legal_hold, changed_at) on upheld_audit.retention to upheld_record;
grant insert on upheld_audit.pending to upheld_record;
grant select, insert, update (size, checkpoint, line, at) on upheld_audit.cosignature to upheld_record;
grant select, insert, update (rules) on upheld_audit.witnesses to upheld_record;

-- An organization's own context reads its own log. The anchor log names no organization, and is there for everybody.
grant select on upheld_audit.log, upheld_audit.log_key, upheld_audit.leaf, upheld_audit.mention, upheld_audit.tile,
  upheld_audit.disclosure to upheld_app;
create policy upheld_tenant on upheld_audit.log for select to upheld_app
  using (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_audit.leaf for select to upheld_app
  using (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_audit.mention for select to upheld_app
  using (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_audit.disclosure for select to upheld_app
  using (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_anchor on upheld_audit.log for select to upheld_app, upheld_page using (organization_id is null);
create policy upheld_anchor on upheld_audit.leaf for select to upheld_app, upheld_page using (organization_id is null);
create policy upheld_tenant on upheld_audit.log_key for select to upheld_app, upheld_page
  using (log in (select l.id from upheld_audit.log l));
create policy upheld_tenant on upheld_audit.tile for select to upheld_app, upheld_page
  using (log in (select l.id from upheld_audit.log l));
create policy upheld_anchor on upheld_audit.cosignature for select to upheld_app, upheld_page using (true);
grant select on upheld_audit.log, upheld_audit.log_key, upheld_audit.leaf, upheld_audit.tile, upheld_audit.cosignature to upheld_page;
grant select on upheld_audit.cosignature, upheld_audit.witnesses to upheld_app;
create policy upheld_anchor on upheld_audit.witnesses for select to upheld_app using (true);

-- Whoever gets past the grants still meets these; whoever switches them off leaves a log that does not verify.
create or replace function upheld_audit.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'upheld: the audit log is append-only: % on upheld_audit.% is refused', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end
$$;
revoke all on function upheld_audit.refuse_change() from public;

-- A log grows, keeps its name, and is pruned only as far as its organization's policy lets it.
create or replace function upheld_audit.check_head() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  policy record;
begin
  if new.id <> old.id or new.organization_id is distinct from old.organization_id or new.origin <> old.origin
    or new.created_at <> old.created_at or new.size < old.size or new.minimum_index < old.minimum_index
    or new.key_epoch < old.key_epoch or new.received_at < old.received_at
    or (new.size = old.size and new.checkpoint <> old.checkpoint and new.key_epoch = old.key_epoch)
    or (new.key_epoch = old.key_epoch and new.verifier_key <> old.verifier_key)
    or (old.closed_at is not null and (new.closed_at is distinct from old.closed_at or new.size <> old.size)) 
    or (old.successor is not null and new.successor is distinct from old.successor)
  then
    raise exception 'upheld: an audit log only grows: this change of its head is refused' using errcode = 'restrict_violation';
  end if;
  if new.minimum_index > old.minimum_index then
    select * into policy from upheld_audit.retention r where r.organization_id = new.organization_id;
    if policy.legal_hold is not null then
      raise exception 'upheld: legal_hold' using errcode = 'restrict_violation';
    end if;
    if policy.keep_days is null or exists (
      select from upheld_audit.leaf l
      where l.log = new.id and l.index = new.minimum_index - 1
        and l.received_at > clock_timestamp() - make_interval(days => policy.keep_days)
    ) then
      raise exception 'upheld: still_kept' using errcode = 'restrict_violation';
    end if;
  end if;
  return new;
end
$$;
revoke all on function upheld_audit.check_head() from public;

-- A leaf goes when its log says that it starts later; what hangs on a leaf goes after it.
create or replace function upheld_audit.check_prune() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_table_name = 'leaf' then
    if exists (select from gone g join upheld_audit.log l on l.id = g.log where g.index >= l.minimum_index) then
      raise exception 'upheld: a leaf that is not pruned stays' using errcode = 'restrict_violation';
    end if;
  elsif tg_table_name = 'mention' then
    if exists (select from gone g join upheld_audit.log l on l.id = g.log where g.index >= l.minimum_index) then
      raise exception 'upheld: a leaf that is not pruned can be found' using errcode = 'restrict_violation';
    end if;
  elsif tg_table_name = 'disclosure' then
    if exists (select from gone g join upheld_audit.leaf l on l.organization_id = g.organization_id and l.id = g.entry)
      or exists (select from gone g join upheld_audit.pending p on p.id = g.entry) then
      raise exception 'upheld: a value of a leaf that is not pruned is erased, not dropped' using errcode = 'restrict_violation';
    end if;
  end if;
  return null;
end
$$;
revoke all on function upheld_audit.check_prune() from public;

-- Runs with every batch. The plan of its question lives as long as the recorder's connection, and was made when there may have
-- been hardly a leaf: each entry is looked up by its key, whatever the planner thought of the table then.
create or replace function upheld_audit.check_logged() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (
    select from gone g where not exists (
      select from upheld_audit.leaf l where l.organization_id = g.organization_id and l.id = g.id)
  ) then
    raise exception 'upheld: an entry waits until it is in its log' using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;
revoke all on function upheld_audit.check_logged() from public;

-- Erasing is the one change of a disclosure.
create or replace function upheld_audit.check_erasure() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.organization_id, new.entry, new.name) is distinct from (old.organization_id, old.entry, old.name)
    or old.erased_by is not null or new.erased_by is null then
    raise exception 'upheld: a disclosure is erased or stays as it is' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
revoke all on function upheld_audit.check_erasure() from public;

do $$
declare
  stale record;
begin
  for stale in
    select t.tgname, t.tgrelid::regclass as relation from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'upheld_audit'::regnamespace and not t.tgisinternal
  loop
    execute format('drop trigger %I on %s', stale.tgname, stale.relation);
  end loop;
end
$$;
create trigger final before update or truncate on upheld_audit.leaf for each statement execute function upheld_audit.refuse_change();
create trigger final before update or truncate on upheld_audit.mention for each statement execute function upheld_audit.refuse_change();
create trigger final before delete or update or truncate on upheld_audit.tile for each statement execute function upheld_audit.refuse_change();
create trigger final before delete or update or truncate on upheld_audit.log_key for each statement execute function upheld_audit.refuse_change();
create trigger final before update or truncate on upheld_audit.pending for each statement execute function upheld_audit.refuse_change();
create trigger final before delete or truncate on upheld_audit.log for each statement execute function upheld_audit.refuse_change();
create trigger final before delete or truncate on upheld_audit.retention for each statement execute function upheld_audit.refuse_change();
create trigger final before truncate on upheld_audit.disclosure for each statement execute function upheld_audit.refuse_change();
create trigger grows before update on upheld_audit.log for each row execute function upheld_audit.check_head();
create trigger erased before update on upheld_audit.disclosure for each row execute function upheld_audit.check_erasure();
create trigger pruned after delete on upheld_audit.leaf
  referencing old table as gone for each statement execute function upheld_audit.check_prune();
create trigger pruned after delete on upheld_audit.mention
  referencing old table as gone for each statement execute function upheld_audit.check_prune();
create trigger pruned after delete on upheld_audit.disclosure
  referencing old table as gone for each statement execute function upheld_audit.check_prune();
create trigger logged after delete on upheld_audit.pending
  referencing old table as gone for each statement execute function upheld_audit.check_logged();
