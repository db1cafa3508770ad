import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from '../../../foundation/tenancy/index.ts'
import { tapWire, testPlatform, type TestPlatform, type WireTap } from '../../../testing/index.ts'
import { upheld, type Upheld } from '../../../upheld.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../../../../test/schemas/clinic/', import.meta.url) }

// On plain Postgres, which takes the same statements. What Citus makes of them on its workers is not tried here.
suite('the form that a cluster of Citus would take', () => {
  let platform: TestPlatform
  let tap: WireTap
  let spread: Upheld
  let acme: Organization
  let other: Organization

  before(async () => {
    platform = await testPlatform(clinic, undefined, { engine: 'citus' })
    tap = await tapWire(platform.urls.app)
    spread = upheld(
      { databaseUrl: tap.url, contextKeyFile: 'in memory', connectionsMax: 1, unprovenCitus: true },
      { contextKeys: { current: () => platform.key } },
    )
    acme = await spread.createOrganization()
    other = await spread.createOrganization()
    for (const one of [acme, other]) await one.sql`insert into clinic.patient values (${one.id}, 1, 'Ann')`
  })
  after(async () => {
    await spread.close()
    await tap.close()
    await platform.close()
  })

  test('policies hold no subquery, and the guard calls them canonical', async () => {
    const { rows } = await platform.admin.query("select distinct qual from pg_policies where schemaname = 'clinic'")
    assert.deepEqual(rows, [{ qual: '(organization_id = upheld.organization_id())' }])
    assert.deepEqual((await platform.admin.query('select * from upheld_guard.faults()')).rows, [])
  })

  test('an organization reads, writes and moves its own rows only', async () => {
    assert.deepEqual(await acme.sql`select organization_id from clinic.patient`, [{ organization_id: acme.id }])
    assert.deepEqual(await acme.sql`delete from clinic.patient where organization_id = ${other.id} returning 1`, [])
    await assert.rejects(acme.sql`update clinic.patient set organization_id = ${other.id}`, { code: '42501' })
  })

  test('a statement costs two round trips, and context and setting end with them', async () => {
    tap.take()
    await acme.sql`select 1`
    assert.equal(tap.take().roundTrips, 2)
    const left = await acme.transaction(
      async tx => tx.sql`select current_setting('citus.propagate_set_commands') as way`,
    )
    assert.deepEqual(left, [{ way: 'local' }])
    const { rows } = await platform.admin.query(
      "select 1 from pg_stat_activity where state like 'idle in%' and datname = current_database()",
    )
    assert.deepEqual(rows, [])
  })

  test('a statement that fails leaves the connection clean for the next organization', async () => {
    await assert.rejects(acme.sql`select 1 / 0`, { code: '22012' })
    assert.deepEqual(await other.sql`select organization_id from clinic.patient`, [{ organization_id: other.id }])
  })

  test('the literal context cannot be read by the application in pg_stat_activity', async () => {
    await assert.rejects(acme.sql`select query from pg_stat_activity`, { code: '42501' })
  })
})
