import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { isolationRows } from '../../src/proof/probes/isolation-rows/claim.ts'
import { instrumentsOf, type Report, type Sabotage } from '../../src/proof/claims/index.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

const odd = { tenantSchemas: ['odd'], migrations: new URL('../schemas/odd/', import.meta.url) }

/** A sabotage that the claim does not know of. */
function unseen(name: string, sql: string, blind?: string): Sabotage {
  return {
    name,
    ...(blind === undefined ? {} : { beyond: { prober: blind } }),
    says: 'somebody did something that nobody thought of',
    source: import.meta.url,
    async apply(twin) {
      await twin.admin.query(sql)
      return twin
    },
  }
}

const unseenOnes: readonly Sabotage[] = [
  unseen('leaf open', 'alter table odd.event_in disable row level security'),
  unseen('policy by name', 'create policy more on odd.tree for update using (true) with check (true)'),
  unseen(
    'or true',
    'alter policy upheld_tenant on odd.room using (organization_id = (select upheld.organization_id()) or true)',
  ),
  unseen(
    'null context',
    `create or replace function upheld.organization_id() returns uuid language sql stable security definer
          set search_path = pg_catalog, pg_temp as $$ select nullif(substr(current_setting('upheld.context', true), 5, 32), '')::uuid $$`,
  ),
  unseen(
    'owner without force',
    'alter table odd.noted no force row level security; alter table odd.noted owner to upheld_app',
  ),
  unseen('shared email', 'create unique index on odd.strict (email)'),
  unseen(
    'bare reference',
    `create unique index on odd.chicken (id);
          alter table odd.egg drop constraint egg_organization_id_chicken_id_fkey,
            add foreign key (chicken_id) references odd.chicken (id)`,
  ),
  unseen(
    'leaky search',
    `create function odd.find(word text) returns setof odd."Ta""ble 🚪" language sql security definer
          as $$ select * from odd."Ta""ble 🚪" t where t::text like '%' || word || '%' $$; grant execute on function odd.find(text) to public`,
  ),
  unseen(
    'definer that counts',
    'create function odd.total() returns bigint language sql security definer as $$ select count(*) from odd.tree $$; grant execute on function odd.total() to upheld_app',
  ),
  unseen(
    'procedure that wipes',
    'create procedure odd.wipe() language sql security definer as $$ delete from odd.tree $$',
  ),
  unseen(
    'report by organization',
    `create schema reports; grant usage on schema reports to upheld_app;
          create function reports.of(org uuid) returns setof odd.tree language sql security definer
          as 'select * from odd.tree where organization_id = org'; grant execute on function reports.of(uuid) to upheld_app`,
  ),
  unseen('view for writing', 'create view odd.tidy as select id from odd.tree; grant delete on odd.tidy to upheld_app'),
  unseen(
    'kept numbers',
    'create materialized view odd.numbers as select count(*) from odd.tree; grant select on odd.numbers to upheld_app',
    'a copy of the system has no rows to be counted',
  ),
  unseen(
    'archive',
    `create schema archive; create table archive.tree as select * from odd.tree;
          grant usage on schema archive to upheld_app; grant select on archive.tree to upheld_app`,
    'a copy of the system has no rows to be copied',
  ),
  unseen(
    'some rows open',
    `alter policy upheld_tenant on odd.noted using (organization_id = (select upheld.organization_id()) or note like 'public%')`,
    'a trigger writes every note anew, and none of them begins with that word',
  ),
  unseen(
    'back door',
    `alter policy upheld_tenant on odd.noted using (organization_id = (select upheld.organization_id()) or current_setting('application_name') = 'support')`,
  ),
  unseen(
    'key to all',
    'grant usage on schema upheld_guard to public; grant select on all tables in schema upheld_guard to public',
  ),
  unseen(
    'any backend, for ever',
    `create or replace function upheld.enter(token text, timeout_ms integer) returns void language plpgsql
          security definer set search_path = pg_catalog, pg_temp as $$ begin perform set_config('upheld.context', split_part(token, '{', 1), false), set_config('upheld.note', substr(token, length(split_part(token, '{', 1)) + 1), false); end $$;
          create or replace function upheld.enter(token text) returns void language plpgsql
          security definer set search_path = pg_catalog, pg_temp as $$ begin perform set_config('upheld.context', split_part(token, '{', 1), false), set_config('upheld.note', substr(token, length(split_part(token, '{', 1)) + 1), false); end $$`,
  ),
]

suite('a schema that the probe has never seen', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(odd)
  })
  after(() => system.close())

  test('each table gets its canary and is attacked', async () => {
    const attacked = new Set<string>()
    const report: Report = {
      population: () => undefined,
      observe: (_attack, where) => void attacked.add(where),
      refute: finding => assert.fail(`${finding.attack} at ${finding.where}: ${finding.saw}`),
      signal: new AbortController().signal,
    }
    for (const instrument of instrumentsOf(isolationRows)) await instrument.run(system.stage.live, report)
    const { rows } = await system.admin.query(
      "select c.oid::regclass::text as label from pg_class c where relnamespace = 'odd'::regnamespace and relkind in ('r', 'p')",
    )
    const tables = rows.map(row => String(row['label']))
    assert.equal(tables.length, 13)
    assert.deepEqual(
      tables.filter(label => !attacked.has(label)),
      [],
    )
  })

  test('it leaves nothing behind', async () => {
    const { rows } = await system.admin.query('select count(*)::int as left from odd.strict')
    assert.deepEqual(rows, [{ left: 0 }])
  })

  test('sabotages that the claim does not know are noticed', async () => {
    const record = await system.run(isolationRows, { sabotages: unseenOnes })
    assert.deepEqual(
      record.sabotages.filter(one => one.outcome !== 'caught'),
      [],
    )
    assert.deepEqual([record.verdict, record.note], ['upheld', ''])
  })

  test('a live system that is broken is refuted at once, and upheld again when it is mended', async () => {
    await system.admin.query(
      "set session_replication_role = 'replica'; alter table odd.strict disable row level security",
    )
    const broken = await system.run(isolationRows)
    assert.equal(broken.verdict, 'refuted')
    assert.ok(broken.findings.every(finding => finding.where.includes('odd.')))
    await system.admin.query('alter table odd.strict enable row level security')
    const mended = await system.run(isolationRows, { sabotages: isolationRows.sabotages.slice(0, 1) })
    assert.deepEqual([mended.verdict, mended.note], ['upheld', ''])
  })

  test('a table that takes no canary makes the run unproven and is named', async () => {
    await system.admin.query(`set session_replication_role = 'replica';
      alter table odd.noted add constraint impossible check (length(note) < 0) not valid`)
    const record = await system.run(isolationRows)
    assert.deepEqual([record.verdict, record.reason], ['unproven', 'errored'])
    assert.match(record.note, /odd\.noted/)
    await system.admin.query('alter table odd.noted drop constraint impossible')
  })
})
