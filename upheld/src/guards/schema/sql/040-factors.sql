-- What somebody proves a second time with. The seed of a code is sealed in the vault and is nothing without its keys; of
-- recovery codes and devices only hashes are here; of a passkey the public half is all there is.
create table if not exists upheld_identity.totp (
  -- Also the row that the seed is sealed for: known before it is written.
  id uuid primary key,
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  seed upheld.sealed not null,
  begun_at timestamptz(3) not null,
  -- An enrollment that nobody finished by then is over. Of no meaning once it is confirmed.
  expires_at timestamptz(3) not null,
  confirmed_at timestamptz(3),
  -- The newest step of 30 seconds whose code was taken, RFC 6238: none up to it is taken again, ever.
  last_step bigint check (last_step >= 0),
  used_at timestamptz(3),
  check ((confirmed_at is null) = (last_step is null)),
  -- At the end of a statement: one that is confirmed takes the place of the one before.
  constraint totp_one_active exclude (person_id with =) where (confirmed_at is not null) deferrable initially deferred
);
create unique index if not exists totp_begun on upheld_identity.totp (person_id) where confirmed_at is null;
create index if not exists totp_person on upheld_identity.totp (person_id);
create index if not exists totp_abandoned on upheld_identity.totp (expires_at) where confirmed_at is null;
-- Every person has a key of their own: whoever replaces all of them asks for each which rows it sealed.
create index if not exists totp_key on upheld_identity.totp (substring(seed::bytea from 5 for 8));
comment on column upheld_identity.totp.seed is 'sealed as upheld_identity.totp.seed about person_id';

create table if not exists upheld_identity.passkey (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  -- Unique over everybody: a credential is one person's.
  credential_id bytea not null unique check (length(credential_id) between 1 and 1023),
  -- A COSE key, RFC 9052.
  public_key bytea not null check (length(public_key) between 1 and 2048),
  -- As the authenticator told it last; 0 for ever where it counts nothing.
  counter bigint not null check (counter between 0 and 4294967295),
  transports text[] not null check (cardinality(transports) <= 10),
  -- Which make of authenticator, as it says itself.
  aaguid uuid not null,
  backup_eligible boolean not null,
  backed_up boolean not null check (backup_eligible or not backed_up),
  name text not null check (length(name) between 1 and 100),
  created_at timestamptz(3) not null,
  used_at timestamptz(3),
  -- Its counter went back: there are two of it, and neither opens anything any more.
  suspect_at timestamptz(3)
);
create index if not exists passkey_person on upheld_identity.passkey (person_id);

-- All codes of a person in one row: a new set takes the place of the old one as a whole.
create table if not exists upheld_identity.recovery (
  person_id uuid primary key references upheld_identity.person (id) on delete cascade,
  made_at timestamptz(3) not null,
  -- SHA-256 of codes of 120 random bits.
  unused bytea[] not null check (cardinality(unused) <= 10),
  used bytea[] not null check (cardinality(used) <= 10),
  used_at timestamptz(3)
);

create table if not exists upheld_identity.device (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32),
  label text not null check (length(label) between 1 and 200),
  network text not null check (length(network) <= 64),
  created_at timestamptz(3) not null,
  seen_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  -- Until then it stands for the second factor, where the policy allows it. Known is less: it says nothing of factors.
  trusted_until timestamptz(3) check (trusted_until <= expires_at)
);
create index if not exists device_person on upheld_identity.device (person_id);
create index if not exists device_expiry on upheld_identity.device (expires_at);

-- How often what was refused, hour by hour and of nobody in particular.
create table if not exists upheld_identity.factor_refusal (
  hour timestamptz(3) not null,
  factor text not null check (factor in ('totp', 'passkey', 'recovery')),
  kind text not null check (kind ~ '^[a-z][a-z-]{0,39}$'),
  count bigint not null check (count > 0),
  primary key (hour, factor, kind)
);

grant select, insert, update, delete on upheld_identity.totp, upheld_identity.passkey, upheld_identity.recovery,
  upheld_identity.device to upheld_identity;
grant select, insert, update on upheld_identity.factor_refusal to upheld_identity;

-- The jobs clear what is over, and read no seed, no key and no hash.
grant delete, select (id, expires_at, confirmed_at) on upheld_identity.totp to upheld_jobs;
grant delete, select (id, expires_at) on upheld_identity.device to upheld_jobs;
grant select, delete on upheld_identity.factor_refusal to upheld_jobs;
