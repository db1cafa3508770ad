import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Database } from '../../src/core/ports.ts'
import { probeDatabase, type ProbeOptions, type ProbeReport } from '../../src/proof/scratch/index.ts'
import { testPlatform } from '../../src/testing/index.ts'
import { api, openForeign, regional, shop, type Foreign } from './foreign.ts'

/** A test holds a connection of its own. */
function probe(foreign: Foreign, options: Partial<ProbeOptions> = {}): Promise<ProbeReport> {
  return probeDatabase({ scratchUrl: foreign.url, appRole: foreign.app, evenIfInUse: true, ...options })
}

function through(report: ProbeReport, power: string): string[] {
  return report.attacks
    .filter(one => one.outcome === 'came through' && one.power === power)
    .map(one => `${one.attack} at ${one.where}: ${one.why}`)
}

/** Every row of every table, every role that a probe makes, every schema and large object. */
async function allOf(admin: Database): Promise<string> {
  const { rows } = await admin.query(`
    select 'row ' || label || ' ' || line as line from (
      select c.oid::regclass::text as label, (xpath('//line/text()', query_to_xml(format('select to_jsonb(t)::text as line from only %s t', c.oid::regclass), false, false, '')))::text as line
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)') t
    union all select 'sequence ' || sequencename || coalesce(last_value::text, '') from pg_sequences
    union all select 'schema ' || nspname from pg_namespace where nspname !~ '^pg_(toast_)?temp'
    union all select 'role ' || rolname from pg_roles r join pg_auth_members m on m.member = r.oid where rolname like 'upheld_probe%' and m.roleid::regrole::text = any (select distinct grantee::text from information_schema.role_table_grants)
    union all select 'large object ' || oid from pg_largeobject_metadata
    order by 1`)
  return rows.map(row => String(row['line'])).join('\n')
}

suite('a database that never heard of Upheld, attacked in a scratch copy', () => {
  const sound = { shop, regional, api }
  for (const [name, sql] of Object.entries(sound)) {
    test(`${name}: nothing comes through for an account or a login, and the unsigned context falls to injected SQL`, async () => {
      const foreign = await openForeign(sql)
      try {
        const before = await allOf(foreign.admin)
        const report = await probe(foreign)
        assert.deepEqual(through(report, 'account'), [])
        assert.deepEqual(through(report, 'login'), [])
        assert.deepEqual([report.verdicts.account, report.verdicts.login], ['upheld', 'upheld'])
        assert.deepEqual([report.verdict, report.verdicts.injection], ['refuted', 'refuted'])
        assert.ok(through(report, 'injection').some(line => line.startsWith('injected: context switched')))
        assert.ok(report.counts.beaten > 100 && report.countsByPower.account.beaten > 30, JSON.stringify(report.counts))
        assert.deepEqual([report.loginBy, report.contextBy, report.left], ['temporary login', 'policies', []])
        assert.equal(await allOf(foreign.admin), before)
      } finally {
        await foreign.close()
      }
    })
  }

  test('with its own login, and a context that is given', async () => {
    const foreign = await openForeign(regional)
    try {
      const context = ["select set_config('app.account', $2, true)", "select set_config('app.region', $1, true)"]
      const report = await probe(foreign, { appUrl: foreign.appUrl, context, tenantColumns: ['region', 'account_id'] })
      assert.deepEqual([report.loginBy, report.contextBy, report.verdicts.account], ['own login', 'given', 'upheld'])
      assert.deepEqual(report.tenantColumns, ['region', 'account_id'])
    } finally {
      await foreign.close()
    }
  })
})

