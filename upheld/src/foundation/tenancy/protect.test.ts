import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { testPlatform, type TestPlatform } from '../../testing/index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../../../test/schemas/clinic/', import.meta.url) }

/** DDL of somebody in a hurry, as the owner of the tables, and what it is told. */
const refused: readonly (readonly [attack: string, ddl: string, told: RegExp])[] = [
  [
    'a table without an organization',
    'create table clinic.x (id int primary key)',
    /no column "organization_id uuid not null"/,
  ],
  [
    'an organization that may be null',
    'create table clinic.x (organization_id uuid, id int)',
    /no column "organization_id uuid not null"/,
  ],
  [
    'an organization of another type',
    'create table clinic.x (organization_id text not null)',
    /no column "organization_id uuid not null"/,
  ],
  [
    'a primary key of the whole table',
    'create table clinic.x (organization_id uuid not null, id int primary key)',
    /does not begin with organization_id/,
  ],
  [
    'a unique key of the whole table',
    'alter table clinic.patient add unique (name)',
    /does not begin with organization_id/,
  ],
  [
    'a unique index of the whole table',
    'create unique index on clinic.patient (lower(name))',
    /does not begin with organization_id/,
  ],
  [
    'a key with the organization last',
    'alter table clinic.patient add unique (name, organization_id)',
    /does not begin with organization_id/,
  ],
  [
    'an exclusion of the whole table',
    'alter table clinic.patient add exclude using btree (name with =)',
    /exclusion constraint/,
  ],
  [
    'a simple foreign key',
    'create table clinic.x (organization_id uuid not null, id int, a uuid, b int, foreign key (a, b) references clinic.patient (organization_id, id))',
    /does not carry organization_id on both sides/,
  ],
  ['row security switched off', 'alter table clinic.patient disable row level security', /not enabled/],
  ['row security no longer forced', 'alter table clinic.patient no force row level security', /not forced/],
  ['row security switched off on a leaf', 'alter table clinic.reading_2026 disable row level security', /not enabled/],
  ['the policy dropped', 'drop policy upheld_tenant on clinic.patient', /0 policies/],
  ['a second policy', 'create policy more on clinic.patient using (true)', /2 policies/],
  ['a restrictive policy beside it', 'create policy less on clinic.patient as restrictive using (true)', /2 policies/],
  [
    'a policy that lets all through',
    'alter policy upheld_tenant on clinic.patient using (true)',
    /not the canonical one/,
  ],
  [
    'a policy that checks no write',
    'alter policy upheld_tenant on clinic.patient with check (true)',
    /not the canonical one/,
  ],
  ['a policy for some roles', 'alter policy upheld_tenant on clinic.patient to upheld_owner', /not the canonical one/],
  ['the column dropped', 'alter table clinic.visit drop column organization_id cascade', /no column|0 policies/],
  [
    'the column made nullable',
    'create table clinic.x (organization_id uuid not null); alter table clinic.x alter organization_id drop not null',
    /no column "organization_id uuid not null"/,
  ],
  ['TRUNCATE granted', 'grant truncate on clinic.patient to upheld_app', /grants TRUNCATE/],
  ['TRIGGER granted', 'grant trigger on clinic.patient to upheld_app', /grants TRIGGER/],
  ['everything granted to everybody', 'grant select on clinic.patient to public', /grants SELECT to PUBLIC/],
  ['a column granted', 'grant select (name) on clinic.patient to upheld_page', /grants on column/],
  ['a grant that can be passed on', 'grant select on clinic.patient to upheld_app with grant option', /grants SELECT/],
  ['a view with its owner’s rights', 'create view clinic.v as select * from clinic.patient', /security_invoker/],
  ['a view that loses the invoker', 'alter view clinic.visit_count set (security_invoker = false)', /security_invoker/],
  ['a materialized view', 'create materialized view clinic.m as select 1 as one', /materialized view/],
  [
    'a definer function',
    'create function clinic.f() returns int language sql security definer return 1',
    /security definer/,
  ],
  [
    'a function turned definer',
    'create function clinic.g() returns int language sql return 1; alter function clinic.g() security definer',
    /security definer/,
  ],
  ['a rule', 'create rule r as on insert to clinic.visit do also delete from clinic.patient', /has rule/],
  [
    'a table moved in',
    'create table public.x (id int); alter table public.x set schema clinic',
    /no column|permission denied/,
  ],
  ['a table made by a query', 'create table clinic.x as select 1 as id', /no column/],
  ['a table made by select into', 'select 1 as id into clinic.x', /no column/],
  [
    'a table that inherits around',
    'create table clinic.x (extra int primary key) inherits (clinic.patient)',
    /does not begin with organization_id/,
  ],
]

