import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Row } from '../../src/core/ports.ts'
import { noteOf, signContext, type Organization } from '../../src/foundation/tenancy/index.ts'
import { clear, openLab, type Lab } from './lab.ts'
import { inBody, membersOf } from './told.ts'

suite('what is recorded of a change', () => {
  let lab: Lab
  let o: Organization
  before(async () => {
    lab = await openLab()
    o = await lab.tenancy.createOrganization()
  })
  beforeEach(() => clear(lab))
  after(() => lab.close())

  async function bodies(): Promise<readonly Row[]> {
    const waiting = await lab.pending()
    return waiting.map(row => {
      assert.equal(row['organization_id'], o.id)
      return membersOf(row['body'])
    })
  }
  const told = async (): Promise<string[]> =>
    (await bodies()).map(
      ({ action, object, rows_total }) => `${String(action)} ${String(object)} ${String(rows_total)}`,
    )
  const item = async (name: string = randomUUID()): Promise<string> => {
    const [row] = await o.sql<{
      id: string
    }>`insert into shop.item (organization_id, name) values (${o.id}, ${name}) returning id`
    await clear(lab)
    return row?.id ?? ''
  }

  test('who, what, which rows and what for, without a word from the developer', async () => {
    const actor = { type: 'member', id: 'm-17', purpose: 'support-desk', request: 'r-1' } as const
    const [row] = await o.as(actor).sql<{
      id: string
    }>`insert into shop.item (organization_id) values (${o.id}) returning id`
    assert.deepEqual(await bodies(), [
      {
        action: 'row.insert',
        actor: { type: 'member', id: 'm-17' },
        object: 'shop.item',
        outcome: 'success',
        purpose: 'support-desk',
        request: 'r-1',
        rows: [row?.id],
        rows_total: 1,
      },
    ])
  })

  test('insert on conflict: what was inserted and what was updated, each once', async () => {
    const id = await item()
    await o.sql`insert into shop.item (organization_id, id, name) values (${o.id}, ${id}, 'again'), (${o.id}, ${randomUUID()}, 'new')
      on conflict (organization_id, id) do update set name = excluded.name`
    assert.deepEqual((await told()).sort(), ['row.insert shop.item 1', 'row.update shop.item 1'])
  })

  test('MERGE, and a statement that changes three tables', async () => {
    const id = await item()
    await o.sql`merge into shop.item i using (select ${id}::uuid as id) s on i.id = s.id
      when matched then update set n = 7 when not matched then do nothing`
    await o.sql`with gone as (delete from shop.item where id = ${id} returning name),
      noted as (insert into shop.note select ${o.id}::uuid, name from gone returning text)
      insert into shop.subscriber select ${o.id}::uuid, text from noted`
    assert.deepEqual((await told()).sort(), [
      'row.delete shop.item 1',
      'row.insert shop.note 1',
      'row.insert shop.subscriber 1',
      'row.update shop.item 1',
    ])
  })

  test('what a foreign key does by itself: cascade, and set null', async () => {
    const [doomed, kept] = [await item(), await item()]
    await o.sql`insert into shop.part (organization_id, id, item_id, stand_in) select ${o.id}::uuid, g, ${doomed}::uuid, null from generate_series(1, 3) g`
    await o.sql`insert into shop.part (organization_id, id, item_id, stand_in) values (${o.id}, 9, ${kept}, ${doomed})`
    await clear(lab)
    await o.sql`delete from shop.item where id = ${doomed}`
    const entries = await bodies()
    assert.deepEqual((await told()).sort(), [
      'row.delete shop.item 1',
      'row.delete shop.part 3',
      'row.update shop.part 1',
    ])
    assert.deepEqual(
      entries.find(({ action, object }) => `${String(action)} ${String(object)}` === 'row.delete shop.part')?.['rows'],
      ['1', '2', '3'],
    )
  })

  test('partitioned tables: through the root, into a partition, and from one to another', async () => {
    await o.sql`insert into shop.event (organization_id, id, day) values (${o.id}, 1, '2025-06-01'), (${o.id}, 2, '2026-06-01')`
    await o.sql`insert into shop.event_new (organization_id, id, day) values (${o.id}, 3, '2026-07-01')`
    await o.sql`update shop.event set day = '2026-02-02' where id = 1`
    await o.sql`delete from shop.event`
    const entries = await bodies()
    assert.deepEqual(await told(), [
      'row.insert shop.event 2',
      'row.insert shop.event 1',
      'row.update shop.event 1',
      'row.delete shop.event 3',
    ])
    assert.deepEqual(entries[2]?.['rows'], ['["1", "2026-02-02"]'])
    assert.deepEqual(entries[2]['detail'], { rows_before: ['["1", "2025-06-01"]'] })
  })

  test('through a view with the rights of its caller, as a migration under a context may', async () => {
    const id = await item()
    const note = noteOf({ type: 'operator', id: 'op-1', purpose: 'migration' })
    const token = signContext(lab.key, {
      organization: o.id,
      expiresAtSecs: Math.floor(Date.now() / 1000) + 60,
      backendPid: 0,
      nonce: note.nonce,
    })
    const migrator = openDatabase(lab.urls.migrate, { connectionsMax: 1 })
    await migrator.transaction(async tx => {
      await tx.query(`select set_config('upheld.context', $1, true), set_config('upheld.note', $2, true)`, [
        token,
        note.text,
      ])
      await tx.query('set local role upheld_owner')
      await tx.query('update shop.open_item set n = 1 where id = $1', [id])
    })
    await migrator.close()
    assert.deepEqual(await told(), ['row.update shop.item 1'])
    assert.deepEqual((await bodies())[0]?.['actor'], { type: 'operator', id: 'op-1' })
  })

  test('a changed primary key is told with the one before', async () => {
    const [id, next] = [await item(), randomUUID()]
    await o.sql`update shop.item set id = ${next} where id = ${id}`
    const [entry] = await bodies()
    assert.deepEqual(entry?.['rows'], [next])
    assert.deepEqual(entry['detail'], { rows_before: [id] })
  })

  test('a table without a key: how many rows, and nothing that was in them', async () => {
    await o.sql`insert into shop.note (organization_id, text) values (${o.id}, 'Mrs. Miller called'), (${o.id}, null)`
    const [entry] = await bodies()
    assert.deepEqual(Object.keys(entry ?? {}).sort(), ['action', 'actor', 'object', 'outcome', 'purpose', 'rows_total'])
  })

  test('a key that may name a person is only committed to', async () => {
    await o.sql`insert into shop.subscriber (organization_id, email) values (${o.id}, 'ann@example.com')`
    const [entry] = await bodies()
    assert.ok(!JSON.stringify(entry).includes('ann'))
    assert.equal(entry?.['rows'], undefined)
    const { rows } = await lab.admin.query(`select name, value from upheld_audit.disclosure where value like '%ann%'`)
    assert.deepEqual(rows, [{ name: 'rows', value: '{"rows": ["ann@example.com"]}' }])
  })

  test('10,000 rows are one entry: 100 keys, the count, and a digest over all of them', async () => {
    await o.sql`insert into shop.event (organization_id, id, day) select ${o.id}::uuid, g, '2026-01-01' from generate_series(1, 10000) g`
    const entries = await bodies()
    const keys = Array.from({ length: 10_000 }, (_, i) => `["${i + 1}", "2026-01-01"]`)
    const digest = createHash('sha256')
      .update(keys.map(key => `${key}\n`).join(''))
      .digest('base64')
    assert.equal(entries.length, 1)
    assert.equal(entries[0]?.['rows_total'], 10_000)
    assert.deepEqual(entries[0]['rows'], keys.slice(0, 100))
    assert.deepEqual(entries[0]['dig'], { rows: digest })
  })

  test('a statement that touches no row, and a change that is rolled back, leave nothing', async () => {
    await o.sql`update shop.item set n = 1 where name = 'nobody has this name'`
    await o.sql`delete from shop.part where id = -1`
    const failed = o.transaction(async tx => {
      await tx.sql`insert into shop.item (organization_id) values (${o.id})`
      await tx.sql`insert into shop.item (organization_id, id) values (${o.id}, 'no uuid')`
    })
    await assert.rejects(failed)
    await o.transaction(async tx => {
      await tx.savepoint('here')
      await tx.sql`insert into shop.item (organization_id, name) values (${o.id}, 'undone')`
      await tx.rollbackTo('here')
      await tx.sql`insert into shop.item (organization_id, name) values (${o.id}, ${randomUUID()})`
    })
    assert.deepEqual(await told(), ['row.insert shop.item 1'])
  })

  test('an owner who empties a table is recorded, for every organization that loses rows', async () => {
    const other = await lab.tenancy.createOrganization()
    await lab.migrate(
      'create table shop.brief (organization_id uuid not null, id integer not null, primary key (organization_id, id))',
    )
    for (const one of [o, other])
      await one.sql`insert into shop.brief (organization_id, id) values (${one.id}, 1), (${one.id}, 2)`
    await clear(lab)
    await lab.migrate('truncate shop.brief')
    const { rows } = await lab.admin.query(`select organization_id as o, body from upheld_audit.pending order by 1`)
    assert.deepEqual(
      rows.map(row => [row['o'], ...['action', 'rows_total', 'actor'].map(name => inBody(row, name))]),
      [o.id, other.id].sort().map(id => [id, 'row.truncate', 2, { type: 'login', id: 'upheld_migrate' }]),
    )
    await lab.migrate('drop table shop.brief')
  })

  test('a superuser who steps around the application is recorded by the name of the login', async () => {
    await lab.admin.query('insert into shop.item (organization_id, name) values ($1, $2)', [o.id, randomUUID()])
    const [entry] = await bodies()
    assert.equal(membersOf(entry?.['actor'])['type'], 'login')
    assert.deepEqual(await told(), ['row.insert shop.item 1'])
  })

  test('a probe’s organization is recorded as every other', async () => {
    const { rows } = await lab.admin.query(
      'insert into upheld_guard.organization (id, probe) values (gen_random_uuid(), true) returning id',
    )
    const probe = lab.tenancy.organization(String(rows[0]?.['id']))
    await probe.sql`insert into shop.item (organization_id) values (${probe.id})`
    assert.equal((await lab.pending())[0]?.['organization_id'], probe.id)
  })
})