/** What somebody did to the shop, how it is mended, and where it must be seen. */
const breaks: readonly (readonly [name: string, sql: string, undo: string, where: RegExp, power?: string])[] = [
  [
    'row security off',
    'alter table shop.invoice disable row level security',
    'alter table shop.invoice enable row level security',
    /read at shop\.invoice/,
  ],
  [
    'a second policy',
    'create policy more on shop.customer for select using (true)',
    'drop policy more on shop.customer',
    /read at shop\.customer/,
  ],
  [
    'no check on writes',
    'alter policy tenant on shop.customer with check (true)',
    `alter policy tenant on shop.customer with check (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    /(insert for them|move a row to them) at shop\.customer/,
  ],
  [
    'a policy that opens what is free',
    `alter policy tenant on shop.tenant using (id = nullif(current_setting('app.tenant_id', true), '')::uuid or plan = 'paid')`,
    `alter policy tenant on shop.tenant using (id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    /read (all )?at shop\.tenant/,
  ],
  [
    'a policy that opens what was never dated',
    `alter policy tenant on shop.customer using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid or born is null)`,
    `alter policy tenant on shop.customer using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    /read at shop\.customer/,
  ],
  [
    'a leaf without policy',
    'alter table shop.reading_2026 disable row level security',
    'alter table shop.reading_2026 enable row level security',
    /read at shop\.reading_2026/,
  ],
  [
    'the directory open',
    'alter table shop.tenant disable row level security',
    'alter table shop.tenant enable row level security',
    /read at shop\.tenant/,
  ],
  [
    'a key across organizations',
    'create unique index wide on shop.customer (email)',
    'drop index shop.wide',
    /ask a unique key at shop\.customer/,
  ],
  [
    'a partial key across organizations',
    `create unique index wide on shop.customer (email) where email like '%a%'`,
    'drop index shop.wide',
    /ask the key wide at shop\.customer/,
  ],
  [
    'a key over an expression',
    'create unique index wide on shop.customer (lower(email))',
    'drop index shop.wide',
    /ask the key wide at shop\.customer/,
  ],
  [
    'a view with its owner’s rights',
    'create view shop.everything as select * from shop.invoice; grant select on shop.everything to app_role',
    'drop view shop.everything',
    /read everything at shop\.everything/,
  ],
  [
    'a view over a view',
    'create schema report; create view report.deep as select total from shop.invoice; create view report.deeper as select count(*) from report.deep; grant usage on schema report to app_role; grant select on report.deeper to app_role',
    'drop schema report cascade',
    /read everything at report\.deeper/,
  ],
  [
    'a view to delete through',
    'create view shop.tidy as select id from shop.invoice; grant delete on shop.tidy to app_role',
    'drop view shop.tidy',
    /delete through a view at shop\.tidy/,
  ],
  [
    'a view to write through',
    'create view shop.entry as select tenant_id, id, email, born from shop.customer; grant select, insert on shop.entry to app_role',
    'drop view shop.entry',
    /insert through a view at shop\.entry|read everything at shop\.entry/,
  ],
  [
    'a materialized view',
    'create materialized view shop.kept as select count(*) from shop.invoice; grant select on shop.kept to app_role',
    'drop materialized view shop.kept',
    /read everything at shop\.kept/,
  ],
  [
    'a definer function with an argument',
    `create function shop.find(org uuid) returns setof shop.customer language sql security definer as 'select * from shop.customer where tenant_id = org'`,
    'drop function shop.find(uuid)',
    /call at shop\.find/,
  ],
  [
    'a definer function that only says yes',
    `create function shop.taken(word text) returns boolean language sql security definer as 'select exists (select from shop.customer where email = word)'`,
    'drop function shop.taken(text)',
    /call at shop\.taken/,
  ],
  [
    'a definer function that counts',
    `create function shop.size() returns bigint language sql security definer as 'select count(*) from shop.invoice'`,
    'drop function shop.size()',
    /call at shop\.size/,
  ],
  [
    'a procedure that wipes',
    `create function shop.wipe() returns integer language plpgsql security definer as $$ declare n integer; begin delete from shop.invoice; get diagnostics n = row_count; return n; end $$`,
    'drop function shop.wipe()',
    /call at shop\.wipe/,
  ],
  [
    'a copy that a trigger keeps',
    'grant select on shop.audit to app_role',
    'revoke select on shop.audit from app_role',
    /read everything at shop\.audit/,
  ],
  [
    'a copy of which one column may be read',
    'grant select (line) on shop.audit to app_role',
    'revoke select (line) on shop.audit from app_role',
    /read everything at shop\.audit/,
  ],
  [
    'a foreign key by id alone',
    'alter table shop.invoice drop constraint invoice_tenant_id_customer_id_fkey; create unique index wide on shop.customer (id); alter table shop.invoice add constraint bare foreign key (customer_id) references shop.customer (id) on delete cascade',
    'alter table shop.invoice drop constraint bare; drop index shop.wide; alter table shop.invoice add foreign key (tenant_id, customer_id) references shop.customer (tenant_id, id) on delete cascade',
    /(refer to theirs|delete by cascade) at shop\.invoice/,
  ],
  [
    'TRUNCATE granted',
    'grant truncate on shop.invoice to app_role',
    'revoke truncate on shop.invoice from app_role',
    /truncate at shop\.invoice/,
    'login',
  ],
  [
    'a role that steps around row security',
    'create role app_role_all bypassrls; grant usage on schema shop to app_role_all; grant select on shop.customer to app_role_all; grant app_role_all to app_role',
    'drop owned by app_role_all; drop role app_role_all',
    /become .*_all at shop\.customer/,
    'login',
  ],
  [
    'a policy that opens without context',
    `alter policy tenant on shop.invoice using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid or nullif(current_setting('app.tenant_id', true), '') is null)`,
    `alter policy tenant on shop.invoice using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
    /read without context at shop\.invoice/,
    'login',
  ],
  [
    'a cheap leakproof function',
    `create function shop.number(word text) returns boolean language plpgsql leakproof cost 0.0001 as $$ begin return word::integer > 0; end $$`,
    'drop function shop.number(text)',
    /leakproof function at shop\.number on shop\.customer/,
    'injection',
  ],
]

