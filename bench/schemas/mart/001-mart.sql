-- Five tables that a question joins, and one that batches are put into.
create table mart.customer (
  organization_id uuid not null,
  id              integer not null,
  name            text not null,
  primary key (organization_id, id)
);

create table mart.product (
  organization_id uuid not null,
  id              integer not null,
  name            text not null,
  primary key (organization_id, id)
);

create table mart.purchase (
  organization_id uuid not null,
  id              integer not null,
  customer_id     integer not null,
  primary key (organization_id, id),
  foreign key (organization_id, customer_id) references mart.customer (organization_id, id)
);

create table mart.payment (
  organization_id uuid not null,
  id              integer not null,
  purchase_id     integer not null,
  paid            integer not null,
  primary key (organization_id, id),
  unique (organization_id, purchase_id),
  foreign key (organization_id, purchase_id) references mart.purchase (organization_id, id)
);

create table mart.line (
  organization_id uuid not null,
  id              integer not null,
  purchase_id     integer not null,
  product_id      integer not null,
  amount          integer not null,
  primary key (organization_id, id),
  foreign key (organization_id, purchase_id) references mart.purchase (organization_id, id),
  foreign key (organization_id, product_id) references mart.product (organization_id, id)
);
create index line_by_purchase on mart.line (organization_id, purchase_id);

create table mart.visit (
  organization_id uuid not null,
  id              integer not null,
  page            text not null,
  primary key (organization_id, id)
);
