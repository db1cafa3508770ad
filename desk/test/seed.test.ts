import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { testPlatform, type TestPlatform } from 'upheld/testing'
import { application } from '../upheld.ts'

/** Of everything that is seeded, but for the organizations' ids and what is sealed: both are made anew in each system. */
const expected = 'sha256:2771abb74b2be6d666715845be107eae8915afef9b393bacd764fa89ea1d4a5d'

async function digestOf({ admin }: TestPlatform): Promise<string> {
  const hash = createHash('sha256')
  await admin.transaction(async tx => {
    await tx.query("set local timezone = 'UTC'")
    for (const table of ['account', 'member', 'merchant', 'merchant_revenue', 'contact', 'conversation', 'message']) {
      const { rows } = await tx.query(`
        select (to_jsonb(t) - 'organization_id' - 'private_note')::text as row from desk.${table} t
        order by (to_jsonb(t) - 'organization_id' - 'private_note')::text collate "C"`)
      for (const { row } of rows) hash.update(`${table} ${String(row)}\n`)
    }
  })
  return `sha256:${hash.digest('hex')}`
}

async function withPlatform(work: (platform: TestPlatform) => Promise<void>): Promise<void> {
  const platform = await testPlatform(application)
  try {
    await work(platform)
  } finally {
    await platform.close()
  }
}

suite('the seed', () => {
  test('is the same every time, and a second run adds nothing', () =>
    withPlatform(async platform => {
      const said = await application.seed(platform.upheld)
      assert.equal(said, '3 invented organizations, 1,200 conversations, 10,000 messages')
      assert.equal(await digestOf(platform), expected)
      assert.equal(await application.seed(platform.upheld), said)
      assert.equal(await digestOf(platform), expected)
      const { rows } = await platform.admin.query(`
        select
          (select count(*)::integer from desk.account) as accounts,
          (select count(*)::integer from desk.conversation) as conversations,
          (select count(*)::integer from desk.message) as messages`)
      assert.deepEqual(rows, [{ accounts: 3, conversations: 1200, messages: 10_000 }])
    }))

  test('every name has an address that reaches nobody', () =>
    withPlatform(async platform => {
      await application.seed(platform.upheld)
      const { rows } = await platform.admin.query(`
        select email as address from desk.member union all select email from desk.contact
        union all select website from desk.merchant`)
      assert.ok(rows.length > 700)
      for (const { address } of rows) assert.match(String(address), /^[a-z0-9.@-]+\.example$/)
    }))

  test('goes on where it was cut off, with no organization in part', () =>
    withPlatform(async platform => {
      const cut = application.seed(platform.upheld).then(
        () => 'whole',
        () => 'cut',
      )
      await cutOnceBegun(platform, cut)
      assert.equal(await cut, 'cut')
      const { rows } = await platform.admin.query('select count(*)::integer as n from desk.account')
      assert.ok(Number(rows[0]?.['n']) < 3)
      await application.seed(platform.upheld)
      assert.equal(await digestOf(platform), expected)
    }))
})

/**
 * Ends the application's connections as soon as one has rows that are not committed, until the seed has ended: what is
 * written beside it, such as that a key was made, goes on without.
 */
async function cutOnceBegun({ admin }: TestPlatform, seed: Promise<unknown>): Promise<void> {
  const ended = new AbortController()
  void seed.then(() => ended.abort())
  while (!ended.signal.aborted) {
    await admin.query(`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename = 'upheld_app' and backend_xid is not null`)
  }
}
