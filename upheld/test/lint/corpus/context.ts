import type { Fixture } from '../fixture.ts'

const bySetting = `create function shop.by_setting() returns uuid language sql stable set search_path = pg_catalog, pg_temp
    as $$ select nullif(current_setting('shop.organization', true), '')::uuid $$;
  alter function shop.by_setting() owner to {owner}; revoke all on function shop.by_setting() from public;
  grant execute on function shop.by_setting() to {app};`

export const contextFixtures: readonly Fixture[] = [
  {
    rule: 'context.forgeable',
    plant: `alter policy tenant on shop.invoice using
      (organization_id = (select nullif(current_setting('shop.organization', true), '')::uuid))`,
    at: 'shop.organization',
    unmendable: true,
  },
  {
    rule: 'context.forgeable',
    name: 'inside a function of the policy',
    build: bySetting,
    plant: 'alter policy tenant on shop.invoice using (organization_id = (select shop.by_setting()))',
    at: 'shop.organization',
    unmendable: true,
  },
  {
    rule: 'context.kept-for-session',
    build: `create function shop.enter(token text) returns void language sql set search_path = pg_catalog, pg_temp
        as $$ select set_config('shop.context', token, true) $$;
      alter function shop.enter(text) owner to {guard}; revoke all on function shop.enter(text) from public`,
    plant: `create or replace function shop.enter(token text) returns void language sql set search_path = pg_catalog, pg_temp
        as $$ select set_config('shop.context', coalesce(token, ''), false) $$`,
    at: 'shop.enter(text)',
    unmendable: true,
  },
  {
    rule: 'policy.function-immutable',
    plant: 'alter function shop.tenant() immutable',
    at: 'shop.tenant()',
  },
  {
    rule: 'policy.function-immutable',
    name: 'one call further in',
    build: `create function shop.asked() returns uuid language plpgsql stable set search_path = pg_catalog, pg_temp
        as $$ begin return shop.tenant(); end $$;
      alter function shop.asked() owner to {guard}; revoke all on function shop.asked() from public; grant execute on function shop.asked() to {app};
      alter policy tenant on shop.invoice using (organization_id = (select shop.asked()))`,
    plant: 'alter function shop.tenant() immutable',
    at: 'shop.tenant()',
  },
  {
    rule: 'policy.call-per-row',
    plant: 'alter policy tenant on shop.invoice using (organization_id = shop.tenant() and customer_id > 0)',
    at: '"tenant" on shop.invoice',
  },
]
