import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import fc from 'fast-check'
import { controlOf } from '../../src/adapters/builders/index.ts'
import { boundPool, type BoundPool } from '../../src/adapters/builders/pool/index.ts'
import { upheld, type Organization, type Upheld } from '../../src/index.ts'
import { tapWire, type TestPlatform, type WireTap } from '../../src/testing/index.ts'
import { shelfPlatform } from './stage.ts'

suite('an organization in the shape of a pg.Pool', () => {
  let platform: TestPlatform
  let tap: WireTap
  let handle: Upheld
  let acme: Organization
  let pool: BoundPool

  before(async () => {
    platform = await shelfPlatform()
    tap = await tapWire(platform.urls.app)
    handle = upheld(
      { databaseUrl: tap.url, contextKeyFile: 'in memory', connectionsMax: 1 },
      { contextKeys: { current: () => platform.key } },
    )
    acme = handle.organization((await platform.upheld.createOrganization()).id)
    pool = boundPool(acme)
  })
  after(async () => {
    await handle.close()
    await tap.close()
    await platform.close()
  })

  test('a query costs one round trip, a transaction of n statements n + 1', async () => {
    const ask = () => pool.query({ name: 'theirs', text: 'select $1::int as one', values: [1], rowMode: 'array' })
    await ask()
    tap.take()
    assert.deepEqual((await ask()).rows, [[1]])
    assert.deepEqual(tap.take(), { roundTrips: 1, sent: { B: 2, E: 2, S: 1 } })
    const client = await pool.connect()
    for (const text of ['BEGIN', 'select 1', 'select 2', 'COMMIT']) await client.query(text)
    client.release()
    assert.equal(tap.take().roundTrips, 3)
  })

  test('counts, commands and columns are what Postgres said', async () => {
    const insert = await pool.query("insert into shelf.author (id, name) values (1, 'a'), (2, 'b')")
    assert.deepEqual([insert.command, insert.rowCount, insert.rows], ['INSERT', 2, []])
    const select = await pool.query('select id, name from shelf.author order by id')
    assert.deepEqual([select.command, select.rowCount], ['SELECT', 2])
    assert.deepEqual(
      select.fields.map(({ name, dataTypeID }) => [name, dataTypeID]),
      [
        ['id', 23],
        ['name', 25],
      ],
    )
    const removed = await pool.query('delete from shelf.author where id > $1', [0])
    assert.deepEqual([removed.command, removed.rowCount], ['DELETE', 2])
  })

  test('types of the caller turn text into values', async () => {
    const types = { getTypeParser: () => (text: string) => `<${text}>` }
    const { rows } = await pool.query({ text: "select 1 as a, true as b, null as c, now() > '2020-01-01' as d", types })
    assert.deepEqual(rows, [{ a: '<1>', b: '<t>', c: null, d: '<t>' }])
  })

  test('types and values that throw fail their own statement, prepared or not, and nothing else', async () => {
    const broken = (): never => {
      throw new Error('broken type')
    }
    const types = { getTypeParser: broken }
    const circle: Record<string, unknown> = {}
    circle['circle'] = circle
    const client = await pool.connect()
    for (const text of ['select 41 as answer', 'select 41 as answer', 'select 43 as other']) {
      await assert.rejects(pool.query({ text, types }), /broken type/)
      await assert.rejects(pool.query({ text, types: { getTypeParser: () => broken } }), /broken type/)
      await client.query('begin')
      await assert.rejects(client.query({ text, types }), /broken type/)
      await assert.rejects(client.query('select $1::text, $2::text', ['half written', circle]), /circular/)
      await assert.rejects(client.query('select $1', [{ toPostgres: broken }]), /broken type/)
      assert.deepEqual((await client.query('select 42 as answer')).rows, [{ answer: 42 }])
      await client.query('commit')
    }
    client.release()
    assert.deepEqual((await pool.query('select 41 as answer')).rows, [{ answer: 41 }])
  })

  test('callbacks are called with the answer or with the error, and never both', async () => {
    const called = (text: string): Promise<readonly unknown[]> =>
      new Promise(resolve => pool.query(text, [], (...given) => resolve(given)))
    const [none, result] = await called('select 1 as one')
    assert.equal(none, null)
    assert.ok(typeof result === 'object' && result !== null && 'rows' in result)
    assert.deepEqual(result.rows, [{ one: 1 }])
    const [failure, ...rest] = await called('select 1 / 0')
    assert.ok(failure instanceof Error && 'code' in failure)
    assert.deepEqual([failure.code, rest.length], ['22012', 0])
    await new Promise<void>(resolve => {
      pool.connect((_none, client, release) => {
        assert.ok(client)
        release?.()
        resolve()
      })
    })
  })

  test('a client that is given back with an open transaction takes nothing with it, and runs nothing more', async () => {
    const client = await pool.connect()
    await client.query('begin')
    await client.query("insert into shelf.author (id, name) values (5, 'left open')")
    client.release()
    assert.equal((await pool.query('select 1 from shelf.author where id = 5')).rowCount, 0)
    await assert.rejects(client.query('select 1'), { code: 'builders.released' })
    assert.throws(() => client.release(), { code: 'builders.released' })
  })

  test('statements that are not waited for run in their order', async () => {
    const client = await pool.connect()
    const answers = await Promise.all([
      client.query('begin isolation level repeatable read, read only'),
      client.query(
        "select current_setting('transaction_isolation') as isolation, current_setting('transaction_read_only') as read_only",
      ),
      client.query('commit'),
      client.query("select current_setting('transaction_isolation') as isolation"),
    ])
    client.release()
    assert.deepEqual(
      answers.map(({ command }) => command),
      ['BEGIN', 'SELECT', 'COMMIT', 'SELECT'],
    )
    assert.deepEqual(answers[1].rows, [{ isolation: 'repeatable read', read_only: 'on' }])
    assert.deepEqual(answers[3].rows, [{ isolation: 'read committed' }])
  })

  test('what a bound client cannot do is said with a code', async () => {
    await assert.rejects(pool.query('begin'), { code: 'builders.needs_client' })
    const withBinary = { text: 'select 1', binary: true }
    await assert.rejects(pool.query(withBinary), { code: 'builders.no_binary' })
    const withoutText = { text: undefined, values: [] }
    // @ts-expect-error -- as code without types may call it
    await assert.rejects(pool.query(withoutText), { code: 'builders.no_text' })
    const client = await pool.connect()
    assert.throws(() => client.on('notification', () => undefined), { code: 'builders.no_listening' })
    await assert.rejects(client.query('savepoint a'), { code: 'builders.not_begun' })
    await client.query('begin')
    await assert.rejects(client.query('begin'), { code: 'builders.already_begun' })
    await assert.rejects(client.query('begin isolation level snapshot'), { code: 'builders.unknown_isolation' })
    await client.query('select 1')
    await assert.rejects(client.query('set transaction read only'), { code: 'builders.mode_too_late' })
    await assert.rejects(client.query('set local role postgres'), { code: 'tenancy.statement_refused' })
    await client.query('rollback')
    client.release()
  })

  test('an ended pool rolls back what is open, takes no more, and leaves the platform running', async () => {
    const ending = boundPool(acme)
    const seen: string[] = []
    for (const event of ['connect', 'acquire', 'release']) ending.on(event, () => seen.push(event))
    const client = await ending.connect()
    await client.query('begin')
    await client.query("insert into shelf.author (id, name) values (6, 'open at the end')")
    await ending.end()
    await assert.rejects(ending.query('select 1'), { code: 'builders.ended' })
    await assert.rejects(ending.connect(), { code: 'builders.ended' })
    assert.equal((await pool.query('select 1 from shelf.author where id = 6')).rowCount, 0)
    client.release()
    assert.deepEqual(seen, ['connect', 'acquire', 'release'])
  })
})

