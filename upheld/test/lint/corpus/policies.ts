import type { Fixture } from '../fixture.ts'

const invoicePolicy = '"tenant" on shop.invoice'

export const policyFixtures: readonly Fixture[] = [
  {
    rule: 'policy.always-true',
    plant: 'alter policy tenant on shop.invoice using (organization_id = (select shop.tenant()) or 1 = 1)',
    at: invoicePolicy,
  },
  {
    rule: 'policy.always-true',
    name: 'for a role that the restrictive policy forgets',
    build: `create role {clerk} login; grant usage on schema shop to {clerk};
      grant execute on function shop.tenant() to {clerk};
      create table shop.memo (organization_id uuid not null, id bigint not null, primary key (organization_id, id));
      alter table shop.memo owner to {owner}; alter table shop.memo enable row level security, force row level security;
      grant select on shop.memo to {app}, {clerk};
      create policy anyone on shop.memo using (true);
      create policy wall on shop.memo as restrictive using (organization_id = (select shop.tenant()))`,
    plant: 'alter policy wall on shop.memo to {app}',
    at: '"anyone" on shop.memo',
    // A login without a bound on its statements.
    already: ['session.no-timeout', 'grant.temporary'],
  },
  {
    rule: 'policy.tenant-not-compared',
    plant: `alter policy tenant on shop.invoice using (note like 'public%')`,
    at: invoicePolicy,
  },
  {
    rule: 'policy.tenant-not-compared',
    name: 'a condition that cannot be understood is unproven',
    build: `create function shop.may_see(uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp
      as 'select $1 is not null'; alter function shop.may_see(uuid) owner to {owner}; revoke all on function shop.may_see(uuid) from public;
      grant execute on function shop.may_see(uuid) to {app}`,
    plant: 'alter policy tenant on shop.invoice using ((select shop.may_see(organization_id)))',
    at: invoicePolicy,
    as: 'unproven',
  },
  {
    rule: 'policy.second-permissive',
    plant: `create policy "for ""support""" on shop.invoice for select using (note = '')`,
    at: '"for ""support""" on shop.invoice',
  },
  {
    rule: 'policy.second-permissive',
    name: 'for writing only',
    plant: 'create policy import on shop.invoice for insert with check (true)',
    at: '"import" on shop.invoice',
  },
  {
    rule: 'policy.write-unchecked',
    plant: 'alter policy tenant on shop.invoice with check (true)',
    at: invoicePolicy,
  },
  {
    rule: 'policy.write-unchecked',
    name: 'rows can be moved by an update',
    build: `drop policy tenant on shop.invoice;
      create policy reads on shop.invoice for select using (organization_id = (select shop.tenant()));
      create policy changes on shop.invoice for update using (organization_id = (select shop.tenant()))`,
    plant: 'alter policy changes on shop.invoice with check (customer_id > 0)',
    at: '"changes" on shop.invoice',
  },
  {
    rule: 'policy.permissive-twice',
    plant: 'create policy again on shop.invoice using (organization_id = (select shop.tenant()))',
    at: 'shop.invoice',
  },
  {
    rule: 'policy.role-left-out',
    build: 'create role {clerk} nologin',
    plant: 'alter policy tenant on shop.invoice to {clerk}',
    at: 'shop.invoice',
  },
]
