-- A small schema for tests of the kernel: two tables that refer to each other, a view, a partitioned table.
create table clinic.patient (
  organization_id uuid not null,
  id              integer not null,
  name            text not null,
  primary key (organization_id, id),
  unique (organization_id, name)
);

create table clinic.visit (
  organization_id uuid not null,
  id              integer not null,
  patient_id      integer not null,
  note            text not null default '',
  primary key (organization_id, id),
  foreign key (organization_id, patient_id) references clinic.patient (organization_id, id) on delete cascade
);

create view clinic.visit_count with (security_invoker = true) as
  select p.organization_id, p.id, count(v.id) as visits
  from clinic.patient p left join clinic.visit v on v.organization_id = p.organization_id and v.patient_id = p.id
  group by p.organization_id, p.id;

create table clinic.reading (
  organization_id uuid not null,
  taken_on        date not null,
  id              integer not null,
  value           numeric not null,
  primary key (organization_id, taken_on, id)
) partition by range (taken_on);
create table clinic.reading_2026 partition of clinic.reading for values from ('2026-01-01') to ('2027-01-01');
