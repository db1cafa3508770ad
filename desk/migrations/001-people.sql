-- Who works here, and how they prove it. Times keep milliseconds only, as JavaScript does, so that a cursor loses nothing.

create table desk.account (
  organization_id uuid not null references upheld_guard.organization (id),
  name text not null check (length(name) between 1 and 200),
  slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 60),
  plan text not null check (plan in ('starter', 'team', 'business')),
  created_at timestamptz(3) not null default now(),
  primary key (organization_id)
);

create table desk.member (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 200),
  role text not null check (role in ('owner', 'admin', 'agent')),
  created_at timestamptz(3) not null default now(),
  primary key (organization_id, id),
  unique (organization_id, email)
);

-- A link that signs one member in, once. The secret itself is kept nowhere.
create table desk.access_link (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  member_id uuid not null,
  secret_hash bytea not null check (length(secret_hash) = 32),
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  primary key (organization_id, id),
  unique (organization_id, secret_hash),
  foreign key (organization_id, member_id) references desk.member (organization_id, id) on delete cascade
);
create index on desk.access_link (organization_id, member_id);

create table desk.session (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  member_id uuid not null,
  token_hash bytea not null check (length(token_hash) = 32),
  created_at timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  primary key (organization_id, id),
  unique (organization_id, token_hash),
  foreign key (organization_id, member_id) references desk.member (organization_id, id) on delete cascade
);
create index on desk.session (organization_id, member_id);

create table desk.api_key (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  name text not null check (length(name) between 1 and 100),
  secret_hash bytea not null check (length(secret_hash) = 32),
  scopes text[] not null check (cardinality(scopes) <= 20),
  created_by uuid not null,
  created_at timestamptz(3) not null default now(),
  last_used_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (organization_id, id),
  unique (organization_id, secret_hash),
  foreign key (organization_id, created_by) references desk.member (organization_id, id)
);
create index on desk.api_key (organization_id, created_by);
