-- A person exists only with an address that was proven: a sign-up waits in `sign_up` until its mail was answered, so nobody
-- can occupy an address that is somebody else's.
create table if not exists upheld_identity.person (
  id uuid primary key default gen_random_uuid(),
  -- As foundation writes an address: NFC, lower case, see guards/identity/address.ts.
  email text not null unique check (octet_length(email) between 3 and 254),
  email_verified_at timestamptz(3) not null,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz(3) not null default now(),
  disabled_at timestamptz(3),
  -- Counts changes of password, factors and address. A sign-in that began before one of them makes no session after it.
  epoch integer not null default 0
);

-- Apart from the person: the login of the jobs reads persons, and never a hash.
create table if not exists upheld_identity.password (
  person_id uuid primary key references upheld_identity.person (id) on delete cascade,
  -- The whole hash with its parameters, in the PHC string format (argon2id), or as it was imported (bcrypt, scrypt).
  hash text not null check (length(hash) between 20 and 512),
  changed_at timestamptz(3) not null default now()
);

-- Somebody who says that an address is theirs. Any number of rows for one address; the first whose mail is answered wins.
create table if not exists upheld_identity.sign_up (
  id uuid primary key,
  email text not null check (octet_length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 200),
  hash text not null check (length(hash) between 20 and 512),
  expires_at timestamptz(3) not null
);
create index if not exists sign_up_email on upheld_identity.sign_up (email);
create index if not exists sign_up_expiry on upheld_identity.sign_up (expires_at);

-- Addresses that somebody had before, as long as whoever reads mail there can take the change back.
create table if not exists upheld_identity.email_change (
  id uuid primary key,
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  was text not null check (octet_length(was) between 3 and 254),
  at timestamptz(3) not null,
  undo_until timestamptz(3) not null
);
create index if not exists email_change_person on upheld_identity.email_change (person_id, at);

-- One row for each session; a session that ended has none. Of the token only its SHA-256 is known here.
create table if not exists upheld_identity.session (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32),
  -- When somebody signed in. A step-up changes the token and leaves this.
  created_at timestamptz(3) not null,
  -- At most a minute old.
  seen_at timestamptz(3) not null,
  -- Absolute: traffic does not move it.
  expires_at timestamptz(3) not null,
  idle_secs integer not null check (idle_secs between 60 and 2592000),
  -- The last time that somebody proved who they are, and with what.
  proven_at timestamptz(3) not null,
  methods text[] not null check (cardinality(methods) between 1 and 7),
  device_id uuid,
  -- The organization whose own provider said who this is. It enters that one alone: elsewhere its word counts for nothing.
  organization_id uuid,
  -- What the person sees in the list of sessions: a browser's name, and the network it came from.
  label text not null check (length(label) <= 200),
  network text not null check (length(network) <= 64)
);
create index if not exists session_person on upheld_identity.session (person_id);
create index if not exists session_expiry on upheld_identity.session (expires_at);

