import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { after, before, suite, test } from 'node:test'
import { boundKysely } from '../../src/adapters/builders/kysely/index.ts'
import { boundPool } from '../../src/adapters/builders/pool/index.ts'
import { upheld, type Organization, type Upheld } from '../../src/index.ts'
import type { TestPlatform } from '../../src/testing/index.ts'
import { shelfPlatform } from './stage.ts'
import type { ShelfTables } from './subjects/kysely.ts'

suite('many rows, in parts', () => {
  let platform: TestPlatform
  let lonely: Upheld
  let acme: Organization

  before(async () => {
    platform = await shelfPlatform()
    lonely = upheld(
      {
        databaseUrl: platform.urls.app,
        contextKeyFile: 'in memory',
        connectionsMax: 1,
        tenancy: { contextTtlSecs: 1 },
      },
      { contextKeys: { current: () => platform.key } },
    )
    acme = lonely.organization((await platform.upheld.createOrganization()).id)
    const other = await platform.upheld.createOrganization()
    for (const one of [acme, other]) {
      await one.sql`insert into shelf.author (id, name) select n, ${one.id} || n from generate_series(1, 2500) n`
    }
  })
  after(async () => {
    await lonely.close()
    await platform.close()
  })

  const usable = async (): Promise<void> => assert.deepEqual(await acme.sql`select 1 as one`, [{ one: 1 }])

  test('every row once, in order, of its own organization, in parts of at most what was asked', async () => {
    const sizes: number[] = []
    let next = 1
    for await (const rows of acme.stream<{ id: number; name: string }>(
      'select id, name from shelf.author order by id',
      [],
      { rowsMax: 1000 },
    )) {
      sizes.push(rows.length)
      for (const row of rows) assert.deepEqual(row, { id: next, name: `${acme.id}${next++}` })
    }
    assert.deepEqual(sizes, [1000, 1000, 500])
    await usable()
  })

  test('a context that lapses between two parts is replaced: a table read for the first time later is still ours', async () => {
    const text = `select organization_id::text as id from shelf.author
                  union all select organization_id::text from shelf.author where id > 0`
    const seen = new Set<string>()
    let count = 0
    for await (const rows of acme.stream<{ id: string }>(text, [], { rowsMax: 1000 })) {
      for (const row of rows) seen.add(row.id)
      count += rows.length
      // Two parts outlive the second that a context lives here.
      if (count <= 2000) await new Promise(resolve => setTimeout(resolve, 1200))
    }
    assert.deepEqual([count, [...seen]], [5000, [acme.id]])
  })

  test('whoever stops early frees the only connection, and what the statement did is undone', async () => {
    for await (const rows of acme.stream('select * from shelf.author', [], { rowsMax: 10 })) {
      assert.equal(rows.length, 10)
      break
    }
    await usable()
    const changed = `update shelf.author set name = name || '!' returning id`
    assert.equal((await firstPart(acme.stream(changed, [], { rowsMax: 1 }))).length, 1)
    assert.deepEqual(await acme.sql`select count(*)::int as changed from shelf.author where name like '%!'`, [
      { changed: 0 },
    ])
  })

  test('an error in the middle arrives after the parts before it, and frees the connection', async () => {
    const ordered = 'select 1 / (51 - id) from (select id from shelf.author order by id offset 0) one'
    let read = 0
    const failing = async (): Promise<void> => {
      for await (const rows of acme.stream(ordered, [], { rowsMax: 10 })) {
        read += rows.length
      }
    }
    await assert.rejects(failing, { code: '22012' })
    assert.equal(read, 50)
    await usable()
  })

  test('while a stream that nobody reads on holds the only connection, others are told so with a code', async () => {
    const impatient = upheld(
      {
        databaseUrl: platform.urls.app,
        contextKeyFile: 'in memory',
        connectionsMax: 1,
        connectTimeoutMs: 300,
      },
      { contextKeys: { current: () => platform.key } },
    )
    const one = impatient.organization(acme.id)
    const left = one.stream('select * from shelf.author', [], { rowsMax: 10 })
    await left.next()
    await assert.rejects(one.sql`select 1`, { code: 'tenancy.no_connection' })
    await left.return(undefined)
    assert.deepEqual(await one.sql`select 1 as one`, [{ one: 1 }])
    await impatient.close()
  })

  test('a reader that throws frees the connection', async () => {
    const boom = new Error('boom')
    const failing = async (): Promise<void> => {
      for await (const rows of acme.stream('select * from shelf.author', [], { rowsMax: 10 })) {
        if (rows.length > 0) throw boom
      }
    }
    await assert.rejects(failing, boom)
    await usable()
  })

  test('a connection that ends in the middle fails the stream; the next statement works', async () => {
    const failing = async (): Promise<void> => {
      for await (const rows of acme.stream<{ pid: number }>(
        'select pg_backend_pid() as pid, id from shelf.author',
        [],
        {
          rowsMax: 10,
        },
      )) {
        await platform.admin.query('select pg_terminate_backend($1)', [rows[0]?.pid])
        await new Promise(resolve => setTimeout(resolve, 30))
      }
    }
    await assert.rejects(failing)
    await usable()
  })

  test('two streams and statements of one transaction take turns, and one that stops early frees its rows', async () => {
    await acme.transaction(async tx => {
      const [one, two] = [1, 2].map(() =>
        tx.stream<{ id: number }>('select id from shelf.author order by id', [], { rowsMax: 3 }),
      )
      assert.ok(one !== undefined && two !== undefined)
      assert.deepEqual((await one.next()).value, [{ id: 1 }, { id: 2 }, { id: 3 }])
      assert.deepEqual((await two.next()).value, [{ id: 1 }, { id: 2 }, { id: 3 }])
      await tx.sql`update shelf.author set name = 'in between' where id = 4`
      assert.deepEqual((await one.next()).value, [{ id: 4 }, { id: 5 }, { id: 6 }])
      await one.return(undefined)
      await two.return(undefined)
      assert.equal((await tx.sql`select 1 from shelf.author where name = 'in between'`).length, 1)
    })
    await usable()
  })

  test('a statement of the session, a part of no rows and a part without end are refused', async () => {
    const first = (text: string, rowsMax: number) => acme.stream(text, [], { rowsMax }).next()
    await assert.rejects(first('copy shelf.author to stdout', 10), { code: 'tenancy.statement_refused' })
    for (const rowsMax of [0, -1, 1.5, 100_001, NaN]) {
      await assert.rejects(first('select 1', rowsMax), { code: 'tenancy.bad_options' })
    }
  })

  test("Kysely's own stream reads in parts; a transaction may go on after it", async () => {
    const db = boundKysely<ShelfTables>(acme)
    let count = 0
    for await (const row of db.selectFrom('shelf.author').select('organization_id').stream(500)) {
      assert.equal(row.organization_id, acme.id)
      count++
    }
    assert.equal(count, 2500)
    await db.transaction().execute(async tx => {
      assert.equal(typeof (await firstPart(tx.selectFrom('shelf.author').select('id').stream(10))).id, 'number')
      await tx.insertInto('shelf.author').values({ id: 9000, name: 'after the stream' }).execute()
    })
    assert.equal((await acme.sql`delete from shelf.author where id = 9000 returning 1`).length, 1)
  })

  test('a cursor that speaks the protocol itself is refused by the pool', async () => {
    const pool = boundPool(acme)
    const cursor = { text: 'select 1', submit: () => undefined }
    await assert.rejects(pool.query(cursor), { code: 'builders.own_protocol' })
  })

  test('200,000 rows of 500 bytes pass through a process that could not hold them', async () => {
    const read = (how: 'in parts' | 'at once') => readElsewhere(platform, acme.id, how)
    assert.deepEqual(await read('in parts'), { rows: 200_000, exitCode: 0 })
    const control = await read('at once')
    assert.notEqual(control.exitCode, 0, 'the control: all rows at once do not fit')
    assert.equal(control.rows, undefined)
  })
})

async function readElsewhere(platform: TestPlatform, organization: string, how: string) {
  const child = fork(new URL('stream-reader.ts', import.meta.url), {
    execArgv: ['--max-old-space-size=40'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  let rows: unknown
  child.on('message', message => (rows = message))
  const { id, cell, secret } = platform.key
  child.send({ url: platform.urls.app, key: { id, cell, secret: secret.toString('hex') }, organization, how })
  await once(child, 'exit')
  return { rows, exitCode: child.exitCode }
}

/** And then no more: as a loop that breaks. */
async function firstPart<T>(parts: AsyncIterable<T>): Promise<T> {
  for await (const part of parts) return part
  assert.fail('there was no part')
}
