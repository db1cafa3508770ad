-- The evidence log: leaves, the hash tiles over them, and one signed head. Can be run again at any time.
-- Roles upheld_proof and upheld_page exist already.
create schema if not exists upheld_proof;
revoke all on schema upheld_proof from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;

create table if not exists upheld_proof.leaf (
  index bigint primary key check (index >= 0),
  bytes bytea not null check (octet_length(bytes) between 2 and 16384)
);

create table if not exists upheld_proof.tile (
  level smallint not null check (level between 0 and 63),
  index bigint not null check (index >= 0),
  hashes bytea not null check (octet_length(hashes) between 32 and 8192 and octet_length(hashes) % 32 = 0),
  primary key (level, index)
);

create table if not exists upheld_proof.head (
  only_one boolean primary key default true check (only_one),
  size bigint not null check (size >= 0),
  checkpoint text not null check (octet_length(checkpoint) <= 4096),
  signed_at timestamptz not null default clock_timestamp()
);

-- What witnesses signed under heads of the log: of each witness (its verifier key, C2SP tlog-cosignature) the newest.
-- Nothing is proven by this table alone: who reads it verifies each line against the checkpoint beside it.
create table if not exists upheld_proof.cosignature (
  witness text primary key check (octet_length(witness) <= 512),
  size bigint not null check (size >= 0),
  checkpoint text not null check (octet_length(checkpoint) <= 4096),
  line text not null check (octet_length(line) <= 1024),
  at timestamptz not null
);

-- Of each witness the newest head that it would not sign because it contradicts what it has seen. It is settled once the
-- witness signs again. For the page: nothing rests on it, as whoever rewrites the log can rewrite this too.
create table if not exists upheld_proof.refusal (
  witness text primary key check (octet_length(witness) <= 512),
  size bigint not null check (size >= 0),
  checkpoint text not null check (octet_length(checkpoint) <= 4096),
  why text not null check (why in ('ahead', 'other_history')),
  at timestamptz not null default clock_timestamp(),
  settled_at timestamptz
);

-- Whoever gets past the grants still meets these; whoever switches them off leaves a record that does not verify.
create or replace function upheld_proof.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'The evidence log is append-only: % on upheld_proof.% is refused.', lower(tg_op), tg_table_name
    using errcode = 'restrict_violation';
end $$;

create or replace function upheld_proof.refuse_shrinking() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_table_name = 'head' then
    if new.size > old.size then return new; end if;
  elsif new.level = old.level and new.index = old.index and octet_length(new.hashes) > octet_length(old.hashes)
    and substr(new.hashes, 1, octet_length(old.hashes)) = old.hashes then
    return new;
  end if;
  raise exception 'The evidence log only grows: this change of upheld_proof.% is refused.', tg_table_name
    using errcode = 'restrict_violation';
end $$;

create or replace trigger leaf_is_final before update or delete or truncate on upheld_proof.leaf
  for each statement execute function upheld_proof.refuse_change();
create or replace trigger tile_is_kept before delete or truncate on upheld_proof.tile
  for each statement execute function upheld_proof.refuse_change();
create or replace trigger head_is_kept before delete or truncate on upheld_proof.head
  for each statement execute function upheld_proof.refuse_change();
create or replace trigger tile_grows before update on upheld_proof.tile
  for each row execute function upheld_proof.refuse_shrinking();
create or replace trigger head_grows before update on upheld_proof.head
  for each row execute function upheld_proof.refuse_shrinking();

revoke all on upheld_proof.leaf, upheld_proof.tile, upheld_proof.head, upheld_proof.cosignature, upheld_proof.refusal from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;
revoke all on function upheld_proof.refuse_change(), upheld_proof.refuse_shrinking() from public;
grant usage on schema upheld_proof to upheld_proof, upheld_page;
grant select on upheld_proof.leaf, upheld_proof.tile, upheld_proof.head, upheld_proof.cosignature, upheld_proof.refusal to upheld_proof, upheld_page;
grant insert on upheld_proof.leaf, upheld_proof.tile, upheld_proof.head, upheld_proof.cosignature, upheld_proof.refusal to upheld_proof;
grant update (hashes) on upheld_proof.tile to upheld_proof;
grant update (size, checkpoint, signed_at) on upheld_proof.head to upheld_proof;
grant update (size, checkpoint, line, at) on upheld_proof.cosignature to upheld_proof;
grant update (size, checkpoint, why, at, settled_at) on upheld_proof.refusal to upheld_proof;
