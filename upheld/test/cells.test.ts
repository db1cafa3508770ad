import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../src/adapters/postgres/database.ts'
import { upheldCells, type Organization, type Upheld, type UpheldError } from '../src/index.ts'
import { signContext } from '../src/foundation/tenancy/index.ts'
import { startTestServer, testPlatform, testServer, type TestPlatform, type TestServer } from '../src/testing/index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('./schemas/clinic/', import.meta.url) }

suite('organizations live in cells, each on a server of its own', () => {
  let second: TestServer
  let home: TestPlatform
  let north: TestPlatform
  let all: Upheld
  let athome: Organization
  let atnorth: Organization

  before(async () => {
    second = await startTestServer()
    home = await testPlatform(clinic, await testServer())
    north = await testPlatform(clinic, second, { cell: '00a1' })
    all = upheldCells(options(), keys())
    athome = await all.createOrganization()
    atnorth = await all.createOrganization({ cell: '00a1' })
    for (const one of [athome, atnorth]) await one.sql`insert into clinic.patient values (${one.id}, 1, 'Ann')`
  })
  after(async () => {
    await all.close()
    await home.close()
    await north.close()
    await second.stop()
  })

  const options = (): Parameters<typeof upheldCells>[0] => ({
    home: { databaseUrl: home.urls.app, contextKeyFile: 'in memory' },
    cells: { '00a1': { databaseUrl: north.urls.app, contextKeyFile: 'in memory' } },
  })
  const keys = (): Parameters<typeof upheldCells>[1] => ({
    contextKeys: { '0000': { current: () => home.key }, '00a1': { current: () => north.key } },
  })

  test('each row is in its own cell and in no other', async () => {
    const where = async (platform: TestPlatform): Promise<unknown[]> =>
      (await platform.admin.query('select organization_id as id from clinic.patient')).rows.map(row => row['id'])
    assert.deepEqual(await where(home), [athome.id])
    assert.deepEqual(await where(north), [atnorth.id])
    for (const one of [athome, atnorth]) {
      assert.deepEqual(await one.sql`select organization_id from clinic.patient`, [{ organization_id: one.id }])
    }
  })

  test('a transaction runs in the cell of its organization', async () => {
    await atnorth.transaction(async tx => {
      await tx.sql`insert into clinic.patient values (${atnorth.id}, 2, 'Bo')`
    })
    assert.equal((await atnorth.sql`select 1 from clinic.patient`).length, 2)
  })

  test('an organization that is asked for in another cell finds nothing there', async () => {
    assert.deepEqual(await home.upheld.organization(atnorth.id).sql`select 1 from clinic.patient`, [])
    assert.deepEqual(await north.upheld.organization(athome.id).sql`select 1 from clinic.patient`, [])
  })

  test('a context of one cell is refused in another, even when both know its key', async () => {
    await north.admin.query(
      'insert into upheld_guard.context_key (id, inner_block, outer_block, cell) select $1, inner_block, outer_block, cell from upheld_guard.context_key',
      [Buffer.from('7f', 'hex')],
    )
    const token = signContext(
      { ...north.key, id: '7f', cell: home.key.cell },
      {
        organization: atnorth.id,
        expiresAtSecs: Math.floor(new Date().getTime() / 1000) + 20,
        backendPid: 0,
        nonce: '00'.repeat(8),
      },
    )
    const login = openDatabase(north.urls.app)
    try {
      const stolen = login.transaction(async tx => {
        await tx.query('select upheld.enter($1)', [token])
        return tx.query('select 1 from clinic.patient')
      })
      await assert.rejects(stolen, { message: 'upheld: other_cell' })
    } finally {
      await login.close()
      await north.admin.query('delete from upheld_guard.context_key where id = $1', [Buffer.from('7f', 'hex')])
    }
  })

  test('nobody can look up the place of another, give a place, or change one', async () => {
    assert.deepEqual(await athome.sql`select upheld.cell() as cell`, [{ cell: '' }])
    const refused = (code: string) => (error: UpheldError) => error.code === code
    const stranger = crypto.randomUUID()
    await assert.rejects(
      athome.sql`select upheld.place_organization(${stranger}, '00a1')`,
      refused('tenancy.no_crossing'),
    )
    await assert.rejects(athome.sql`select cell from upheld_guard.organization`, { code: '42501' })
    await assert.rejects(home.upheld.createOrganization({ id: atnorth.id, cell: '00b2' }), { code: '23505' })
  })

  test('an organization without a place, or in a cell that is not known, is told so', async () => {
    await assert.rejects(all.organization(crypto.randomUUID()).sql`select 1`, { code: 'tenancy.not_placed' })
    const lost = await home.upheld.createOrganization({ cell: '00b2' })
    await assert.rejects(all.organization(lost.id).sql`select 1`, { code: 'tenancy.no_cell' })
    await assert.rejects(all.createOrganization({ cell: '00b2' }), { code: 'tenancy.no_cell' })
  })

  test('a cell with the key of another is refused before a statement leaves', async () => {
    const mixed = upheldCells(options(), {
      contextKeys: { '0000': { current: () => north.key }, '00a1': { current: () => home.key } },
    })
    await assert.rejects(mixed.organization(athome.id).sql`select 1`, { code: 'tenancy.wrong_cell_key' })
    await mixed.close()
  })

  test('a walk across organizations visits each once, in its own cell', async () => {
    const seen: string[] = []
    await all.unsafeAcrossOrganizations({ reason: 'counting them in a test' }, async one => {
      assert.ok((await one.sql`select 1 from clinic.patient`).length > 0)
      seen.push(one.id)
    })
    assert.deepEqual(seen.toSorted(), [athome.id, atnorth.id].toSorted())
  })

  test('a name that is no cell, or a misspelt option, is refused with every problem', () => {
    const given = options()
    for (const name of ['0000', 'north', '00A1']) {
      assert.throws(() => upheldCells({ ...given, cells: { [name]: given.home } }), { code: 'tenancy.bad_options' })
    }
  })

  test('a cell that is down takes nobody else with it', async () => {
    const own = await startTestServer()
    const south = await testPlatform(clinic, own, { cell: '00c3' })
    const three = upheldCells(
      {
        ...options(),
        cells: { ...options().cells, '00c3': { databaseUrl: south.urls.app, contextKeyFile: 'in memory' } },
      },
      { contextKeys: { ...keys()?.contextKeys, '00c3': { current: () => south.key } } },
    )
    const there = await three.createOrganization({ cell: '00c3' })
    await there.sql`select 1 from clinic.patient`
    await south.close()
    await own.stop()
    await assert.rejects(there.sql`select 1 from clinic.patient`)
    assert.equal((await three.organization(athome.id).sql`select 1 from clinic.patient`).length, 1)
    await three.close()
  })
})
