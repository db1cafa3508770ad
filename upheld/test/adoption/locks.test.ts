import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import pg from 'pg'
import { z } from 'zod'
import { upheldCommand } from './command.ts'
import { clinic, openLegacy, shop, tracker, words, type LegacyDatabase } from './legacies.ts'

const lock = z.object({ relation: z.string(), mode: z.string() })
const plan = z.object({
  steps: z.array(z.looseObject({ id: z.string(), way: z.string(), short: z.string(), locks: z.array(lock) })),
})
const modes = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
]

type Lock = z.output<typeof lock>

function strongest(locks: readonly Lock[]): Readonly<Record<string, string>> {
  const weakFirst = locks.toSorted((a, b) => modes.indexOf(a.mode) - modes.indexOf(b.mode))
  return Object.fromEntries(weakFirst.map(({ relation, mode }) => [relation, mode]))
}

async function planOf(database: LegacyDatabase, legacy: typeof shop): Promise<z.output<typeof plan>> {
  const planned = await upheldCommand(['adopt', 'plan', '--json', '--database', database.adminUrl, ...words(legacy)])
  assert.equal(planned.code, 0, planned.stderr)
  return plan.parse(JSON.parse(planned.stdout))
}

suite('the locks of an adoption are those that its plan says', () => {
  for (const legacy of [shop, clinic, tracker]) {
    test(`${legacy.name}: no step takes a stronger lock than it says, and the strong ones are taken`, async t => {
      const database = await openLegacy(legacy)
      try {
        const { steps } = await planOf(database, legacy)
        const run = await upheldCommand(['adopt', 'run', '--database', database.adminUrl, ...words(legacy)])
        assert.equal(run.code, 0, run.stderr)
        const { rows } = await database.admin.query('select id, taken from upheld_adoption.step')
        const taken = new Map(rows.map(row => [String(row['id']), strongest(z.array(lock).parse(row['taken']))]))
        let compared = 0
        for (const { id, way, locks } of steps) {
          const [said, seen] = [strongest(locks), taken.get(id)]
          assert.ok(seen !== undefined, id)
          for (const [relation, mode] of Object.entries(seen)) {
            assert.ok(modes.indexOf(mode) <= modes.indexOf(said[relation] ?? ''), `${id}: ${mode} on ${relation}`)
            compared++
          }
          const hardest = (of: Readonly<Record<string, string>>): number =>
            Math.max(-1, ...Object.values(of).map(mode => modes.indexOf(mode)))
          if (way === 'transaction') assert.equal(hardest(seen), hardest(said), id)
        }
        t.diagnostic(`${compared} locks in ${steps.length} steps`)
        assert.ok(compared >= steps.length)
      } finally {
        await database.close()
      }
    })
  }

  test('an index is built without holding up a writer, also while it waits for a transaction that stays open', async () => {
    const database = await openLegacy(tracker)
    const holder = new pg.Client(database.loginUrl)
    const writer = new pg.Client(database.loginUrl)
    await Promise.all([holder.connect(), writer.connect()])
    try {
      const seen = new Set<string>()
      await holder.query('begin isolation level repeatable read; select 1')
      const run = upheldCommand(['adopt', 'run', '--database', database.adminUrl, ...words(tracker)])
      await writer.query('set lock_timeout = 1000')
      const over = new AbortController()
      void run.finally(() => over.abort())
      while (!over.signal.aborted && !seen.has('ShareUpdateExclusiveLock')) {
        const { rows } = await database.admin.query(
          `select distinct l.mode from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation
           join pg_namespace n on n.oid = c.relnamespace
           where a.application_name = 'upheld-adopt' and a.query ~* 'index concurrently' and a.wait_event = 'virtualxid'
             and a.datname = current_database() and n.nspname = 'tracker' and c.relkind = 'r' and l.granted`,
        )
        for (const row of rows) seen.add(String(row['mode']))
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      assert.deepEqual([...seen], ['ShareUpdateExclusiveLock'])
      for (const table of ['"Company"', '"Member"', '"Project"', '"Issue"']) {
        await writer
          .query(`update tracker.${table} set "companyId" = "companyId" where false`)
          .catch(() => writer.query(`update tracker.${table} set "title" = "title" where "id" = 1`))
      }
      await holder.query('commit')
      const ended = await run
      assert.equal(ended.code, 0, ended.stderr)
    } finally {
      await Promise.all([holder.end(), writer.end()])
      await database.close()
    }
  })
})
