-- What no exception may be, whoever writes it: about its own author, without an end within a year, or never looked at again.
do $$
begin
  if not exists (select from pg_constraint where conrelid = 'upheld_access.override'::regclass and conname = 'override_of_another') then
    alter table upheld_access.override add constraint override_of_another check (author_id <> member_id);
  end if;
  if not exists (select from pg_constraint where conrelid = 'upheld_access.override'::regclass and conname = 'override_bounded') then
    alter table upheld_access.override add constraint override_bounded check (
      expires_at > created_at and expires_at - created_at <= interval '8784 hours'
      and review_at > created_at and review_at <= expires_at);
  end if;
end
$$;

-- The jobs take roles away when a review or an invitation is over. They give none, let nobody back in, and make nobody
-- somebody else: whoever holds their login is no owner by an update.
create or replace function upheld_access.jobs_only_take() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if session_user = 'upheld_jobs' and not (new.roles <@ old.roles and new.organization_id = old.organization_id
    and new.id = old.id and new.person_id = old.person_id and (old.suspended_at is null or new.suspended_at is not null)
    and new.source = old.source and new.created_at = old.created_at
    and coalesce(new.entries_after, '-infinity') >= coalesce(old.entries_after, '-infinity')) then
    raise exception 'upheld: jobs_only_take' using errcode = '42501';
  end if;
  return new;
end
$$;
revoke all on function upheld_access.jobs_only_take() from public;
drop trigger if exists jobs_only_take on upheld_access.member;
create trigger jobs_only_take before update on upheld_access.member
  for each row execute function upheld_access.jobs_only_take();

-- To take a denial away is to give. Who goes as a whole takes theirs along.
create or replace function upheld_access.jobs_keep_denials() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if session_user = 'upheld_jobs' and old.effect = 'deny'
    and exists (select from upheld_access.member m where m.organization_id = old.organization_id and m.id = old.member_id) then
    raise exception 'upheld: jobs_only_take' using errcode = '42501';
  end if;
  return old;
end
$$;
revoke all on function upheld_access.jobs_keep_denials() from public;
drop trigger if exists jobs_keep_denials on upheld_access.override;
create trigger jobs_keep_denials before delete on upheld_access.override
  for each row execute function upheld_access.jobs_keep_denials();
