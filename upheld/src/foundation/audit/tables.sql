-- The audit logs: what waits to be logged, one log for each organization, and the anchor log over all of them. Can be
-- run again at any time. The kernel of tenancy is there already.
create schema if not exists upheld_audit;
revoke all on schema upheld_audit from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;
grant usage on schema upheld_audit to upheld_guard, upheld_app, upheld_record, upheld_page;

-- Entries that are committed with the change that they record, and not yet in their log. Only the functions of this
-- schema add to it, only the recorder takes from it. Empty most of the time.
create table if not exists upheld_audit.pending (
  seq             bigint generated always as identity primary key,
  id              uuid not null,
  organization_id uuid not null,
  received_at     timestamptz not null default clock_timestamp(),
  -- The leaf as it will be, without `type`, `id` and `received_at`.
  body            jsonb not null
);
alter table upheld_audit.pending set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- One row for each log. An organization gets its log with its first entry. Exactly one log of an organization, and one
-- anchor log, is open; one that was left behind after a database was turned back is closed and names its successor.
create table if not exists upheld_audit.log (
  id              bigint generated always as identity primary key,
  -- Null for an anchor log.
  organization_id uuid,
  origin          text not null unique check (octet_length(origin) between 3 and 255),
  -- C2SP signed-note: name+id+base64. The key that signed the head below; earlier ones are in log_key.
  verifier_key    text not null check (octet_length(verifier_key) <= 512),
  key_epoch       integer not null default 1 check (key_epoch >= 1),
  size            bigint not null default 0 check (size >= 0),
  -- C2SP checkpoint of exactly `size` leaves, signed, with its newlines.
  checkpoint      text not null check (octet_length(checkpoint) <= 4096),
  signed_at       timestamptz not null default clock_timestamp(),
  -- The received_at of the last leaf: no later one may be earlier.
  received_at     timestamptz not null default '-infinity',
  -- Leaves below were pruned; a multiple of 256. Their hash tiles stay.
  minimum_index   bigint not null default 0 check (minimum_index >= 0 and minimum_index % 256 = 0),
  successor       bigint references upheld_audit.log (id),
  closed_at       timestamptz,
  created_at      timestamptz not null default clock_timestamp(),
  check (minimum_index <= size),
  check ((successor is null) or (closed_at is not null))
);
create unique index if not exists log_open on upheld_audit.log (organization_id) nulls not distinct where closed_at is null;
create index if not exists log_of on upheld_audit.log (organization_id);

-- The keys of a log and the sizes that they sign: from `since_size` on, until the next one begins.
create table if not exists upheld_audit.log_key (
  log          bigint not null references upheld_audit.log (id),
  epoch        integer not null check (epoch >= 1),
  verifier_key text not null check (octet_length(verifier_key) <= 512),
  since_size   bigint not null check (since_size >= 0),
  since_at     timestamptz not null default clock_timestamp(),
  primary key (log, epoch)
);
-- What hands a log over to this key: the leaf that names it, at index `since_size`, and the head up to that leaf, signed
-- with the key before. Null for the first key of a log. The leaf is here as well since pruning takes it out of its log.
alter table upheld_audit.log_key add column if not exists leaf bytea check (octet_length(leaf) between 2 and 16384);
alter table upheld_audit.log_key add column if not exists handover text check (octet_length(handover) <= 4096);

-- The leaves: `bytes` is what is hashed, the other columns repeat what it says so that it can be found. They are written and
-- not generated: what reads JSON out of bytes cost a third of a batch. Whoever verifies a log holds them to the bytes.
-- No foreign key to the log: it would lock and look up the log's row for every leaf, and a log never goes away.
create table if not exists upheld_audit.leaf (
  log             bigint not null,
  index           bigint not null check (index >= 0),
  -- Null in an anchor log.
  organization_id uuid,
  -- UUIDv7 of the entry.
  id              uuid not null,
  received_at     timestamptz not null,
  action          text not null,
  actor_type      text not null,
  actor_id        text not null,
  object          text,
  outcome         text,
  -- Canonical JSON, upheld/audit@v1, upheld/successor@v1 or upheld/anchor@v1.
  bytes           bytea not null check (octet_length(bytes) between 2 and 16384),
  primary key (log, index)
);
alter table upheld_audit.leaf alter column bytes set storage external;
-- Each begins with its own column or with the log, never with the organization alone: a plan that was made while there were
-- few entries must not find another one good enough.
create index if not exists leaf_by_id on upheld_audit.leaf (id);
create index if not exists leaf_by_action on upheld_audit.leaf (log, action, index);
create index if not exists leaf_by_actor on upheld_audit.leaf (log, actor_id, index);
create index if not exists leaf_by_actor_type on upheld_audit.leaf (log, actor_type, index);
create index if not exists leaf_by_object on upheld_audit.leaf (log, object, index) where object is not null;
-- What went well is most of a log and needs no index.
create index if not exists leaf_by_outcome on upheld_audit.leaf (log, outcome, index) where outcome in ('failure', 'denied');
-- received_at never falls along a log, so its bounds are bounds of the index.
create index if not exists leaf_by_time on upheld_audit.leaf (log, received_at, index);

-- What an entry is about, as `kind:identifier`: `desk.ticket:0b3f…` for a row, the targets of an event as they were given.
create table if not exists upheld_audit.mention (
  organization_id uuid not null,
  target          text not null check (octet_length(target) <= 512),
  log             bigint not null,
  index           bigint not null,
  primary key (organization_id, target, log, index)
);

-- Full hash tiles only (256 hashes, 8,192 bytes): written once, never changed. The partial tiles at the right edge follow
-- from them: hashes of level 0 are those of the leaves after the last full tile, hashes of level L + 1 are the roots of
-- the full tiles of level L.
create table if not exists upheld_audit.tile (
  log    bigint not null references upheld_audit.log (id),
  level  smallint not null check (level between 0 and 6),
  index  bigint not null check (index >= 0),
  hashes bytea not null check (octet_length(hashes) = 8192),
  -- The RFC 6962 root over the 256 hashes.
  root   bytea not null check (octet_length(root) = 32),
  primary key (log, level, index)
);
alter table upheld_audit.tile alter column hashes set storage external;

-- Personal values beside the log: the leaf holds, under `com`, the base64 of
--   SHA-256( 'upheld/commitment@v1' || LF || name || LF || salt (32 bytes) || value in UTF-8 ).
-- Erasing takes salt and value away and names the entry that says so. The leaf stays as it is.
create table if not exists upheld_audit.disclosure (
  organization_id uuid not null,
  entry           uuid not null,
  name            text not null check (octet_length(name) between 1 and 64),
  salt            bytea check (octet_length(salt) = 32),
  value           text,
  -- The entry that records the erasure.
  erased_by       uuid,
  erased_at       timestamptz,
  primary key (organization_id, entry, name),
  check ((salt is null) = (value is null) and (salt is null) = (erased_by is not null) and (salt is null) = (erased_at is not null))
);

-- How long an organization's leaves are kept. Without a row: for ever. A hold stops pruning and nothing else.
create table if not exists upheld_audit.retention (
  organization_id uuid primary key,
  keep_days       integer check (keep_days between 1 and 36500),
  legal_hold      text check (octet_length(legal_hold) between 1 and 500),
  changed_at      timestamptz not null default clock_timestamp()
);
