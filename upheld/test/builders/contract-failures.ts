import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stage } from './stage.ts'
import { codesOf, type Subject } from './subjects/subject.ts'

export function failureTests(stage: () => Stage): void {
  refusalTests(stage)
  limitTests(stage)
}

function refusalTests(stage: () => Stage): void {
  void test('what a constraint refuses arrives with its SQLSTATE, and the next statement works', async () => {
    const { ours } = stage()
    const refusals: [string, () => Promise<unknown>][] = [
      ['23505', () => ours.addAuthor({ id: 1, name: 'again' })],
      ['23503', () => ours.addBook(1, 999, 'of nobody')],
      ['23514', () => ours.addBook(1, 1, 'thin', 0)],
      ['42P01', () => ours.raw('select * from shelf.nothing')],
      ['42703', () => ours.raw('select nothing from shelf.author')],
      ['22012', () => ours.raw('select 1 / $1::int', [0])],
    ]
    for (const [state, attempt] of refusals) {
      await assert.rejects(attempt, error => codesOf(error).includes(state), state)
      assert.equal((await ours.author(1))?.name, 'Ann of acme', `after ${state}`)
    }
  })

  void test('a NUL byte in a text is refused, and the next statement works', async () => {
    const { ours } = stage()
    await assert.rejects(ours.addAuthor({ id: 5, name: 'nul \0 byte' }), error => codesOf(error).includes('22021'))
    assert.deepEqual(await ours.authors(), [{ id: 1, name: 'Ann of acme' }])
  })

  void test('a transaction whose failed statement was swallowed does not commit, and says so', async () => {
    const { ours } = stage()
    const swallowed = ours.transaction(async tx => {
      await tx.addAuthor({ id: 30, name: 'lost' })
      await tx.raw('select 1 / 0').catch(() => undefined)
    })
    await assert.rejects(swallowed)
    assert.equal(await ours.author(30), undefined)
  })
}

function limitTests(stage: () => Stage): void {
  void test('a statement that takes too long is ended, in a transaction too, and leaves its only connection usable', async () => {
    await stage().with({ connectionsMax: 1, tenancy: { statementTimeoutMs: 150 } }, async hasty => {
      const endless = 'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b'
      const timedOut = (error: unknown): boolean => codesOf(error).includes('tenancy.statement_timeout')
      await assert.rejects(hasty.raw(endless), timedOut)
      const within = hasty.transaction(async tx => {
        await tx.addAuthor({ id: 31, name: 'lost' })
        await tx.raw(endless)
      })
      await assert.rejects(within, timedOut)
      assert.equal(await hasty.author(31), undefined)
    })
  })

  void test('a connection that is ended in the middle fails its transaction alone; the next statement works', async () => {
    const { platform } = stage()
    await stage().with({ connectionsMax: 1 }, async lonely => {
      const ended = lonely.transaction(async tx => {
        await tx.addAuthor({ id: 32, name: 'lost' })
        await endBackendOf(tx, pid => platform.admin.query('select pg_terminate_backend($1)', [pid]))
        await tx.author(1)
      })
      await assert.rejects(ended)
      assert.equal((await lonely.author(1))?.name, 'Ann of acme')
      assert.equal(await lonely.author(32), undefined)
    })
  })

  void test('a transaction that fails leaves nothing open on the only connection', async () => {
    const { platform } = stage()
    await stage().with({ connectionsMax: 1 }, async lonely => {
      for (let times = 0; times < 3; times++) {
        await assert.rejects(lonely.transaction(tx => tx.raw('select 1 / 0')))
        await assert.rejects(lonely.transaction(() => Promise.reject(new Error('before any statement'))))
        assert.equal((await lonely.author(1))?.name, 'Ann of acme')
      }
      const { rows } = await platform.admin.query(
        `select count(*)::int as open from pg_stat_activity
         where datname = current_database() and usename = 'upheld_app' and state like 'idle in transaction%'`,
      )
      assert.deepEqual(rows, [{ open: 0 }])
    })
  })

  void test('whoever waits inside a transaction for a place that only its own end gives is told so', async () => {
    const limits = { concurrentMax: 1, waitMaxMs: 200 }
    await stage().with({ connectionsMax: 2, tenancy: limits }, async narrow => {
      const stuck = narrow.transaction(async tx => {
        await tx.author(1)
        await narrow.author(1)
      })
      await assert.rejects(stuck, error => codesOf(error).includes('tenancy.busy'))
      assert.equal((await narrow.author(1))?.name, 'Ann of acme')
    })
  })
}

async function endBackendOf(tx: Subject, end: (pid: unknown) => Promise<unknown>): Promise<void> {
  const [row] = await tx.raw('select pg_backend_pid() as pid')
  await end(row?.['pid'])
  await new Promise(resolve => setTimeout(resolve, 30))
}