/** Found by people who tried to get around the list above. */
const aroundIt: readonly (readonly [attack: string, ddl: string, told: RegExp])[] = [
  [
    'a foreign key through a cast of one’s own, checked by a superuser',
    `create type clinic.code as enum ('a');
     create function clinic.as_number(clinic.code) returns integer language plpgsql as $f$ begin raise exception 'runs as %', current_user; end $f$;
     create cast (clinic.code as integer) with function clinic.as_number(clinic.code) as implicit;
     create table clinic.x (organization_id uuid not null, id clinic.code, primary key (organization_id, id));
     alter table clinic.x add foreign key (organization_id, id) references clinic.patient (organization_id, id) not valid`,
    /foreign key .* compares clinic\.code with integer/,
  ],
  [
    'a reference that moves a row to a default organization',
    `create table clinic.x (organization_id uuid not null default '7e1f0000-0000-4000-8000-000000000001', id int,
       foreign key (organization_id, id) references clinic.patient (organization_id, id) on delete set default)`,
    /changes organization_id by itself/,
  ],
  [
    'a second way to ask the directory',
    'create table clinic.x (organization_id uuid not null, other uuid references upheld_guard.organization (id))',
    /does not carry organization_id/,
  ],
  [
    'a sequence that can be set',
    'create sequence clinic.s; grant update on sequence clinic.s to upheld_app',
    /grants UPDATE/,
  ],
  ['a schema that all may enter', 'grant usage on schema clinic to public', /grants USAGE to PUBLIC/],
  ['a schema in which the application makes things', 'grant create on schema clinic to upheld_app', /grants CREATE/],
  [
    'a rule on a view, which runs as its owner',
    'create rule r as on insert to clinic.visit_count do instead delete from clinic.patient',
    /has rule/,
  ],
]

