-- Whom the desk serves: merchants, what they sell in a month, and the people who write in.

create table desk.merchant (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  website text not null check (length(website) between 4 and 253),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz(3) not null default now(),
  primary key (organization_id, id)
);
create index on desk.merchant (organization_id, name, id);

create table desk.merchant_revenue (
  organization_id uuid not null references upheld_guard.organization (id),
  merchant_id uuid not null,
  month date not null check (extract(day from month) = 1),
  orders integer not null check (orders >= 0),
  -- In the smallest unit of the merchant's currency, at most about 90 trillion: exact in JavaScript too.
  revenue_minor bigint not null check (revenue_minor between 0 and 9007199254740991),
  primary key (organization_id, merchant_id, month),
  foreign key (organization_id, merchant_id) references desk.merchant (organization_id, id) on delete cascade
);

create table desk.contact (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  merchant_id uuid,
  name text not null check (length(name) between 1 and 200),
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  phone text check (length(phone) between 3 and 40),
  created_at timestamptz(3) not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, merchant_id) references desk.merchant (organization_id, id)
);
create index on desk.contact (organization_id, name, id);
create index on desk.contact (organization_id, email);
create index on desk.contact (organization_id, merchant_id);
