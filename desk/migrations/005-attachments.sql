-- Files of a conversation. Their bytes are sealed objects, outside the database: the row has what is needed to find one,
-- and its version, so that an older one that somebody brought back is noticed.
create table desk.attachment (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null,
  conversation_id uuid not null,
  member_id uuid not null,
  name text not null check (length(name) between 1 and 255),
  content_type text not null check (length(content_type) between 3 and 200),
  bytes bigint not null check (bytes >= 0),
  object_version text not null check (object_version ~ '^[0-9a-f]{32}$'),
  created_at timestamptz(3) not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, conversation_id) references desk.conversation (organization_id, id) on delete cascade,
  foreign key (organization_id, member_id) references desk.member (organization_id, id)
);
create index on desk.attachment (organization_id, conversation_id, created_at, id);
create index on desk.attachment (organization_id, member_id);