-- What works once: links, challenges, codes, steps of a clock. See guards/once.
create table if not exists upheld_identity.once (
  hash bytea primary key check (length(hash) = 32),
  kind text not null check (kind ~ '^[a-z][a-z-]{0,39}$'),
  -- Whose it is, so that all of somebody's can be voided.
  owner text not null check (length(owner) between 1 and 200),
  subject jsonb not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index if not exists once_owner on upheld_identity.once (owner, kind);
create index if not exists once_expiry on upheld_identity.once (expires_at);

-- What happened to a person's account, for the person. Only added to; what is older than it is kept for goes by expiry.
create table if not exists upheld_identity.event (
  id bigint generated always as identity primary key,
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  at timestamptz(3) not null,
  action text not null check (action ~ '^[a-z][a-z-]*([.][a-z][a-z-]*)+$'),
  network text not null check (length(network) <= 64),
  detail jsonb not null default '{}'
);
create index if not exists event_person on upheld_identity.event (person_id, id desc);

-- Mails to be sent. No secret stands here: a link is made when its mail is written.
create table if not exists upheld_identity.mail (
  id uuid primary key default gen_random_uuid(),
  recipient text not null check (octet_length(recipient) between 3 and 254),
  kind text not null check (kind ~ '^[a-z][a-z-]{0,39}$'),
  -- Who asked for it, such as a network: nobody uses up the mailbox of somebody else alone.
  asked_by text not null default '' check (length(asked_by) <= 64),
  -- What the text is made of, such as the name of an organization.
  detail jsonb not null default '{}',
  created_at timestamptz(3) not null,
  due_at timestamptz(3) not null,
  attempts integer not null default 0,
  sent_at timestamptz(3),
  -- Why the last attempt failed, in words that name nobody.
  failure text check (length(failure) <= 200),
  gave_up_at timestamptz(3)
);
create index if not exists mail_due on upheld_identity.mail (due_at) where sent_at is null and gave_up_at is null;
create index if not exists mail_recipient on upheld_identity.mail (recipient, kind, created_at);
create index if not exists mail_asker on upheld_identity.mail (asked_by, kind, created_at);

-- A mail more, unless there are enough of its kind to this address: of many at once one looks after the other, so that none
-- slips by; the lock is not the login's own to take. Mails that a wrong clock put into the future keep no other one back.
create or replace function upheld_identity.enqueue_mail(
  p_recipient text, p_kind text, p_detail jsonb, p_by text, p_now timestamptz, p_window_secs integer, p_by_max integer, p_max integer
) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_kind || ' ' || p_recipient, 7305807354480));
  insert into upheld_identity.mail (recipient, kind, detail, asked_by, created_at, due_at)
  select p_recipient, p_kind, p_detail, p_by, p_now, p_now from (
    select count(*) as sent, count(*) filter (where m.asked_by = p_by) as own from upheld_identity.mail m
    where m.recipient = p_recipient and m.kind = p_kind
      and m.created_at > p_now - make_interval(secs => p_window_secs) and m.created_at <= p_now
  ) before where before.sent < p_max and before.own < p_by_max;
end
$$;
revoke all on function upheld_identity.enqueue_mail(text, text, jsonb, text, timestamptz, integer, integer, integer) from public;
grant execute on function upheld_identity.enqueue_mail(text, text, jsonb, text, timestamptz, integer, integer, integer)
  to upheld_identity;

-- The same to the address that a person has now, of one kind so many since `p_since`.
create or replace function upheld_identity.enqueue_mail_to(
  p_person uuid, p_kind text, p_detail jsonb, p_now timestamptz, p_since timestamptz, p_max integer
) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
  select p.email, p_kind, p_detail || jsonb_build_object('person', p.id), p_now, p_now from upheld_identity.person p
  where p.id = p_person and (
    select count(*) from upheld_identity.mail m
    where m.recipient = p.email and m.kind = p_kind and m.created_at > p_since and m.created_at <= p_now) < p_max;
end
$$;
revoke all on function upheld_identity.enqueue_mail_to(uuid, text, jsonb, timestamptz, timestamptz, integer) from public;
grant execute on function upheld_identity.enqueue_mail_to(uuid, text, jsonb, timestamptz, timestamptz, integer)
  to upheld_identity;

-- Which organizations a person belongs to: kept by a trigger on upheld_access.member, see 030-members.sql.
create table if not exists upheld_identity.membership (
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  organization_id uuid not null,
  primary key (person_id, organization_id)
);

grant select, insert, update, delete on upheld_identity.person, upheld_identity.password, upheld_identity.session,
  upheld_identity.sign_up, upheld_identity.email_change, upheld_identity.once to upheld_identity;
grant select, insert on upheld_identity.event to upheld_identity;
grant select, insert, delete on upheld_identity.mail to upheld_identity;
grant select on upheld_identity.membership to upheld_identity;

-- The jobs send mails and clear away what is over. To make a link for a mail they add to `once`; they read no hash of it.
grant select on upheld_identity.person, upheld_identity.membership to upheld_jobs;
grant select, insert, update, delete on upheld_identity.mail to upheld_jobs;
grant insert, delete, select (kind, owner, expires_at, used_at) on upheld_identity.once to upheld_jobs;
grant delete, select (id, person_id, seen_at, expires_at, idle_secs) on upheld_identity.session to upheld_jobs;
grant insert, delete, select (person_id, at) on upheld_identity.event to upheld_jobs;
grant delete, select (id, expires_at) on upheld_identity.sign_up to upheld_jobs;
grant delete, select (id, undo_until) on upheld_identity.email_change to upheld_jobs;
