-- Wrapped keys, one row for each epoch of a domain. It belongs in a database of its own, whose backups are kept as long
-- as you want a destroyed key to be able to come back, and no longer.
create schema if not exists upheld_keys;
revoke all on schema upheld_keys from public;

create table if not exists upheld_keys.key (
  organization uuid not null,
  domain text collate "C" not null check (octet_length(domain) between 1 and 200),
  epoch integer not null check (epoch >= 1),
  id text not null check (id ~ '^[0-9a-f]{16}$'),
  state text not null check (state in ('pending', 'active', 'decrypt-only', 'disabled', 'destroyed')),
  wrapped_by text not null check (length(wrapped_by) between 1 and 1000),
  -- Kept in the row, so that all copies of it are where copies of the row are.
  wrapped bytea check (octet_length(wrapped) between 1 and 4096),
  made_at timestamptz not null,
  destroyed_at timestamptz,
  -- The transaction that destroyed it: older versions of the row are gone once no file holds rows that old.
  destroyed_xid xid,
  purged_at timestamptz,
  primary key (organization, domain, epoch),
  check ((state = 'destroyed') = (wrapped is null)),
  check ((state = 'destroyed') = (destroyed_at is not null))
);
alter table upheld_keys.key alter column wrapped set storage plain;
revoke all on upheld_keys.key from public;

create table if not exists upheld_keys.change (
  one boolean primary key default true check (one),
  number bigint not null
);
insert into upheld_keys.change values (true, 0) on conflict do nothing;
revoke all on upheld_keys.change from public;

-- Whoever holds the login of the key store can add, change and destroy keys. It cannot bring one back, nor give one to
-- another organization.
create or replace function upheld_keys.guard() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if row(new.organization, new.domain, new.epoch, new.id, new.made_at)
     is distinct from row(old.organization, old.domain, old.epoch, old.id, old.made_at) then
    raise exception 'a key keeps its organization, domain, epoch, id and age' using errcode = 'check_violation';
  end if;
  if old.state = 'destroyed' then
    if row(new.state, new.wrapped_by, new.wrapped, new.destroyed_at, new.destroyed_xid)
       is distinct from row(old.state, old.wrapped_by, old.wrapped, old.destroyed_at, old.destroyed_xid) then
      raise exception 'a destroyed key does not come back' using errcode = 'check_violation';
    end if;
    return new;
  end if;
  if new.state = 'destroyed' then
    new.destroyed_xid := pg_current_xact_id()::xid;
  end if;
  update upheld_keys.change set number = number + 1;
  return new;
end
$$;
revoke all on function upheld_keys.guard() from public;

create or replace trigger guard before update on upheld_keys.key for each row execute function upheld_keys.guard();
alter table upheld_keys.key enable always trigger guard;
