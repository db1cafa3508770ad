-- Other services that the desk reads on behalf of a merchant. The credential is sealed for its row; beside it stands a keyed
-- digest, so that the same one is not connected twice.
create table desk.integration (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null,
  merchant_id uuid not null,
  service text not null check (service in ('shopify', 'woocommerce', 'prestashop', 'magento')),
  label text not null check (length(label) between 1 and 100),
  credential upheld.sealed not null,
  credential_index upheld.blind_index not null,
  connected_by uuid not null,
  created_at timestamptz(3) not null default now(),
  primary key (organization_id, id),
  unique (organization_id, credential_index),
  foreign key (organization_id, merchant_id) references desk.merchant (organization_id, id) on delete cascade,
  foreign key (organization_id, connected_by) references desk.member (organization_id, id)
);
create index on desk.integration (organization_id, merchant_id);
create index on desk.integration (organization_id, connected_by);

-- What only some may read about a person, sealed under a key of that person's own: when the key is gone, so is the note,
-- in every backup.
alter table desk.contact add column private_note upheld.sealed;
comment on column desk.contact.private_note is 'sealed as desk.contact.private_note about id';
