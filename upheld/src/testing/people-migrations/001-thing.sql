-- Something that belongs to customers, for grants and routes to be tried on.
create table shop.thing (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  name text not null,
  primary key (organization_id, id)
);