suite('DDL that would leave a table open is refused', () => {
  let platform: TestPlatform
  let owner: pg.Client

  before(async () => {
    platform = await testPlatform(clinic)
    owner = new pg.Client(platform.urls.migrate)
    await owner.connect()
    await owner.query('set role upheld_owner')
  })
  after(async () => {
    await owner.end()
    await platform.close()
  })

  for (const [attack, ddl, told] of [...refused, ...aroundIt]) {
    test(attack, async () => {
      await owner.query('begin')
      try {
        await assert.rejects(owner.query(ddl), told)
      } finally {
        await owner.query('rollback')
      }
      const { rows } = await platform.admin.query('select * from upheld_guard.faults()')
      assert.deepEqual(rows, [])
    })
  }

  test('a new table, partition, view and sequence are put under the policy by themselves', async () => {
    await owner.query(`
      create table clinic.bill (organization_id uuid not null, id bigserial, amount numeric, primary key (organization_id, id));
      create table clinic.reading_2027 partition of clinic.reading for values from ('2027-01-01') to ('2028-01-01');
      create view clinic.bill_total with (security_invoker = true) as select organization_id, sum(amount) from clinic.bill group by 1`)
    const [acme, other] = [await platform.upheld.createOrganization(), await platform.upheld.createOrganization()]
    for (const one of [acme, other]) {
      await one.sql`insert into clinic.bill (organization_id, amount) values (${one.id}, 5)`
      await one.sql`insert into clinic.reading values (${one.id}, '2027-02-02', 1, 1)`
      for (const relation of ['bill', 'bill_total', 'reading', 'reading_2027']) {
        assert.deepEqual(
          await one.query(`select organization_id from clinic.${relation}`),
          [{ organization_id: one.id }],
          relation,
        )
      }
    }
  })

  test('a foreign key between tables that stand is added NOT VALID and checked by the guard', async () => {
    const acme = await platform.upheld.createOrganization()
    await acme.sql`insert into clinic.patient values (${acme.id}, 900, 'stays')`
    await owner.query(
      'create table clinic.seat (organization_id uuid not null, id int, primary key (organization_id, id))',
    )
    await acme.sql`insert into clinic.seat values (${acme.id}, 901)`
    const key =
      'alter table clinic.seat add constraint seated foreign key (organization_id, id) references clinic.patient not valid'
    await assert.rejects(owner.query(key), { code: '23503' })
    await acme.sql`update clinic.seat set id = 900`
    await owner.query(key)
    const { rows } = await platform.admin.query("select convalidated from pg_constraint where conname = 'seated'")
    assert.deepEqual(rows, [{ convalidated: true }])
  })

  test('the owner itself sees nothing without a context', async () => {
    await assert.rejects(owner.query('select * from clinic.patient'), /upheld: no_context/)
  })

  test('the migrator cannot switch the guard off', async () => {
    for (const ddl of [
      'alter event trigger upheld_ddl disable',
      'drop event trigger upheld_ddl',
      "set session_replication_role = 'replica'",
      'drop function upheld_guard.on_ddl() cascade',
      'create or replace function upheld.organization_id() returns uuid language sql as $$ select null::uuid $$',
      "delete from upheld_guard.tenant_schema where name = 'clinic'",
      'alter function upheld.organization_id() immutable',
    ]) {
      await assert.rejects(owner.query(ddl), { code: '42501' }, ddl)
    }
  })

  test('what the application never needs it cannot call', async () => {
    const thief = new pg.Client(platform.urls.app)
    await thief.connect()
    try {
      for (const call of [
        "select set_config('role', 'upheld_owner', false)",
        "select query_to_xml('select 1', true, true, '')",
        "select table_to_xml('clinic.patient', true, true, '')",
        'select pg_stat_get_activity(null)',
        'select pg_stat_get_backend_activity(1)',
        'select pg_terminate_backend(0)',
        'select pg_cancel_backend(0)',
        'select * from pg_prepared_statements',
        'select lastval()',
        'select setseed(0)',
        "select pg_relation_size('clinic.patient')",
        'select * from pg_stat_user_tables',
        "select pg_notify('c', 'x')",
        'select pg_sleep(0)',
        'select lo_create(0)',
        'select pg_advisory_lock(1)',
        'create temp table t (id int)',
        'create table clinic.t (id int)',
        'create table public.t (id int)',
        'create schema s',
        'truncate clinic.patient',
        'set role upheld_owner',
        'set role upheld_guard',
        'set session authorization postgres',
        'alter table clinic.patient disable row level security',
        "copy clinic.patient to program 'cat'",
        "copy clinic.patient from '/etc/passwd'",
        'select * from pg_authid',
        "select pg_read_file('/etc/passwd')",
        'select * from upheld_guard.organization',
        'select * from upheld_guard.crossing',
      ]) {
        await assert.rejects(thief.query(call), (error: unknown) => {
          assert.ok(error instanceof pg.DatabaseError, call)
          assert.ok(error.code === '42501', `${call}: ${error.code} ${error.message}`)
          return true
        })
      }
    } finally {
      await thief.end()
    }
  })

  test('a migration that was applied and then changed is refused; one that fails leaves nothing', async () => {
    const { migrate } = await import('./index.ts')
    const { openDatabase } = await import('../../adapters/postgres/database.ts')
    const { mkdtempSync, writeFileSync, rmSync } = await import('node:fs')
    const { pathToFileURL } = await import('node:url')
    const folder = mkdtempSync(`${(await import('node:os')).tmpdir()}/upheld-migrations-`)
    const database = openDatabase(platform.urls.migrate)
    try {
      const first = `${folder}/900-tag.sql`
      writeFileSync(
        first,
        'create table clinic.tag (organization_id uuid not null, id int, primary key (organization_id, id))',
      )
      assert.deepEqual(await migrate(database, pathToFileURL(folder)), ['900-tag.sql'])
      assert.deepEqual(await migrate(database, pathToFileURL(folder)), [])
      writeFileSync(
        `${folder}/901-bad.sql`,
        'create table clinic.kept (organization_id uuid not null, id int, primary key (organization_id, id)); select 1/0',
      )
      await assert.rejects(migrate(database, pathToFileURL(folder)), { code: 'tenancy.migration_failed' })
      const { rows } = await platform.admin.query("select to_regclass('clinic.kept') as kept")
      assert.deepEqual(rows, [{ kept: null }])
      rmSync(`${folder}/901-bad.sql`)
      writeFileSync(first, '-- edited later')
      await assert.rejects(migrate(database, pathToFileURL(folder)), { code: 'tenancy.migration_changed' })
    } finally {
      rmSync(folder, { recursive: true })
      await database.close()
    }
  })
})
