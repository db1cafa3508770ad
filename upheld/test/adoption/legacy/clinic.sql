-- Clinics, in two schemas: the tenant is a short text, most tables reach it through their parents only, one through
-- either of two parents; keys that follow an update, keys that are set to NULL, a check at the end of the transaction.
create schema clinic authorization @login@;
create schema clinic_billing authorization @login@;
set role @login@;
create table clinic.practices (slug text primary key, name text not null);
create table clinic.doctors (
  id        uuid primary key default gen_random_uuid(),
  tenant_id text not null references clinic.practices (slug) on update cascade,
  name      text not null,
  unique (tenant_id, name)
);
create table clinic.patients (
  id        bigint generated always as identity primary key,
  tenant_id text not null,
  number    text not null unique,
  doctor_id uuid references clinic.doctors on delete set null
);
create table clinic.visits (id bigint generated always as identity primary key, patient_id bigint not null, seen_on date not null);
create table clinic.notes (
  id       bigint generated always as identity primary key,
  visit_id bigint not null,
  follows  bigint,
  body     text not null default ''
);
create table clinic.attachments (
  id       bigint generated always as identity primary key,
  visit_id bigint,
  note_id  bigint,
  name     text not null,
  check (visit_id is not null or note_id is not null)
);
create table clinic_billing.invoices (number text primary key, visit_id bigint not null unique, cents bigint not null default 0);
create table clinic_billing.lines (invoice text not null, place integer not null, cents bigint not null, primary key (invoice, place));

insert into clinic.practices select 'practice-' || n, 'Practice ' || n from generate_series(1, 30) n;
insert into clinic.doctors (tenant_id, name) select 'practice-' || 1 + n % 30, 'Doctor ' || n from generate_series(1, 300) n;
insert into clinic.patients (tenant_id, number)
  select 'practice-' || 1 + n % 30, 'patient ' || n from generate_series(1, @n@ / 20) n;
update clinic.patients p set doctor_id = (select id from clinic.doctors d where d.tenant_id = p.tenant_id order by name limit 1) where id % 3 > 0;
insert into clinic.visits (patient_id, seen_on)
  select 1 + n % (@n@ / 20), date '2026-01-01' + n % 300 from generate_series(1, @n@ / 4) n;
insert into clinic.notes (visit_id, body) select id, 'seen' from clinic.visits;
update clinic.notes n set follows = n.id - (@n@ / 20) where n.id > @n@ / 20;
insert into clinic.attachments (visit_id, note_id, name)
  select case when n % 3 > 0 then n end, case when n % 3 < 2 then n end, 'scan ' || n from generate_series(1, @n@ / 10) n;
insert into clinic_billing.invoices (number, visit_id) select 'R-' || id, id from clinic.visits where id % 2 = 0;
insert into clinic_billing.lines select number, place, 100 * place from clinic_billing.invoices, generate_series(1, 2) place;

alter table clinic.patients add foreign key (tenant_id) references clinic.practices (slug) on update cascade;
alter table clinic.visits add foreign key (patient_id) references clinic.patients on delete cascade;
alter table clinic.notes add foreign key (visit_id) references clinic.visits on delete cascade;
alter table clinic.notes add foreign key (follows) references clinic.notes deferrable initially deferred;
alter table clinic.attachments add foreign key (visit_id) references clinic.visits on delete cascade;
alter table clinic.attachments add foreign key (note_id) references clinic.notes on delete cascade;
alter table clinic_billing.invoices add foreign key (visit_id) references clinic.visits on delete cascade;
alter table clinic_billing.lines add foreign key (invoice) references clinic_billing.invoices on update cascade on delete cascade;
create index on clinic.visits (patient_id);
create index on clinic.notes (visit_id);
create index on clinic.notes (follows);
create index on clinic.attachments (note_id);
create index on clinic.attachments (visit_id);
reset role;
