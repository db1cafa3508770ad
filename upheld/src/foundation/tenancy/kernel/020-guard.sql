-- The guard's own tables. No login reads them; the verifier does, as upheld_guard.
create schema if not exists upheld_guard;
revoke all on schema upheld_guard from public, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;
grant usage on schema upheld_guard to upheld_guard;

-- Keys of the tenant context, kept ready for HMAC-SHA-256 (RFC 2104) so that SQL needs only sha256():
-- inner_block is the key with ipad and then the domain word, outer_block is the key with opad.
create table if not exists upheld_guard.context_key (
  id          bytea primary key check (length(id) = 1),
  inner_block bytea not null,
  outer_block bytea not null check (length(outer_block) = 64),
  cell        bytea not null check (length(cell) = 2),
  created_at  timestamptz not null default now(),
  retire_at   timestamptz not null default 'infinity'
);

-- The directory of organizations. What an organization is called is the application's affair.
create table if not exists upheld_guard.organization (
  id         uuid primary key check (id <> '00000000-0000-0000-0000-000000000000'),
  -- Made for probes to attack: a walk across organizations does not meet it.
  probe      boolean not null default false,
  created_at timestamptz not null default now()
);
-- Null for an organization that lives in this database, see 035-cells.sql.
alter table upheld_guard.organization add column if not exists cell text check (cell ~ '^[0-9a-f]{4}$');

-- Every walk across organizations, with its reason. Only added to.
create table if not exists upheld_guard.crossing (
  id     bigint generated always as identity primary key,
  at     timestamptz not null default clock_timestamp(),
  reason text not null check (length(reason) between 8 and 500),
  nonce  text not null
);

-- What the rows are kept in: Citus takes no subquery in a policy, see canonical_policy().
create table if not exists upheld_guard.engine (name text primary key check (name in ('postgres', 'citus')));
insert into upheld_guard.engine select 'postgres' where not exists (select from upheld_guard.engine);

create table if not exists upheld_guard.tenant_schema (name text primary key);

create table if not exists upheld_guard.migration (
  name       text primary key,
  digest     text not null,
  applied_at timestamptz not null default now()
);

alter table upheld_guard.context_key   owner to upheld_guard;
alter table upheld_guard.organization  owner to upheld_guard;
alter table upheld_guard.crossing      owner to upheld_guard;
revoke all on all tables in schema upheld_guard from public, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;

-- A tenant table may point at the directory; to point is not to read.
grant usage on schema upheld_guard to upheld_owner, upheld_migrate;
grant references on upheld_guard.organization to upheld_owner;
grant select, insert on upheld_guard.migration to upheld_migrate;
grant select on upheld_guard.tenant_schema, upheld_guard.engine to upheld_owner, upheld_migrate;
