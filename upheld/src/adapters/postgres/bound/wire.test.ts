import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { tapWire, testPlatform, type TestPlatform, type WireTap } from '../../../testing/index.ts'
import { upheld, type Upheld } from '../../../upheld.ts'
import type { Organization } from '../../../foundation/tenancy/index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../../../../test/schemas/clinic/', import.meta.url) }

suite('what goes over the wire', () => {
  let platform: TestPlatform
  let tap: WireTap
  let tapped: Upheld
  let acme: Organization

  before(async () => {
    platform = await testPlatform(clinic)
    tap = await tapWire(platform.urls.app)
    tapped = upheld(
      { databaseUrl: tap.url, contextKeyFile: 'in memory', connectionsMax: 1 },
      { contextKeys: { current: () => platform.key } },
    )
    acme = tapped.organization((await platform.upheld.createOrganization()).id)
    await acme.sql`insert into clinic.patient select ${acme.id}, n, 'p' || n from generate_series(1, 20) n`
  })
  after(async () => {
    await tapped.close()
    await tap.close()
    await platform.close()
  })

  const read = () => acme.sql`select name from clinic.patient where id = ${1}`

  test('a bound read costs one round trip and one Sync, prepared or not', async () => {
    tap.take()
    await read()
    const first = tap.take()
    assert.deepEqual([first.roundTrips, first.sent['S'], first.sent['Q']], [1, 1, undefined])
    await read()
    assert.deepEqual(tap.take(), { roundTrips: 1, sent: { B: 2, E: 2, S: 1 } })
  })

  test('n statements of a transaction cost n + 1 round trips', async () => {
    tap.take()
    await acme.transaction(async tx => {
      await tx.sql`select 1`
      await tx.sql`select 2`
      await tx.sql`select 3`
    })
    const count = tap.take()
    assert.deepEqual([count.roundTrips, count.sent['S'], count.sent['Q']], [4, 4, undefined])
  })

  test('an empty transaction costs nothing', async () => {
    tap.take()
    await acme.transaction(async () => undefined)
    assert.deepEqual(tap.take(), { roundTrips: 0, sent: {} })
  })

  test('rows in parts cost one round trip for each part and one for the end, and no text is sent twice', async () => {
    tap.take()
    const sizes: number[] = []
    for await (const rows of acme.stream('select id from clinic.patient', [], { rowsMax: 8 })) sizes.push(rows.length)
    const count = tap.take()
    assert.deepEqual(sizes, [8, 8, 4])
    assert.deepEqual([count.roundTrips, count.sent['S'], count.sent['Q'], count.sent['P']], [4, 4, undefined, 1])
  })

  test('columns, count and rows as arrays come with the same one round trip', async () => {
    const ask = () =>
      acme.answer('select id, name from clinic.patient where id < $1 order by id', [3], { arrays: true })
    await ask()
    tap.take()
    const { rows, fields, tag } = await ask()
    assert.deepEqual(tap.take(), { roundTrips: 1, sent: { B: 2, E: 2, S: 1 } })
    assert.deepEqual(
      [rows, fields.map(({ name }) => name), tag],
      [
        [
          [1, 'p1'],
          [2, 'p2'],
        ],
        ['id', 'name'],
        'SELECT 2',
      ],
    )
  })

  test('savepoints go back inside the context, and their names are never spliced', async () => {
    const hostile = 'x"; set role postgres; --'
    await acme.transaction(async tx => {
      await tx.savepoint(hostile)
      await tx.sql`insert into clinic.patient values (${acme.id}, 90, 'taken back')`
      await tx.rollbackTo(hostile)
      await tx.release(hostile)
      assert.deepEqual(await tx.sql`select 1 from clinic.patient where id = 90`, [])
      for (const name of ['', 'x'.repeat(64), 'nul \0']) {
        await assert.rejects(tx.savepoint(name), { code: 'tenancy.bad_savepoint' })
      }
    })
  })

  test('a transaction runs as it was begun', async () => {
    const mode = { isolation: 'repeatable read', access: 'read only' } as const
    await acme
      .transaction(async tx => {
        assert.deepEqual(await tx.sql`select current_setting('transaction_isolation') as isolation`, [
          { isolation: 'repeatable read' },
        ])
        await assert.rejects(tx.sql`insert into clinic.patient values (${acme.id}, 91, 'x')`, { code: '25006' })
        throw new Error('over')
      }, mode)
      .catch((error: unknown) => assert.match(String(error), /over/))
  })

  test('a failed statement leaves the connection clean and its name usable', async () => {
    const divide = (by: number) => acme.sql`select 10 / ${by}::int as share`
    await assert.rejects(divide(0), { code: '22012' })
    assert.deepEqual(await divide(2), [{ share: 5 }])
    await assert.rejects(acme.sql`select * from clinic.nothing_here`, { code: '42P01' })
    assert.equal((await read()).length, 1)
  })

  test('a value that cannot be sent fails by itself and not the statements around it', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const results = await Promise.allSettled([read(), acme.sql`select ${circle}::json`, read()])
    assert.deepEqual(
      results.map(result => result.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
  })

  test('a table that changes under a prepared statement is read anew, with no error for the caller', async () => {
    const all = () => acme.sql`select * from clinic.patient where id = 1`
    assert.deepEqual(Object.keys((await all())[0] ?? {}), ['organization_id', 'id', 'name'])
    await platform.admin.query('alter table clinic.patient add column born date')
    assert.deepEqual(Object.keys((await all())[0] ?? {}), ['organization_id', 'id', 'name', 'born'])
    await platform.admin.query('alter table clinic.patient drop column born')
    assert.deepEqual(Object.keys((await all())[0] ?? {}), ['organization_id', 'id', 'name'])
  })

  test('several statements in one text are refused by the server and named by us', async () => {
    await assert.rejects(acme.query('select 1; delete from clinic.patient'), { code: 'tenancy.statement_refused' })
    await assert.rejects(acme.query('select 1; commit; select 2'), { code: 'tenancy.statement_refused' })
    assert.equal((await acme.sql`select 1 from clinic.patient`).length, 20)
  })

  test('a statement that takes too long is ended by the server', async () => {
    const hasty = upheld(
      { databaseUrl: platform.urls.app, contextKeyFile: 'in memory', tenancy: { statementTimeoutMs: 50 } },
      { contextKeys: { current: () => platform.key } },
    )
    const endless = hasty.organization(acme.id).sql`
      select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b`
    await assert.rejects(endless, { code: 'tenancy.statement_timeout' })
    await hasty.close()
  })

  test('behind a pooler nothing is prepared and the timeout travels with the context', async () => {
    const pooled = upheld(
      {
        databaseUrl: tap.url,
        contextKeyFile: 'in memory',
        connectionsMax: 1,
        pooler: true,
        tenancy: { statementTimeoutMs: 1234 },
      },
      { contextKeys: { current: () => platform.key } },
    )
    const organization = pooled.organization(acme.id)
    await organization.sql`select 1`
    tap.take()
    assert.deepEqual(await organization.sql`select current_setting('statement_timeout') as timeout`, [
      { timeout: '1234ms' },
    ])
    const count = tap.take()
    assert.deepEqual([count.roundTrips, count.sent['S'], count.sent['P']], [1, 1, 2])
    await pooled.close()
  })

  test('interleaved organizations on few connections never see each other: 0 wrong of 6000', async () => {
    const two = upheld(
      {
        databaseUrl: platform.urls.app,
        contextKeyFile: 'in memory',
        connectionsMax: 2,
        tenancy: { waitingMax: 10_000 },
      },
      { contextKeys: { current: () => platform.key } },
    )
    const organizations = await Promise.all(Array.from({ length: 12 }, () => two.createOrganization()))
    for (const one of organizations) await one.sql`insert into clinic.patient values (${one.id}, 1, ${one.id})`
    let wrong = 0
    await Promise.all(
      Array.from({ length: 6000 }, async (_, index) => {
        const one = organizations[index % organizations.length]
        assert.ok(one)
        const rows = await one.sql<{ name: string }>`select name from clinic.patient`
        if (rows.length !== 1 || rows[0]?.name !== one.id) wrong++
      }),
    )
    assert.equal(wrong, 0)
    await two.close()
  })
})