suite('holes planted in such a database are found by attack', () => {
  let foreign: Foreign
  before(async () => {
    foreign = await openForeign(shop)
  })
  after(() => foreign.close())

  for (const [name, sql, undo, where, power = 'account'] of breaks) {
    test(name, async () => {
      await foreign.admin.query(sql.replaceAll('app_role', foreign.app))
      try {
        const report = await probe(foreign)
        const found = through(report, power)
        assert.ok(
          found.some(line => where.test(line)),
          `${found.join('\n')}\nnot ${String(where)}`,
        )
        assert.deepEqual(report.left, [])
      } finally {
        await foreign.admin.query(undo.replaceAll('app_role', foreign.app))
      }
    })
  }

  test('afterwards it is as sound as before', async () => {
    const report = await probe(foreign)
    assert.deepEqual([...through(report, 'account'), ...through(report, 'login')], [])
  })
})

suite('other ways in', () => {
  test('a database of Upheld: contexts are signed with a key that is made for the run and removed after it', async () => {
    const platform = await testPlatform({
      tenantSchemas: ['clinic'],
      migrations: new URL('../schemas/clinic/', import.meta.url),
    })
    try {
      const customer = await platform.upheld.createOrganization()
      await customer.sql`insert into clinic.patient (organization_id, id, name) values (${customer.id}, 1, 'Ada')`
      const keys = async (): Promise<string> =>
        JSON.stringify((await platform.admin.query('select * from upheld_guard.context_key order by id')).rows)
      const before = [await keys(), await allOf(platform.admin)]
      const report = await probeDatabase({ scratchUrl: platform.adminUrl, evenIfInUse: true })
      assert.deepEqual([report.contextBy, report.appRole, report.loginBy], ['upheld', 'upheld_app', 'temporary login'])
      assert.deepEqual(
        report.attacks.filter(one => one.outcome === 'came through'),
        [],
      )
      assert.deepEqual([report.verdicts.account, report.verdicts.injection, report.left], ['upheld', 'upheld', []])
      assert.deepEqual([await keys(), await allOf(platform.admin)], before)
    } finally {
      await platform.close()
    }
  })

  test('a role that cannot log in is put on, and the report says so', async () => {
    const foreign = await openForeign(shop)
    try {
      const closed = { ...foreign, app: `${foreign.app}_group` }
      await foreign.admin.query(`create role ${closed.app} nologin; grant ${foreign.app} to ${closed.app}`)
      try {
        const report = await probe(closed)
        assert.deepEqual(
          [report.appRole, report.loginBy, report.verdicts.account],
          [closed.app, 'temporary login', 'upheld'],
        )
      } finally {
        await foreign.admin.query(`drop role ${closed.app}`)
      }
    } finally {
      await foreign.close()
    }
  })
})

suite('a scratch database that may not be one', () => {
  let foreign: Foreign
  before(async () => {
    foreign = await openForeign(shop)
  })
  after(() => foreign.close())

  test('the database that is looked at, under another address', async () => {
    const other = new URL(foreign.url)
    other.searchParams.set('application_name', 'elsewhere')
    await assert.rejects(probe(foreign, { lookedAtUrl: other.href }), { code: 'scratch.same_database' })
  })
  test('one that somebody else is connected to', async () => {
    await assert.rejects(probeDatabase({ scratchUrl: foreign.url, appRole: foreign.app }), { code: 'scratch.in_use' })
  })
  test('one that may not be written to', async () => {
    const url = new URL(foreign.url)
    url.searchParams.set('options', '-c default_transaction_read_only=on')
    await assert.rejects(probe(foreign, { scratchUrl: url.href }), { code: 'scratch.read_only' })
  })
  test('a role and a column that are not there, an option that is misspelt', async () => {
    await assert.rejects(probe(foreign, { appRole: 'nobody_at_all' }), { code: 'lint.no_such_role' })
    await assert.rejects(probe(foreign, { tenantColumns: ['tenant'] }), { code: 'lint.no_such_column' })
    const misspelt = { scratchUrl: foreign.url, tenantColum: 'x' }
    await assert.rejects(probeDatabase(misspelt), { code: 'scratch.bad_options' })
  })
  test('a context with which nobody sees anything', async () => {
    const context = ["select set_config('app.somebody', $1, true)"]
    await assert.rejects(probe(foreign, { context }), { code: 'scratch.no_context' })
  })
  test('nothing of all this stays', async () => {
    const { rows } = await foreign.admin.query(
      "select (select count(*)::int from shop.tenant) as tenants, to_regclass('upheld_probe.journal') as journal",
    )
    assert.deepEqual(rows, [{ tenants: 1, journal: null }])
  })
})
