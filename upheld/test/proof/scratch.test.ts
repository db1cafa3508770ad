import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Database } from '../../src/core/ports.ts'
import { probeDatabase, type ProbeOptions, type ProbeReport } from '../../src/proof/scratch/index.ts'
import { testPlatform } from '../../src/testing/index.ts'
import { api, booked, openForeign, regional, shop, type Foreign } from './foreign.ts'
import { breaks } from './shop-holes.ts'

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
  const sound = { shop, regional, api, booked }
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

  test('a role that cannot log in gets a temporary login of its rights, and the report says so', async () => {
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
