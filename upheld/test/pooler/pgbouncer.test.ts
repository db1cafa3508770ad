import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { signContext } from '../../src/foundation/tenancy/index.ts'
import { upheld } from '../../src/index.ts'
import type { TestPlatform } from '../../src/testing/index.ts'
import { contract } from '../builders/contract.ts'
import { shelfPlatform } from '../builders/stage.ts'
import { poolTrial } from '../builders/subjects/pool.ts'
import { startPgBouncer, withoutPgBouncer, type Pooler } from './pgbouncer.ts'
import { keyOf, plantOwners, readInProcesses, withOpenTwin } from './processes.ts'

const processes = 2
const clients = 8
const poolSize = 3

suite('behind PgBouncer in transaction mode', withoutPgBouncer === undefined ? {} : { skip: withoutPgBouncer }, () => {
  let platform: TestPlatform
  let pooler: Pooler
  let ids: readonly string[]

  before(async () => {
    platform = await shelfPlatform()
    pooler = await startPgBouncer(platform.urls.app, { poolSize })
    ids = await plantOwners(platform, 23)
  })
  after(async () => {
    await pooler.stop()
    await platform.close()
  })

  const order = (how: 'signed' | 'session', reads: number) => ({
    url: pooler.through(platform.urls.app),
    key: keyOf(platform),
    how,
    organizations: [...ids],
    reads,
    clients,
    seed: 1,
    pooler: true,
  })

  test('2 processes of 8 clients on 3 backends, organizations interleaved: 0 wrong of 12000', async () => {
    const count = await readInProcesses(processes, order('signed', 12_000))
    assert.deepEqual(count, { reads: 12_000, wrong: 0, odd: 0 })
  })

  test('the control: a setting kept for the session, through the same pooler, does give rows of others', async context => {
    const count = await withOpenTwin(platform, ids, () => readInProcesses(processes, order('session', 2_000)))
    context.diagnostic(`${count.wrong} of ${count.reads} reads saw another organization`)
    assert.ok(count.wrong > 0)
  })

  test('one round of signed reads after the poisoned sessions of the control: 0 wrong', async () => {
    const count = await readInProcesses(processes, order('signed', 2_000))
    assert.deepEqual(count, { reads: 2_000, wrong: 0, odd: 0 })
  })

  test('a context that was stolen works through the pooler until its time, and no longer', async () => {
    const thief = new pg.Client(pooler.through(platform.urls.app))
    await thief.connect()
    try {
      const token = signContext(platform.key, {
        organization: ids[0] ?? '',
        expiresAtSecs: Math.floor(Date.now() / 1000) + 2,
        backendPid: 0,
        nonce: '0123456789abcdef',
      })
      const readWith = async (): Promise<number | string> => {
        await thief.query('begin')
        try {
          await thief.query('select upheld.enter($1)', [token])
          return (await thief.query('select * from shelf.author')).rows.length
        } catch (error) {
          return error instanceof Error ? error.message : String(error)
        } finally {
          await thief.query('rollback')
        }
      }
      assert.equal(await readWith(), 1)
      let last: number | string = 1
      for (let tries = 0; tries < 80 && last === 1; tries++) {
        await sleep(100)
        last = await readWith()
      }
      assert.equal(last, 'upheld: expired_context')
      await assert.rejects(thief.query('select * from shelf.author'), /upheld: no_context/)
    } finally {
      await thief.end()
    }
  })

  test('a context that is bound to a backend is worth nothing on another', async () => {
    const thief = new pg.Client(pooler.through(platform.urls.app))
    await thief.connect()
    const token = signContext(platform.key, {
      organization: ids[0] ?? '',
      expiresAtSecs: Math.floor(Date.now() / 1000) + 20,
      backendPid: 1,
      nonce: '0123456789abcdef',
    })
    await thief.query('begin')
    await thief.query('select upheld.enter($1)', [token])
    await assert.rejects(thief.query('select * from shelf.author'), /upheld: other_backend/)
    await thief.end()
  })

  test('the time limit of a statement holds, and stays on no backend', async () => {
    const open = (statementTimeoutMs: number) =>
      upheld(
        {
          databaseUrl: pooler.through(platform.urls.app),
          contextKeyFile: 'in memory',
          pooler: true,
          tenancy: { statementTimeoutMs },
        },
        { contextKeys: { current: () => platform.key } },
      )
    const [hasty, patient] = [open(100), open(5_000)]
    try {
      const endless = hasty
        .organization(ids[0] ?? '')
        .query('select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b')
      await assert.rejects(endless, { code: 'tenancy.statement_timeout' })
      const limits = await Promise.all(
        Array.from(
          { length: 12 },
          () => patient.organization(ids[1] ?? '').sql`select current_setting('statement_timeout') as limit`,
        ),
      )
      assert.deepEqual([...new Set(limits.map(([row]) => row?.['limit']))], ['5s'])
    } finally {
      await hasty.close()
      await patient.close()
    }
  })

  test('without the option the pooler is noticed before the first statement, whatever it takes or refuses', async () => {
    const lenient = await startPgBouncer(platform.urls.app, { poolSize, ignored: 'statement_timeout' })
    try {
      for (const one of [pooler, lenient]) {
        const wrong = upheld(
          { databaseUrl: one.through(platform.urls.app), contextKeyFile: 'in memory' },
          { contextKeys: { current: () => platform.key } },
        )
        await assert.rejects(wrong.organization(ids[0] ?? '').sql`select name from shelf.author`, {
          code: 'tenancy.pooler_between',
          mend: /pooler: true/,
        })
        await wrong.close()
      }
    } finally {
      await lenient.stop()
    }
  })

  test('rows in parts hold one backend and give it back', async () => {
    const handle = upheld(
      { databaseUrl: pooler.through(platform.urls.app), contextKeyFile: 'in memory', pooler: true },
      { contextKeys: { current: () => platform.key } },
    )
    const organization = handle.organization(ids[0] ?? '')
    let rows = 0
    for await (const part of organization.stream('select n from generate_series(1, 2500) n', [], { rowsMax: 1000 })) {
      rows += part.length
    }
    assert.equal(rows, 2500)
    for (let times = 0; times < 2 * poolSize; times++) {
      const stopped = organization.stream('select n from generate_series(1, 2500) n', [], { rowsMax: 10 })
      assert.equal((await stopped.next()).done, false)
      await stopped.return(undefined)
    }
    assert.deepEqual(await organization.sql`select name from shelf.author`, [{ name: ids[0] }])
    await handle.close()
  })

  contract(
    async () => platform,
    poolTrial,
    'through PgBouncer',
    url => ({ databaseUrl: pooler.through(url), pooler: true }),
  )
})
