create table shop.item (
  organization_id uuid not null,
  id              integer not null,
  name            text not null,
  primary key (organization_id, id)
);
