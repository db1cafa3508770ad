create table clinic.patient (
  organization_id uuid not null references upheld_guard.organization (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  name text not null check (length(name) between 1 and 200),
  history upheld.sealed,
  primary key (organization_id, id)
);

create table clinic.visit (
  organization_id uuid not null references upheld_guard.organization (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  patient_id uuid not null,
  reason text not null check (length(reason) between 1 and 500),
  primary key (organization_id, id),
  foreign key (organization_id, patient_id) references clinic.patient (organization_id, id) on delete cascade
);

create table clinic.bill (
  organization_id uuid not null references upheld_guard.organization (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  visit_id uuid not null,
  cents integer not null check (cents >= 0),
  primary key (organization_id, id),
  foreign key (organization_id, visit_id) references clinic.visit (organization_id, id) on delete cascade
);
