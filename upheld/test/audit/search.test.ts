import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { exportFeed, searchAudit, type AuditQuestion } from '../../src/foundation/audit/search/index.ts'
import type { TestPlatform } from '../../src/testing/index.ts'
import type { Organization } from '../../src/upheld.ts'
import { auditPlatform, byHand, plantEntries, plantLog, timeAt, type Planted } from './stage.ts'

const refusal = (code: string) => (thrown: unknown) =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code

/** Every combination is somewhere among these, and none of them tells another. */
function entryAt(index: number): Planted {
  return {
    action: ['row.insert', 'row.update', 'row.delete', 'session.started', 'sealed.open'][index % 5] ?? '',
    actorType: ['member', 'api-key', 'operator'][index % 3] ?? '',
    actorId: `m-${index % 7}`,
    object: ['clinic.patient', 'clinic.visit'][index % 2] ?? '',
    outcome: index % 11 === 0 ? 'denied' : index % 13 === 0 ? 'failure' : 'success',
    targets: [`t-${index % 4}`],
  }
}

const total = 300

suite('an organization searches its own audit log', () => {
  let platform: TestPlatform
  let acme: Organization
  let other: Organization
  let log: string

  before(async () => {
    platform = await auditPlatform()
    acme = await platform.upheld.createOrganization()
    other = await platform.upheld.createOrganization()
    log = await plantLog(platform, acme)
    await plantEntries(
      platform,
      acme,
      log,
      Array.from({ length: total }, (_, index) => entryAt(index)),
    )
    await plantEntries(platform, other, await plantLog(platform, other), [{ actorId: 'only theirs' }])
  })
  after(() => platform.close())

  const all = async (question: AuditQuestion, of = acme): Promise<number[]> => {
    const seen: number[] = []
    for (let next: string | null | undefined; next !== null;) {
      const page = await searchAudit(of, { limit: 100, ...question, ...(next === undefined ? {} : { after: next }) })
      seen.push(...page.items.map(item => item.index))
      next = page.next
    }
    return seen
  }

  test('by time, actor, action, object, target and outcome, in any combination, newest first', async () => {
    const filters: readonly (readonly [AuditQuestion, (index: number, planted: Planted) => boolean])[] = [
      [{ from: timeAt(40) }, index => index >= 40],
      [{ to: timeAt(250) }, index => index < 250],
      [{ actorType: 'operator' }, (_, { actorType }) => actorType === 'operator'],
      [{ actorId: 'm-3' }, (_, { actorId }) => actorId === 'm-3'],
      [{ action: 'row.update' }, (_, { action }) => action === 'row.update'],
      [{ object: 'clinic.visit' }, (_, { object }) => object === 'clinic.visit'],
      [{ target: 'clinic.patient:t-2' }, (_, one) => one.object === 'clinic.patient' && one.targets?.[0] === 't-2'],
      [{ outcome: 'denied' }, (_, { outcome }) => outcome === 'denied'],
    ]
    const places = Array.from({ length: total }, (_, index) => total - 1 - index)
    let tried = 0
    for (let chosen = 0; chosen < 2 ** filters.length; chosen += 1) {
      const some = filters.filter((_, bit) => (chosen >> bit) & 1)
      if (some.length > 3 && some.length < filters.length) continue
      const expected = places.filter(index => some.every(([, holds]) => holds(index, entryAt(index))))
      const question = some.reduce<AuditQuestion>((all, [part]) => ({ ...all, ...part }), {})
      assert.deepEqual(await all(question), expected, JSON.stringify(question))
      tried += 1
    }
    assert.equal(tried, 94)
  })

  test('bounds of time are sharp: from takes its moment in, to leaves it out', async () => {
    assert.deepEqual(await all({ from: timeAt(10), to: timeAt(12) }), [11, 10])
    assert.deepEqual(await all({ from: timeAt(10), to: timeAt(10) }), [])
    assert.deepEqual(await all({ from: timeAt(total + 9) }), [])
    assert.deepEqual(await all({ to: timeAt(-9) }), [])
  })

  test('a page stays where it was while new entries arrive', async () => {
    const first = await searchAudit(acme, { limit: 3, actorId: 'm-1' })
    await plantEntries(platform, other, await logOf(other), [{ actorId: 'm-1' }])
    const own = await platform.upheld.createOrganization()
    const ownLog = await plantLog(platform, own)
    await plantEntries(
      platform,
      own,
      ownLog,
      Array.from({ length: 10 }, (_, index) => entryAt(index)),
    )
    const before = await searchAudit(own, { limit: 4 })
    await plantEntries(
      platform,
      own,
      ownLog,
      Array.from({ length: 10 }, (_, index) => entryAt(index)),
    )
    const second = await searchAudit(own, { limit: 4, after: before.next ?? '' })
    assert.deepEqual(
      [...before.items, ...second.items].map(item => item.index),
      [9, 8, 7, 6, 5, 4, 3, 2],
    )
    assert.equal(second.size, 20)
    assert.equal(first.items.length, 3)
  })

  const logOf = async (of: Organization): Promise<string> => {
    const { rows } = await platform.admin.query(
      'select max(id) as id from upheld_audit.log where organization_id = $1',
      [of.id],
    )
    return String(rows[0]?.['id'])
  }

  test('a log that had to begin anew goes on in the one before it', async () => {
    const own = await platform.upheld.createOrganization()
    const old = await plantLog(platform, own)
    await plantEntries(
      platform,
      own,
      old,
      Array.from({ length: 3 }, (_, index) => entryAt(index)),
    )
    await platform.admin.query('update upheld_audit.log set closed_at = now() where id = $1', [old])
    const young = await plantLog(platform, own, 1)
    await plantEntries(
      platform,
      own,
      young,
      Array.from({ length: 2 }, (_, index) => entryAt(index)),
    )
    const pages = []
    for (let next: string | null | undefined; next !== null;) {
      const page = await searchAudit(own, { limit: 2, ...(next === undefined ? {} : { after: next }) })
      pages.push(page.items.map(item => `${item.origin.slice(-1)}#${item.index}`))
      next = page.next
    }
    assert.deepEqual(pages, [['1#1', '1#0'], ['0#2', '0#1'], ['0#0']])
  })

  test('an organization without a log yet has an empty one', async () => {
    const own = await platform.upheld.createOrganization()
    assert.deepEqual(await searchAudit(own), { items: [], next: null, size: 0, signedAt: null })
  })

  test('what cannot be understood is refused with a code, and nothing of it is shown', async () => {
    const bad: readonly object[] = [
      { limit: 0 },
      { limit: 101 },
      { limit: 1.5 },
      { colour: 'red' },
      { actorId: '' },
      { actorId: 'x'.repeat(101) },
      { actorId: 'nul\0' },
      { actorId: '\ud800' },
      { outcome: "denied' or true" },
      { from: new Date(NaN) },
      { from: timeAt(2), to: timeAt(1) },
      { after: 'x'.repeat(101) },
    ]
    for (const question of bad)
      await assert.rejects(async () => {
        await Reflect.apply(searchAudit, undefined, [acme, question])
      }, refusal('audit_search.bad_search'))
    const cursors = [
      '!',
      'bm8',
      Buffer.from('[9,1]').toString('base64url'),
      Buffer.from('[0,-1]').toString('base64url'),
    ]
    for (const cursor of cursors)
      await assert.rejects(searchAudit(acme, { after: cursor }), refusal('audit_search.bad_cursor'))
    const far = Buffer.from('[0,9007199254740991]').toString('base64url')
    assert.equal((await searchAudit(acme, { after: far, limit: 1 })).items[0]?.index, total - 1)
  })

  test('words that look like SQL find nothing and change nothing', async () => {
    for (const word of ["' or true --", '%', '*', '\\', '$1', "m-1'; drop table upheld_audit.leaf; --"])
      assert.deepEqual(await all({ actorId: word, action: word, object: word, target: word }), [])
    assert.equal((await all({})).length, total)
  })

  test('every reading is itself an entry, with who read and how much, without what was looked for', async () => {
    const count = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
      (
        await platform.admin.query(`select body from upheld_audit.pending where organization_id = $1 order by seq`, [
          acme.id,
        ])
      ).rows
    const before = (await count()).length
    const reader = acme.as({ type: 'member', id: 'm-9', purpose: 'support-desk', request: 'r-1' })
    await searchAudit(reader, { actorId: 'm-secret', limit: 2 })
    const page = await searchAudit(reader, { limit: 2 })
    await searchAudit(reader, { limit: 2, after: page.next ?? '' })
    const noted = (await count()).slice(before).map(row => row['body'])
    const who = { actor: { type: 'member', id: 'm-9' }, purpose: 'support-desk', request: 'r-1', outcome: 'success' }
    assert.deepEqual(noted, [
      { ...who, action: 'audit.read', detail: { entries: 0, filters: ['actorId'] } },
      { ...who, action: 'audit.read', detail: { entries: 2, filters: [] } },
      { ...who, action: 'audit.read', detail: { entries: 2, filters: [] } },
    ])
    await assert.rejects(searchAudit(reader, { after: '!' }))
    assert.equal((await count()).length, before + 3, 'what was refused has read nothing')
  })

  test('attack 18: nobody but the organization itself reads its entries', async () => {
    assert.deepEqual(await all({ actorId: 'only theirs' }), [])
    assert.equal((await all({}, other)).length, 2)
    const statement = 'select index from upheld_audit.leaf where organization_id is not null'
    const seen = await byHand(platform, other, client => client.query(statement))
    assert.equal(seen.rows.length, 2, 'its own, although nothing in the statement says so')
    for (const named of ['leaf', 'log', 'mention', 'disclosure']) {
      const foreign = await byHand(platform, other, client =>
        client.query(`select 1 from upheld_audit.${named} where organization_id = $1`, [acme.id]),
      )
      assert.deepEqual(foreign.rows, [], named)
    }
    await assert.rejects(
      byHand(platform, other, client => client.query('select 1 from upheld_audit.pending')),
      /permission denied/,
    )
    const words: Record<string, string> = {}
    for (const login of ['app', 'migrate', 'proof', 'page', 'record'] as const) {
      const client = new pg.Client(platform.urls[login])
      await client.connect()
      words[login] = await client.query(statement).then(
        ({ rows }) => `${rows.length} rows`,
        (error: unknown) => (error instanceof Error ? error.message : ''),
      )
      await client.end()
    }
    assert.match(words['app'] ?? '', /upheld: no_context/)
    assert.match(words['migrate'] ?? '', /permission denied/)
    assert.match(words['proof'] ?? '', /permission denied/)
    assert.match(words['record'] ?? '', /^\d{3} rows$/, 'the recorder writes the logs of all')
    assert.match(words['page'] ?? '', /^0 rows$/, 'the page sees anchor logs, and those are of nobody')
  })

  test('staff reads nothing of the log: no search, no export, with a grant or without', async () => {
    assert.throws(() => acme.as({ type: 'staff', id: 's-1', purpose: 'support' }), { code: 'tenancy.no_grant' })
    const grant = { id: randomUUID(), writes: true }
    await platform.admin.query(
      `insert into upheld_guard.support_grant (id, organization_id, staff_id, writes, expires_at, statement, signature)
       values ($1, $2, 's-1', true, now() + interval '1 hour', '{}', $3)`,
      [grant.id, acme.id, randomBytes(64)],
    )
    const staff = acme.as({ type: 'staff', id: 's-1', purpose: 'support', grant })
    await assert.rejects(searchAudit(staff), { code: 'audit_search.no_grant' })
    await assert.rejects(exportFeed(staff, { format: 'ocsf', to: '-' }), { code: 'audit_search.no_grant' })
  })

  test('no login writes down a reading that was not one, for somebody else, or without saying who', async () => {
    const note = "select upheld.note_reading('audit.read', '{}')"
    await assert.rejects(
      byHand(platform, acme, client => client.query(note)),
      /upheld: no_actor/,
    )
    for (const [action, about] of [
      ['row.delete', '{}'],
      ['audit.read', '[]'],
      ['audit.read', '{"a":1.5}'],
      ['audit.read', `{"a":"${'x'.repeat(2100)}"}`],
      ['audit.read', '{"a":1,"a":2}'],
    ])
      await assert.rejects(
        acme.query('select upheld.note_reading($1, $2::json)', [action, about]),
        /bad_event|not understood|reading/,
      )
  })
})
