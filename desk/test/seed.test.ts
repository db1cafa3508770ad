import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import type { People } from 'upheld'
import { testPlatform, type TestPlatform } from 'upheld/testing'
import { application } from '../upheld.ts'
import { codeOf, openDeskPeople } from './stage.ts'

/**
 * Of everything that is seeded, but for what is made anew in each system: the ids of organizations and members, and what is
 * sealed. Members stand under their names.
 */
const expected = 'sha256:ce108ace6483cf38d79a58d01633f29a0a834c61228e55d9e690d3f5df47e52e'

const tables: Readonly<Record<string, string>> = {
  account: `select to_jsonb(t) - 'organization_id' as row from desk.account t`,
  member: `select to_jsonb(t) - 'organization_id' - 'id' as row from desk.member t`,
  merchant: `select to_jsonb(t) - 'organization_id' as row from desk.merchant t`,
  merchant_revenue: `select to_jsonb(t) - 'organization_id' as row from desk.merchant_revenue t`,
  contact: `select to_jsonb(t) - 'organization_id' - 'private_note' as row from desk.contact t`,
  conversation: `select to_jsonb(t) - 'organization_id' - 'assigned_member_id' || jsonb_build_object('with', m.name) as row
    from desk.conversation t left join desk.member m on m.id = t.assigned_member_id`,
  message: `select to_jsonb(t) - 'organization_id' - 'author_member_id' || jsonb_build_object('by', m.name) as row
    from desk.message t left join desk.member m on m.id = t.author_member_id`,
  people: `select to_jsonb(p) - 'id' - 'email_verified_at' - 'created_at' || to_jsonb(m.roles) as row
    from upheld_identity.person p left join upheld_access.member m on m.person_id = p.id`,
  override: `select jsonb_build_array(o.permission, o.effect, p.name) as row from upheld_access.override o
    join upheld_access.member m on m.id = o.member_id join upheld_identity.person p on p.id = m.person_id`,
  others: `select jsonb_build_array(k.name, k.scopes) as row from upheld_access.api_key k
    union all select jsonb_build_array(i.email, i.roles) from upheld_access.invitation i
    union all select jsonb_build_array(p.name) from upheld_identity.staff s join upheld_identity.person p on p.id = s.person_id`,
}

async function digestOf({ admin }: TestPlatform): Promise<string> {
  const hash = createHash('sha256')
  await admin.transaction(async tx => {
    await tx.query("set local timezone = 'UTC'")
    for (const [name, text] of Object.entries(tables)) {
      const { rows } = await tx.query(`select row::text from (${text}) t order by row::text collate "C"`)
      for (const { row } of rows) hash.update(`${name} ${String(row)}\n`)
    }
  })
  return `sha256:${hash.digest('hex')}`
}

interface Ground {
  readonly platform: TestPlatform
  readonly people: People
  readonly seed: () => Promise<string>
}

async function withPlatform(work: (ground: Ground) => Promise<void>): Promise<void> {
  const platform = await testPlatform(application)
  const people = openDeskPeople(platform, 'http://localhost:4180')
  try {
    await work({ platform, people, seed: () => application.seed(platform.upheld, people) })
  } finally {
    await people.close()
    await platform.close()
  }
}

suite('the seed', () => {
  test('is the same every time, a second run adds nothing, and the terminal shows a way in for everybody', () =>
    withPlatform(async ({ platform, people, seed }) => {
      const said = await seed()
      assert.equal(said, '3 invented organizations, 1,200 conversations, 10,000 messages')
      assert.equal(await digestOf(platform), expected)
      assert.equal(await seed(), said)
      assert.equal(await digestOf(platform), expected)
      const { rows } = await platform.admin.query(`
        select
          (select count(*)::integer from desk.account) as accounts,
          (select count(*)::integer from desk.conversation) as conversations,
          (select count(*)::integer from desk.message) as messages`)
      assert.deepEqual(rows, [{ accounts: 3, conversations: 1200, messages: 10_000 }])

      const addresses = await platform.admin.query(`
        select email as address from upheld_identity.person union all select email from desk.contact
        union all select email from upheld_access.invitation union all select website from desk.merchant`)
      assert.ok(addresses.rows.length > 700)
      for (const { address } of addresses.rows) {
        assert.match(String(address), /^[a-z0-9.@-]+\.example$/, 'an address that reaches nobody')
      }

      const lines = await application.welcome(platform.upheld, 'http://localhost:4180', people)
      const links = lines.filter(line => /  http:\/\/localhost:4180\/reset\?link=[\w-]{43}$/.test(line))
      for (const who of ['owner', 'admin', 'agent', 'auditor', 'Staff'])
        assert.ok(links.some(line => line.includes(who)))
      const elsewhere = await application.welcome(platform.upheld, 'https://desk.example', people)
      assert.doesNotMatch(elsewhere.join(), /link=/, 'a link is for this machine alone')
    }))

  test('goes on where it was cut off, with no organization in part and nobody twice', () =>
    withPlatform(async ({ platform, seed }) => {
      const cut = seed().then(
        () => 'whole',
        () => 'cut',
      )
      await cutOnceBegun(platform, cut)
      assert.equal(await cut, 'cut')
      const { rows } = await platform.admin.query('select count(*)::integer as n from desk.account')
      assert.ok(Number(rows[0]?.['n']) < 3)
      await seed()
      assert.equal(await digestOf(platform), expected)
    }))

  test('a folder from before Upheld kept the people is refused in words, and stays as it is', () =>
    withPlatform(async ({ platform, seed }) => {
      const old = await platform.upheld.createOrganization()
      await old.sql`
        insert into desk.account (organization_id, name, slug, plan) values (${old.id}, 'Two Herons', 'two-herons', 'starter')`
      await assert.rejects(seed(), thrown => codeOf(thrown) === 'desk.old_people')
      const { rows } = await platform.admin.query('select count(*)::integer as n from upheld_identity.person')
      assert.deepEqual(rows, [{ n: 0 }])
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
