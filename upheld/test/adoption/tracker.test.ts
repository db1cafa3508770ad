import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { readContextKey } from '../../src/adapters/keys/index.ts'
import { upheld, type Organization } from '../../src/index.ts'
import { lint } from '../../src/proof/lint/index.ts'
import { oldApplication } from './at-work.ts'
import { upheldCommand } from './command.ts'
import { countRows, openLegacy, openState, tracker, words, wrongRows, type LegacyDatabase } from './legacies.ts'

suite('a tracker of 163,000 rows with circles, trees, quotes, a line break and pictures in its names', () => {
  let database: LegacyDatabase
  let state: Awaited<ReturnType<typeof openState>>
  before(async () => {
    database = await openLegacy(tracker, tracker.full.n)
    state = await openState()
  })
  after(async () => {
    await database.close()
    state.close()
  })

  test('is adopted while its old application works; a company keeps its uuid', async t => {
    assert.ok((await countRows(database.admin, tracker.schemas)) >= tracker.full.rows)
    const old = await oldApplication(tracker, database)
    const run = await upheldCommand(['adopt', 'run', '--database', database.adminUrl, ...words(tracker)])
    assert.equal(run.code, 0, run.stderr)
    const { statements, longestMs, failures, kept } = await old.stop()
    t.diagnostic(`${statements} old statements, the longest ${Math.round(longestMs)} ms`)
    assert.deepEqual(failures, [])
    assert.deepEqual(await wrongRows(database.admin, tracker), [0, 0, 0, 0, 0])
    const there = await database.admin.query('select from tracker."Member" where "eMail" = any ($1)', [kept])
    assert.equal(there.rowCount, kept.length)
    const finish = ['adopt', 'finish', '--database', database.adminUrl, '--state', state.folder, '--yes', database.name]
    const ended = await upheldCommand(finish)
    assert.equal(ended.code, 0, ended.stderr)
    assert.deepEqual((await database.admin.query('select * from upheld_guard.faults()')).rows, [])
  })

  test('the linter, which knows nothing of adoptions, finds nothing worse than advice', async () => {
    const report = await lint(database.admin)
    const grave = report.findings.filter(({ severity, place }) => severity !== 'low' && place.kind !== 'server')
    assert.deepEqual(
      grave.map(({ rule, place }) => `${rule} ${place.label}`),
      [],
    )
  })

  test('every change is recorded from the last step on, before Upheld was ever started', async () => {
    assert.deepEqual((await database.admin.query('select * from upheld_audit.faults()')).rows, [])
    const { rows } = await database.admin.query(
      'select (select count(*) from upheld_audit.log) as logs, (select count(*) from upheld_audit.pending) as waiting',
    )
    assert.deepEqual(rows, [{ logs: '0', waiting: '0' }], 'what was there before has no history')
  })

  test('the old login reaches nothing any more', async () => {
    const { rows } = await database.admin.query(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'tracker' and c.relkind in ('r', 'p', 'v') and has_table_privilege($1, c.oid, 'select, insert, update, delete')`,
      [database.login],
    )
    assert.deepEqual(rows, [])
    const { rows: schema } = await database.admin.query(`select has_schema_privilege($1, 'tracker', 'usage') as may`, [
      database.login,
    ])
    assert.deepEqual(schema, [{ may: false }])
  })

  test('no row of one company is read, counted, changed, pointed at or guessed by another', async () => {
    const { rows } = await database.admin.query(
      'select "companyId" as id from tracker."Project" group by 1 order by count(*) desc limit 2',
    )
    const key = readContextKey(join(state.folder, 'keys', 'context.key'))
    const platform = upheld(
      { databaseUrl: database.urlFor('upheld_app', state.password), contextKeyFile: 'in memory' },
      { contextKeys: { current: () => key } },
    )
    const [one, two] = rows.map(row => platform.organization(String(row['id'])))
    assert.ok(one !== undefined && two !== undefined)
    try {
      await assertApart(one, two)
      await one.query('update tracker."🐛 re""port\n" set "text" = "text"')
    } finally {
      await platform.close()
    }
    const { rows: recorded } = await database.admin.query(
      `select distinct body ->> 'object' as object from upheld_audit.pending order by 1`,
    )
    const objects = recorded.map(({ object }) => object)
    assert.ok(objects.includes('tracker.Member') && objects.includes('tracker.🐛 re"port\n'), objects.join())
  })
})

async function assertApart(one: Organization, two: Organization): Promise<void> {
  const tables = ['"Company"', '"Member"', '"Project"', '"Issue"', '"🐛 re""port\n"', '"Open ""issues"""']
  for (const table of tables) {
    const mine = await one.query(`select count(*)::int as n from tracker.${table}`)
    const both = await two.query(`select count(*)::int as n from tracker.${table}`)
    assert.ok(Number(mine[0]?.['n']) > 0 && Number(both[0]?.['n']) > 0, table)
  }
  const [theirs] = await two.sql<{ id: number; number: number; projectId: number }>`
    select "id", "number", "projectId" from tracker."Issue" where "parentId" is null order by 1 limit 1`
  const [project] = await one.sql<{ id: number }>`select "id" from tracker."Project" limit 1`
  assert.ok(theirs !== undefined && project !== undefined)
  assert.deepEqual(await one.sql`select * from tracker."Issue" where "id" = ${theirs.id}`, [])
  assert.deepEqual(await one.sql`update tracker."Issue" set "title" = 'x' where "id" = ${theirs.id} returning 1`, [])
  assert.deepEqual(await one.sql`delete from tracker."Issue" where "id" = ${theirs.id} returning 1`, [])
  // An id that exists elsewhere and one that exists nowhere are refused with the same words.
  const refusals: string[] = []
  for (const parent of [theirs.id, 999_999_999]) {
    await assert.rejects(
      one.sql`insert into tracker."Issue" ("projectId", "number", "parentId", "title") values (${project.id}, 900001, ${parent}, 'x')`,
      (thrown: Error) => refusals.push(thrown.message) > 0,
    )
  }
  assert.match(refusals[0] ?? '', /foreign key/)
  assert.equal(refusals[0], refusals[1])
  // A key that is taken elsewhere is free here.
  const mail = await two.sql<{ mail: string }>`select "eMail" as mail from tracker."Member" limit 1`
  await one.sql`insert into tracker."Member" ("companyId", "eMail") values (${one.id}, ${mail[0]?.mail})`
  await assert.rejects(
    one.sql`insert into tracker."Member" ("companyId", "eMail") values (${one.id}, ${mail[0]?.mail})`,
    {
      code: '23505',
    },
  )
}
