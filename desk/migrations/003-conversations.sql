-- What is said. A conversation knows when it last moved, so that the inbox reads one index.

create table desk.conversation (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  subject text not null check (length(subject) between 1 and 200),
  status text not null default 'open' check (status in ('open', 'pending', 'closed')),
  contact_id uuid not null,
  merchant_id uuid,
  assigned_member_id uuid,
  created_at timestamptz(3) not null default now(),
  last_message_at timestamptz(3) not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, contact_id) references desk.contact (organization_id, id),
  foreign key (organization_id, merchant_id) references desk.merchant (organization_id, id),
  foreign key (organization_id, assigned_member_id) references desk.member (organization_id, id)
);
create index on desk.conversation (organization_id, last_message_at, id);
create index on desk.conversation (organization_id, status, last_message_at, id);
create index on desk.conversation (organization_id, contact_id);
create index on desk.conversation (organization_id, merchant_id);
create index on desk.conversation (organization_id, assigned_member_id);

create table desk.message (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  author_kind text not null check (author_kind in ('contact', 'member')),
  author_member_id uuid,
  body text not null check (length(body) between 1 and 10000),
  created_at timestamptz(3) not null default now(),
  primary key (organization_id, id),
  check ((author_kind = 'member') = (author_member_id is not null)),
  foreign key (organization_id, conversation_id) references desk.conversation (organization_id, id) on delete cascade,
  foreign key (organization_id, author_member_id) references desk.member (organization_id, id)
);
create index on desk.message (organization_id, conversation_id, created_at, id);
create index on desk.message (organization_id, author_member_id);

create view desk.inbox with (security_invoker = true) as
select
  conversation.organization_id,
  conversation.id,
  conversation.subject,
  conversation.status,
  conversation.contact_id,
  contact.name as contact_name,
  conversation.merchant_id,
  merchant.name as merchant_name,
  conversation.assigned_member_id,
  member.name as assigned_member_name,
  conversation.created_at,
  conversation.last_message_at,
  (
    select count(*)::integer
    from desk.message
    where message.organization_id = conversation.organization_id and message.conversation_id = conversation.id
  ) as messages
from desk.conversation
join desk.contact
  on contact.organization_id = conversation.organization_id and contact.id = conversation.contact_id
left join desk.merchant
  on merchant.organization_id = conversation.organization_id and merchant.id = conversation.merchant_id
left join desk.member
  on member.organization_id = conversation.organization_id and member.id = conversation.assigned_member_id;

create view desk.inbox_count with (security_invoker = true) as
select organization_id, status, count(*)::integer as conversations
from desk.conversation
group by organization_id, status;
