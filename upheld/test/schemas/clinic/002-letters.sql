-- What a practice writes about a patient, sealed; and how a patient is found by a number that nobody reads.
create table clinic.letter (
  organization_id uuid not null,
  id              integer not null,
  patient_id      integer,
  body            upheld.sealed not null,
  insured_as      upheld.sealed,
  insured_index   upheld.blind_index,
  primary key (organization_id, id),
  foreign key (organization_id, patient_id) references clinic.patient (organization_id, id) on delete cascade
);
comment on column clinic.letter.insured_index is 'blind index of clinic.letter.insured_as';
