import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { upheldCommand, type Ended } from './command.ts'
import { openSmall, smallWords, type LegacyDatabase } from './legacies.ts'

suite('between the first step and the last', () => {
  let database: LegacyDatabase
  const adopt = (what: string, killAt?: RegExp): Promise<Ended> =>
    upheldCommand(['adopt', what, '--database', database.adminUrl, ...smallWords], line => killAt?.test(line) === true)
  const organizationsOf = async (tenant: number): Promise<readonly unknown[]> => {
    const { rows } = await database.admin.query(
      `select distinct t.organization_id as id from mid.thing t join mid.box b on b.id = t.box_id where b.tenant = $1`,
      [tenant],
    )
    return rows.map(row => row['id'])
  }

  before(async () => (database = await openSmall()))
  after(() => database.close())

  test('a row without a tenant that is written meanwhile stops the run in words; mended, the run goes on', async () => {
    assert.equal((await adopt('run', /Fill organization_id of the rows that mid\.account/)).code, null)
    await database.admin.query('insert into mid.box values (900, null)')
    const stopped = await adopt('run')
    assert.equal(stopped.code, 70)
    assert.match(stopped.stderr, /adoption\.rows_without_tenant.*1 rows of mid\.box/)
    await database.admin.query('update mid.box set tenant = 2 where id = 900')
    const ended = await adopt('run')
    assert.equal(ended.code, 0, ended.stderr)
  })

  test('a tenant that the old application makes now has its organization at once, in every table', async () => {
    await database.admin.query('insert into mid.account values (77)')
    await database.admin.query('insert into mid.box values (901, 77)')
    await database.admin.query(`insert into mid.thing values (901, 901, 'new'), (902, 901, 'newer')`)
    assert.equal((await organizationsOf(77)).length, 1)
    const { rows } = await database.admin.query(
      'select a.organization_id = b.organization_id as same from mid.account a join mid.box b on b.tenant = a.id where a.id = 77',
    )
    assert.deepEqual(rows, [{ same: true }])
  })

  test('contradictions are refused: another organization by hand, a parent of another tenant, a move', async () => {
    const [other] = await organizationsOf(2)
    const refused = (text: string, ...values: readonly unknown[]): Promise<void> =>
      assert.rejects(database.admin.query(text, values), { code: /^23/ }, text)
    await refused('insert into mid.box (id, tenant, organization_id) values (910, 1, $1)', other)
    await refused('update mid.box set organization_id = $1 where tenant = 1', other)
    await refused('update mid.box set tenant = 2 where tenant = 1')
    await refused(
      'update mid.thing set box_id = (select id from mid.box where tenant = 2 limit 1) where box_id = (select id from mid.box where tenant = 1 limit 1)',
    )
    await refused('insert into mid.box values (911, null)')
    await database.admin.query('update mid.thing set name = $1 where box_id = 1', ['renamed'])
    await database.admin.query('update mid.box set organization_id = null where tenant = 1')
    assert.equal((await database.admin.query('select from mid.box where organization_id is null')).rowCount, 0)
  })

  test('a table that the old application makes meanwhile is adopted by the next run', async () => {
    await database.admin.query(`
      create table mid.tag (id integer primary key, thing_id integer not null references mid.thing, unique (thing_id));
      insert into mid.tag select id, id from mid.thing;`)
    const early = await upheldCommand(['adopt', 'finish', '--database', database.adminUrl, '--yes', database.name])
    assert.match(early.stderr, /adoption\.not_ready.*not done: column mid\.tag/)
    const ended = await adopt('run')
    assert.equal(ended.code, 0, ended.stderr)
    const { rows } = await database.admin.query(
      `select count(*)::int as n, count(*) filter (where g.organization_id = t.organization_id)::int as right
       from mid.tag g join mid.thing t on t.id = g.thing_id`,
    )
    assert.ok(Number(rows[0]?.['n']) > 300)
    assert.equal(rows[0]?.['n'], rows[0]?.['right'])
  })

  test('an organization_id that somebody wrote wrong past the trigger keeps the last step from being done', async () => {
    const [other] = await organizationsOf(2)
    await database.admin.transaction(async tx => {
      await tx.query('set local session_replication_role = replica')
      await tx.query(
        `update mid.tag set organization_id = $1 where id = (select min(id) from mid.tag where organization_id <> $1)`,
        [other],
      )
    })
    const early = await upheldCommand(['adopt', 'finish', '--database', database.adminUrl, '--yes', database.name])
    assert.match(early.stderr, /adoption\.not_ready.*mid\.tag has rows/)
  })
})
