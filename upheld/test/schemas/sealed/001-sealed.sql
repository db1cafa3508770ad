-- Sealed columns in their kinds: with a look-up, about a person, and with a key of two columns.
create table ward.token (
  organization_id uuid not null,
  id              uuid not null,
  secret          upheld.sealed not null,
  secret_index    upheld.blind_index not null,
  touched         integer not null default 0,
  primary key (organization_id, id)
);

create table ward.person (
  organization_id uuid not null,
  id              uuid not null,
  email           upheld.sealed,
  email_index     upheld.blind_index,
  primary key (organization_id, id)
);
comment on column ward.person.email is 'sealed as ward.person.email about id';
comment on column ward.person.email_index is 'blind index of ward.person.email in 24 bits';

create table ward.reading (
  organization_id uuid not null,
  device          text not null,
  taken           integer not null,
  value           upheld.sealed not null,
  primary key (organization_id, device, taken)
);
