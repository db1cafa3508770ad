import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import pg from 'pg'
import { z } from 'zod'
import { fingerprintOf } from '../../src/surfaces/prover/fingerprint.ts'
import { serverDoubts } from '../../src/surfaces/cli/adopt/plan.ts'
import { upheldCommand, type Ended } from './command.ts'
import { openSmall, openWith, smallWords, type LegacyDatabase } from './legacies.ts'

const answer = z.object({
  obstacles: z.array(
    z.object({
      code: z.string(),
      object: z.string(),
      mend: z.string(),
      rows: z.object({ count: z.number(), atLeast: z.boolean(), query: z.string() }).optional(),
    }),
  ),
  steps: z.array(z.unknown()),
})

function adopt(database: LegacyDatabase, what: string, ...more: readonly string[]): Promise<Ended> {
  return upheldCommand(['adopt', what, '--database', database.adminUrl, ...more])
}

async function within(text: string | undefined, work: (database: LegacyDatabase) => Promise<void>): Promise<void> {
  const database = text === undefined ? await openSmall() : await openWith(text)
  try {
    await work(database)
  } finally {
    await database.close()
  }
}

const sql = (name: string): string => readFileSync(new URL(`./legacy/${name}.sql`, import.meta.url), 'utf8')

suite('what cannot be adopted is refused in words', () => {
  test('every obstacle of a hopeless schema is listed at once, and nothing is touched', async () =>
    within(sql('hopeless'), async database => {
      const before = await fingerprintOf(database.admin)
      const options = ['--schema', 'hopeless,nowhere', '--tenant-column', 'tenant', '--shared', 'lookup,missing']
      const plan = await adopt(database, 'plan', ...options, '--directory', 'account', '--json')
      assert.equal(plan.code, 1, plan.stderr)
      const { obstacles, steps } = answer.parse(JSON.parse(plan.stdout))
      assert.deepEqual(steps, [])
      assert.ok(obstacles.every(({ mend }) => mend.length > 10))
      assert.deepEqual(obstacles.map(({ code, object }) => `${code} ${object}`).sort(), [
        'column_taken hopeless.taken',
        'definer hopeless.peek()',
        'exclusion hopeless.parent: no_overlap',
        'inheritance hopeless.heir',
        'inheritance hopeless.parent',
        'key_not_valid hopeless.late: unchecked',
        'key_types hopeless.child: wide',
        'leakproof hopeless.sneak(bigint)',
        'materialized_view hopeless.sums',
        'missing_schema nowhere',
        'no_path hopeless.island',
        'no_such_table missing',
        'odd_key hopeless.full_match: whole',
        'outside_key outside.spy: looks_in',
        'rule hopeless.account',
        'shared_refers hopeless.lookup: to_tenant',
        'tenant_type hopeless.floating',
        'view_on_key hopeless.grouped',
      ])
      const run = await adopt(database, 'run', ...options)
      assert.equal(run.code, 70)
      assert.match(run.stderr, /adoption\.obstacles/)
      assert.deepEqual(await fingerprintOf(database.admin), before)
    }))

  test('rows without a tenant, and rows of two tenants, are counted, and the query that is given shows them', async () =>
    within(sql('doubtful'), async database => {
      const plan = await adopt(database, 'plan', '--schema', 'doubt', '--tenant-column', 'tenant', '--json')
      assert.equal(plan.code, 1, plan.stderr)
      const { obstacles } = answer.parse(JSON.parse(plan.stdout))
      const seen = obstacles.map(({ code, object, rows }) => [code, object, rows?.count, rows?.atLeast])
      assert.deepEqual(seen.sort(), [
        ['no_tenant', 'doubt.box', 2, false],
        ['no_tenant', 'doubt.thing', 2, false],
        ['two_tenants', 'doubt.label: label_thing_id_fkey', 1000, true],
        ['two_tenants', 'doubt.thing: thing_lid_id_fkey', 1, false],
      ])
      for (const { rows, object } of obstacles) {
        const shown = await database.admin.query(rows?.query ?? '')
        assert.equal(shown.rows.length, object === 'doubt.label: label_thing_id_fkey' ? 1500 : rows?.count)
      }
      assert.match(
        (await adopt(database, 'plan', '--schema', 'doubt', '--tenant-column', 'tenant')).stdout,
        /At least 1,000 rows\./,
      )
    }))

  test('a login that is no superuser, a column that is nowhere, options that are missing', async () =>
    within(undefined, async database => {
      const weak = await upheldCommand(['adopt', 'plan', '--database', database.loginUrl, ...smallWords])
      assert.match(weak.stderr, /adoption\.not_admin/)
      const wrong = await adopt(database, 'plan', '--schema', 'mid', '--tenant-column', 'Tenant')
      assert.equal(wrong.code, 1)
      assert.match(wrong.stdout, /no_tenant_column/)
      assert.match((await adopt(database, 'plan')).stderr, /adoption\.options_missing/)
      assert.match((await adopt(database, 'finish')).stderr, /adoption\.not_started/)
      assert.equal((await upheldCommand(['adopt', 'run', ...smallWords])).code, 64)
      for (const { stderr } of [weak, wrong]) assert.doesNotMatch(stderr, /\n\s+at /)
    }))

  test('a release with known faults is told before anything is adopted, and a mended one is not', () => {
    for (const version of ['15.1', '18.0 (Debian 18.0-1)']) {
      const [says, mend] = serverDoubts(version)
      assert.match(says ?? '', /CVE-\d{4}-\d+.* open\./)
      assert.match(mend ?? '', /^Install Postgres \d+\.\d+ or later/)
    }
    assert.match(serverDoubts('19beta1').join(' '), /unproven/)
    assert.deepEqual(
      serverDoubts('15.20 (Debian 15.20-0+deb12u1)').filter(line => / open\./.test(line)),
      [],
    )
  })

  test('with other options in the middle, finished too early, or undone while something rests on it', async () =>
    within(undefined, async database => {
      const killed = await upheldCommand(['adopt', 'run', '--database', database.adminUrl, ...smallWords], line =>
        /Fill organization_id of the rows that mid\.box/.test(line),
      )
      assert.equal(killed.code, null)
      const other = await adopt(database, 'run', '--schema', 'mid', '--tenant-column', 'box_id')
      assert.match(other.stderr, /adoption\.other_options/)
      const early = await adopt(database, 'finish', '--yes', database.name)
      assert.match(early.stderr, /adoption\.not_ready.*not done: fill/)
      await database.admin.query('create view public.mine as select organization_id from mid.box')
      const blocked = await adopt(database, 'undo')
      assert.match(blocked.stderr, /adoption\.undo_blocked.*column mid\.box/)
      await database.admin.query('drop view public.mine')
      assert.equal((await adopt(database, 'undo')).code, 0)
    }))

  test('a lock that somebody keeps: nobody waits behind us for long, and it is said who holds it', async t =>
    within(undefined, async database => {
      const [holder, reader] = [new pg.Client(database.loginUrl), new pg.Client(database.loginUrl)]
      await Promise.all([holder.connect(), reader.connect()])
      try {
        await holder.query('begin; select count(*) from mid.box')
        await reader.query('set lock_timeout = 2000')
        const run = adopt(database, 'run', ...smallWords, '--lock-timeout-ms', '100', '--patience-secs', '2')
        let reads = 0
        let longestMs = 0
        const over = new AbortController()
        void run.finally(() => over.abort())
        while (!over.signal.aborted) {
          const startedMs = performance.now()
          await reader.query('select count(*) from mid.box')
          longestMs = Math.max(longestMs, performance.now() - startedMs)
          reads++
        }
        t.diagnostic(`${reads} reads meanwhile, the longest ${Math.round(longestMs)} ms`)
        const ended = await run
        assert.equal(ended.code, 70)
        assert.match(ended.stderr, /adoption\.lock_not_granted.*open for \d+ s/)
        assert.match(ended.stderr, /locked try 1/)
        await holder.query('commit')
        assert.equal((await adopt(database, 'run')).code, 0)
      } finally {
        await Promise.all([holder.end(), reader.end()])
      }
    }))

  test('two at once: the second is told, and changes nothing', async () =>
    within(undefined, async database => {
      const first = new pg.Client(database.adminUrl)
      await first.connect()
      await first.query('select pg_advisory_lock(7305807354490)')
      const second = await adopt(database, 'run', ...smallWords, '--patience-secs', '1')
      assert.match(second.stderr, /adoption\.busy/)
      await first.end()
    }))
})