suite('the texts that steer', () => {
  test('a name is the same savepoint however it is written, and no other', () => {
    assert.deepEqual(controlOf('SAVEPOINT Mine'), { does: 'savepoint', name: 'mine' })
    assert.deepEqual(controlOf('rollback to  savepoint\n"a ""b"" c" ;'), { does: 'rollbackTo', name: 'a "b" c' })
    assert.deepEqual(controlOf('Release x'), { does: 'release', name: 'x' })
    assert.deepEqual(controlOf('start transaction isolation level serializable read only deferrable'), {
      does: 'begin',
      mode: { isolation: 'serializable', access: 'read only', deferrable: true },
    })
    assert.deepEqual(controlOf('set transaction isolation level read committed'), {
      does: 'mode',
      mode: { isolation: 'read committed' },
    })
  })

  test('a second statement, a comment or a setting behind them makes them none', () => {
    for (const text of [
      'commit; select 1',
      'commit;;',
      'rollback -- ; set role postgres',
      'commit /* */',
      'commit and chain',
      'commit prepared $$x$$',
      'savepoint a; reset role',
      'savepoint "a"; set role "b"',
      'savepoint a b',
      'release',
      'set session characteristics as transaction read only',
      'set local role x',
      'end if',
      'select 1',
    ]) {
      assert.equal(controlOf(text), undefined, text)
    }
  })

  test('whatever is put behind a steering text, it steers alone or not at all', () => {
    const words = fc.constantFrom(
      ';',
      ' ',
      'select 1',
      'set role x',
      '"',
      "'",
      '--',
      '/*',
      'to',
      'savepoint',
      'a',
      '\n',
      '$$',
    )
    const tail = fc.array(words, { minLength: 1, maxLength: 5 }).map(parts => parts.join(' '))
    fc.assert(
      fc.property(fc.constantFrom('commit', 'rollback', 'savepoint a', 'release a'), tail, (text, rest) => {
        const control = controlOf(`${text} ${rest}`)
        if (control !== undefined) assert.match(`${text} ${rest}`.replace(/"[^"]*"/g, 'q'), /^[a-z\s]+;?\s*$/)
      }),
      { numRuns: 2000, seed: 7 },
    )
  })
})
