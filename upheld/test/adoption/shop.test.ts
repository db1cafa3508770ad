import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { readContextKey } from '../../src/adapters/keys/index.ts'
import { organizationId } from '../../src/core/ids.ts'
import { upheld } from '../../src/index.ts'
import { oldApplication } from './at-work.ts'
import { upheldCommand } from './command.ts'
import { countRows, openLegacy, openState, shop, words, wrongRows, type LegacyDatabase } from './legacies.ts'

/** One for each kind of step, by how its line begins; and one in the middle of the batches. */
const killedAt = [
  /Add organization_id to shop\.products/,
  /Fill organization_id of the rows that shop\.order_items/,
  /\d+%, \d+ rows/,
  /From now on shop\.orders /,
  /Read shop\.order_items once, to see that every row/,
  /organization_id of shop\.ledger becomes NOT NULL/,
  /Build the unique key of shop\.one_email/,
  /Build the unique key of shop\.orders_pkey anew on shop\.orders_2026_h1/,
  /Begin the unique key/,
  /Join the unique key of shop\.orders_2025/,
  /Add orders_customer of shop\.orders_2024 anew/,
  /Read shop\.order_items once, to see that its references/,
  /Add orders_customer of shop\.orders anew/,
]

suite(
  'a shop of 635,000 rows is adopted while its old application works and the adoption is killed thirteen times',
  () => {
    let database: LegacyDatabase
    let state: Awaited<ReturnType<typeof openState>>
    let rowsBefore: number

    before(async () => {
      database = await openLegacy(shop, shop.full.n)
      rowsBefore = await countRows(database.admin, shop.schemas)
      state = await openState()
    })
    after(async () => {
      await database.close()
      state.close()
    })

    test('killed with -9 at every kind of step it goes on to the end, no old statement fails, and no row is lost or wrong', async t => {
      assert.ok(rowsBefore >= shop.full.rows, `${rowsBefore}`)
      const old = await oldApplication(shop, database)
      const waiting = [...killedAt]
      const run = ['adopt', 'run', '--database', database.adminUrl, ...words(shop), '--pause-ms', '0']
      for (let runs = 1; ; runs++) {
        const ended = await upheldCommand(run, line => {
          const at = waiting.findIndex(form => form.test(line))
          if (at >= 0) waiting.splice(at, 1)
          return at >= 0
        })
        if (ended.code === null) continue
        assert.equal(ended.code, 0, ended.stderr)
        assert.equal(runs, killedAt.length + 1)
        break
      }
      const { statements, longestMs, failures, kept } = await old.stop()
      t.diagnostic(`${statements} old statements, the longest ${Math.round(longestMs)} ms, ${kept.length} rows kept`)
      assert.deepEqual(failures, [])
      assert.deepEqual(waiting, [])
      assert.ok(statements > 500, `${statements}`)
      assert.deepEqual(await wrongRows(database.admin, shop), [0, 0, 0, 0, 0, 0])
      const { rows } = await database.admin.query('select email from shop.customers where email = any ($1)', [kept])
      assert.equal(rows.length, kept.length)
      const { rows: old2 } = await database.admin.query(
        `select (select count(*) from shop.customers where email ~ '^customer') + (select count(*) from shop.ledger where id <= $1 / 5)
         + (select count(*) from shop.orders where id <= $1 / 4) as n`,
        [shop.full.n],
      )
      assert.equal(Number(old2[0]?.['n']), shop.full.n / 25 + shop.full.n / 5 + shop.full.n / 4)
    })

    test('the last step wants the name of the database, closes the tables for a moment, and leaves no fault', async t => {
      const finish = ['adopt', 'finish', '--database', database.adminUrl, '--state', state.folder]
      const unconfirmed = await upheldCommand(finish)
      assert.equal(unconfirmed.code, 70)
      assert.match(unconfirmed.stderr, /adoption\.not_confirmed/)
      const ended = await upheldCommand([...finish, '--yes', database.name, '--json'])
      assert.equal(ended.code, 0, ended.stderr)
      const answer = z
        .object({ tables: z.number(), organizations: z.number(), closedMs: z.number() })
        .parse(JSON.parse(ended.stdout))
      t.diagnostic(`closed for ${answer.closedMs} ms`)
      assert.equal(answer.tables, 6)
      assert.ok(answer.organizations > 50)
      assert.deepEqual((await database.admin.query('select * from upheld_guard.faults()')).rows, [])
      const again = await upheldCommand([...finish, '--yes', database.name])
      assert.match(again.stderr, /adoption\.already_finished/)
      const undo = await upheldCommand(['adopt', 'undo', '--database', database.adminUrl])
      assert.match(undo.stderr, /adoption\.already_finished/)
    })

    test('then the application works through the handle, and an organization sees its own rows alone', async () => {
      const { rows } = await database.admin.query(
        'select tenant, organization as id from upheld_adoption.organization where tenant in ($1, $2) order by tenant',
        ['1', '2'],
      )
      const [one, two] = rows.map(row => organizationId(String(row['id'])))
      assert.ok(one !== undefined && two !== undefined)
      const key = readContextKey(join(state.folder, 'keys', 'context.key'))
      const databaseUrl = database.urlFor('upheld_app', state.password)
      const app = upheld({ databaseUrl, contextKeyFile: 'in memory' }, { contextKeys: { current: () => key } })
      const acme = app.organization(one)
      try {
        assert.deepEqual(await acme.sql`select distinct account_id::int as account_id from shop.orders`, [
          { account_id: 1 },
        ])
        await acme.sql`insert into shop.customers (account_id, email, country) values (1, 'new@shop.example', 'NL')`
        assert.deepEqual(await acme.sql`select organization_id from shop.customers where email = 'new@shop.example'`, [
          { organization_id: one },
        ])
        // The same address in another organization: it was refused before, and told that somebody else has it.
        await app.organization(two)
          .sql`insert into shop.customers (account_id, email, country) values (2, 'new@shop.example', 'NL')`
        await assert.rejects(
          acme.sql`insert into shop.customers (account_id, email, country) values (2, 'x@shop.example', 'NL')`,
          { code: '23503' },
        )
        await assert.rejects(
          acme.sql`insert into shop.customers (organization_id, account_id, email, country) values (${two}, 2, 'x@shop.example', 'NL')`,
          { code: '42501' },
        )
        await assert.rejects(
          acme.sql`insert into shop.orders (account_id, customer_id, placed_on) select 1, 2, '2024-02-02'`,
          { code: '23503' },
        )
        assert.deepEqual(await acme.sql`select count(*)::int as n from shop.order_totals where account_id <> 1`, [
          { n: 0 },
        ])
        assert.deepEqual(await acme.sql`select name from shop_shared.country where code = 'PT'`, [{ name: 'Portugal' }])
        assert.deepEqual(await acme.sql`delete from shop.accounts where id = 2 returning id`, [])
      } finally {
        await app.close()
      }
    })
  },
)
