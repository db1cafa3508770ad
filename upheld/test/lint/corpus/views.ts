import type { Fixture } from '../fixture.ts'

export const viewFixtures: readonly Fixture[] = [
  {
    rule: 'view.reads-as-owner',
    name: 'owned by a superuser',
    plant: 'alter view shop.invoice_count reset (security_invoker); alter view shop.invoice_count owner to postgres',
    at: 'shop.invoice_count',
  },
  {
    rule: 'view.reads-as-owner',
    name: 'reached through another view',
    build: `set role {owner}; create view shop.outer_count with (security_invoker = on) as select * from shop.invoice_count;
      grant select on shop.outer_count to {app}; reset role; alter view shop.outer_count owner to {owner}`,
    plant: `alter view shop.invoice_count reset (security_invoker); alter view shop.invoice_count owner to postgres;
      revoke select on shop.invoice_count from {app}; grant select on shop.invoice_count to {owner};
      alter view shop.outer_count reset (security_invoker)`,
    at: 'shop.invoice_count',
  },
  {
    rule: 'view.reads-as-owner',
    name: 'filtered, but not by who asks',
    build: `create view shop.open_invoice with (security_invoker = yes) as select * from shop.invoice where note <> '';
      grant select on shop.open_invoice to {app}`,
    plant: 'alter view shop.open_invoice set (security_invoker = false)',
    at: 'shop.open_invoice',
  },
  {
    rule: 'view.no-barrier',
    build: `create view shop.own_invoice with (security_barrier = true) as
        select i.id, i.note from shop.invoice i where i.organization_id = (select shop.tenant());
      grant select on shop.own_invoice to {app}`,
    plant: 'alter view shop.own_invoice reset (security_barrier)',
    at: 'shop.own_invoice',
  },
  {
    rule: 'view.materialized',
    build: 'create materialized view shop.totals as select count(*) from shop.invoice_count',
    plant: 'grant select on shop.totals to public',
    at: 'shop.totals',
  },
  {
    rule: 'table.foreign',
    build: `create foreign data wrapper nowhere; create server elsewhere foreign data wrapper nowhere;
      create foreign table shop.letter (organization_id uuid not null, id bigint not null) server elsewhere`,
    plant: 'grant select on shop.letter to {app}',
    at: 'shop.letter',
  },
]
