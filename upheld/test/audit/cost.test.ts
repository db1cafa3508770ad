import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Database, Queryable } from '../../src/core/ports.ts'
import { openRecorder } from '../../src/foundation/audit/index.ts'
import { host, openLab, type Lab } from './lab.ts'

/** The recorder's statements, counted. */
function counting(db: Database): { readonly db: Database; count(): number } {
  let statements = 0
  const counted = (inner: Queryable): Queryable => ({
    async query(text, values) {
      statements += 1
      return inner.query(text, values)
    },
  })
  return {
    db: { ...counted(db), transaction: work => db.transaction(tx => work(counted(tx))), close: () => db.close() },
    count: () => statements,
  }
}

async function counted(
  lab: Lab,
): Promise<{ statementsFor(organizations: number): Promise<number>; statementsIdle(): Promise<number> }> {
  const counter = counting(lab.record)
  const recorder = await openRecorder({ db: counter.db, host, seeds: lab.files.seeds(), anchor: lab.files.anchor })
  return {
    async statementsFor(organizations: number): Promise<number> {
      await lab.admin.query(
        `insert into upheld_audit.pending (id, organization_id, body)
         select gen_random_uuid(), ('00000000-0000-4000-8000-' || lpad(g::text, 12, '0'))::uuid,
           '{"action":"a.b","actor":{"type":"member","id":"m"},"purpose":"p","outcome":"success"}'
         from generate_series(1, $1::integer) g`,
        [organizations],
      )
      const before = counter.count()
      assert.equal(await recorder.step(), organizations)
      return counter.count() - before
    },
    async statementsIdle(): Promise<number> {
      const before = counter.count()
      assert.equal(await recorder.step(), 0)
      return counter.count() - before
    },
  }
}

/** Leaves that a connection has looked at by the end of each batch, in indexes and one after the other. */
function lookedAt(db: Database, told: (leaves: number) => void): Database {
  return {
    ...db,
    transaction: work =>
      db.transaction(async tx => {
        const done = await work(tx)
        const { rows } = await tx.query(
          `select sum(pg_stat_get_xact_tuples_fetched(place) + pg_stat_get_xact_tuples_returned(place)) as leaves
           from (select 'upheld_audit.leaf'::regclass union all
             select indexrelid from pg_index where indrelid = 'upheld_audit.leaf'::regclass) as leaf (place)`,
        )
        told(Number(rows[0]?.['leaves']))
        return done
      }),
  }
}

suite('what logs cost', () => {
  test('a batch looks at as many leaves in a long log as in a short one, though it was counted when it was empty', async () => {
    const lab = await openLab()
    try {
      await lab.admin.query('alter table upheld_audit.leaf set (autovacuum_enabled = off)')
      await lab.admin.query('vacuum analyze upheld_audit.leaf')
      await lab.admin.query(
        `grant execute on function pg_stat_get_xact_tuples_fetched(oid), pg_stat_get_xact_tuples_returned(oid) to upheld_record`,
      )
      const looked: number[] = []
      const recorder = await openRecorder({
        db: lookedAt(lab.record, leaves => looked.push(leaves)),
        host,
        seeds: lab.files.seeds(),
        anchor: lab.files.anchor,
      })
      looked.length = 0
      for (let batch = 0; batch < 12; batch += 1) {
        await lab.admin.query(
          `insert into upheld_audit.pending (id, organization_id, body)
           select gen_random_uuid(), '00000000-0000-4000-8000-000000000001',
             '{"action":"a.b","actor":{"type":"member","id":"m"},"purpose":"p","outcome":"success"}'
           from generate_series(1, $1::integer)`,
          [batch === 0 ? 1 : 200],
        )
        await recorder.step()
      }
      assert.equal(looked.length, 12)
      const each = looked.slice(1).map((leaves, at) => leaves - (looked[at] ?? 0))
      // Each entry that waited is looked up once, and is found once, in the index and in the table. A connection forgets
      // its count when it has told the server of it: then there is less.
      for (const leaves of each) assert.ok(leaves <= 2 * 200, each.join(' '))
      assert.ok(each.includes(2 * 200), 'positive control: they are counted')
    } finally {
      await lab.close()
    }
  })

  test('a batch takes as many statements for a thousand organizations as for two, met for the first time or again', async () => {
    const lab = await openLab()
    try {
      const met = await counted(lab)
      const [few, many, again] = [
        await met.statementsFor(2),
        await met.statementsFor(1_000),
        await met.statementsFor(1_000),
      ]
      assert.ok(many <= few + 2 && again <= few + 2, `${few}, then ${many}, then ${again}`)
      // A recorder that knows none of them proves a thousand heads in no more.
      const fresh = await counted(lab)
      const cold = await fresh.statementsFor(1_000)
      assert.ok(cold <= few + 4, `${few}, then ${cold}`)
      assert.deepEqual(lab.troubles, [])
    } finally {
      await lab.close()
    }
  })

  test('ten thousand idle organizations cost no row, and an idle recorder one statement a turn', async () => {
    const lab = await openLab()
    try {
      const idle = await counted(lab)
      const rows = async (): Promise<number[]> =>
        Promise.all(
          ['log', 'leaf', 'tile', 'mention', 'pending', 'disclosure', 'retention', 'log_key'].map(async table =>
            Number((await lab.admin.query(`select count(*) from upheld_audit.${table}`)).rows[0]?.['count']),
          ),
        )
      const [before, alone] = [await rows(), await idle.statementsIdle()]
      await lab.admin.query(
        'insert into upheld_guard.organization (id) select gen_random_uuid() from generate_series(1, 10000)',
      )
      assert.deepEqual(await rows(), before)
      assert.deepEqual([alone, await idle.statementsIdle()], [1, 1])
    } finally {
      await lab.close()
    }
  })
})
