import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { z } from 'zod'
import { openStage, refusal, type Stage } from './stage.ts'

const pageOf = z.strictObject({ items: z.array(z.looseObject({ id: z.string() })), next: z.string().nullable() })
const withId = z.looseObject({ id: z.string() })

suite('the API', () => {
  let stage: Stage
  let house: Organization
  let key: string
  before(async () => {
    stage = await openStage()
    house = stage.organization('harrowgate')
    key = await stage.key(house)
  })
  after(() => stage.close())

  const get = async (path: string) => stage.api('GET', `/api/v1${path}`, { key })

  async function walk(path: string): Promise<string[]> {
    const ids: string[] = []
    for (let next: string | null = ''; next !== null;) {
      const { status, body } = await get(
        `${path}${path.includes('?') ? '&' : '?'}${next === '' ? '' : `after=${next}`}`,
      )
      assert.equal(status, 200)
      const read = pageOf.parse(body)
      ids.push(...read.items.map(item => item.id))
      next = read.next
    }
    return ids
  }

  test('page by page, every list gives everything once and in order', async () => {
    const inOrder = async (rows: Promise<{ id: string }[]>) => (await rows).map(row => row.id)
    const lists: readonly (readonly [path: string, rows: Promise<{ id: string }[]>])[] = [
      ['/conversations?limit=97', house.sql`select id from desk.conversation order by last_message_at desc, id desc`],
      [
        '/conversations?status=open',
        house.sql`select id from desk.conversation where status = 'open' order by last_message_at desc, id desc`,
      ],
      ['/contacts?limit=100', house.sql`select id from desk.contact order by name, id`],
      ['/merchants?limit=7', house.sql`select id from desk.merchant order by name, id`],
      [
        '/members?limit=1',
        stage.people.identity.presentMembers(house.id, { limit: 100 }).then(all => all.map(({ id }) => ({ id }))),
      ],
    ]
    for (const [path, rows] of lists) {
      const found = await walk(path)
      assert.ok(found.length > 1, path)
      assert.deepEqual(found, await inOrder(rows), path)
    }
  })

  test('messages are read oldest first, page by page', async () => {
    const [longest] = await house.sql<{ id: string; messages: number }>`
      select id, messages from desk.inbox order by messages desc, id limit 1`
    assert.ok(longest && longest.messages > 10)
    const rows = await house.sql<{ id: string }>`
      select id from desk.message where conversation_id = ${longest.id} order by created_at, id`
    assert.deepEqual(
      await walk(`/conversations/${longest.id}/messages?limit=4`),
      rows.map(row => row.id),
    )
  })

  test('conversations of one moment do not fall between two pages', async () => {
    const other = stage.organization('two-herons')
    await other.sql`update desk.conversation set last_message_at = '2026-01-01T00:00:00.123Z'`
    const otherKey = await stage.key(other)
    const ids = new Set<string>()
    for (let next: string | null = ''; next !== null;) {
      const { body } = await stage.api('GET', `/api/v1/conversations?limit=50${next && `&after=${next}`}`, {
        key: otherKey,
      })
      const read = pageOf.parse(body)
      for (const item of read.items) ids.add(item.id)
      next = read.next
    }
    assert.equal(ids.size, 120)
  })

  test('a conversation from its first word to its end', async () => {
    const [contact] = await house.sql<{ id: string; merchant_id: string }>`
      select id, merchant_id from desk.contact where merchant_id is not null limit 1`
    const member = await stage.memberId(house, 'agent')
    assert.ok(contact)
    const made = await stage.api('POST', '/api/v1/conversations', {
      key,
      body: { contact_id: contact.id, subject: '  Where is it? ', body: 'I wait.' },
    })
    assert.equal(made.status, 201)
    const { id } = withId.parse(made.body)
    const path = `/conversations/${id}`
    const seen = async () => z.looseObject({}).parse((await get(path)).body)
    const first = await seen()
    assert.deepEqual(
      [first['subject'], first['status'], first['messages'], first['merchant_id'], first['assigned_member_id']],
      ['Where is it?', 'open', 1, contact.merchant_id, null],
    )
    const send = (method: string, at: string, body: object) => stage.api(method, `/api/v1${at}`, { key, body })
    assert.equal((await send('POST', `${path}/messages`, { body: 'On its way.', member_id: member })).status, 201)
    assert.equal((await seen())['status'], 'pending')
    assert.equal((await send('PATCH', path, { status: 'closed', assigned_member_id: member })).status, 200)
    assert.deepEqual([(await seen())['status'], (await seen())['assigned_member_id']], ['closed', member])
    assert.equal((await send('POST', `${path}/messages`, { body: 'It came broken.' })).status, 201)
    assert.deepEqual([(await seen())['status'], (await seen())['messages']], ['open', 3])
    await send('PATCH', path, { assigned_member_id: null })
    assert.deepEqual([(await seen())['status'], (await seen())['assigned_member_id']], ['open', null])
    const { body } = await get(`${path}/messages`)
    assert.deepEqual(
      pageOf.parse(body).items.map(item => [item['author_kind'], item['body']]),
      [
        ['contact', 'I wait.'],
        ['member', 'On its way.'],
        ['contact', 'It came broken.'],
      ],
    )
    const top = pageOf.parse((await get('/conversations?limit=1')).body)
    assert.equal(top.items[0]?.id, id, 'what moved last stands on top')
  })

  test('a contact is made, changed in part, and deleted; one with conversations stays', async () => {
    const made = await stage.api('POST', '/api/v1/contacts', {
      key,
      body: { name: 'Ada Quince', email: 'Ada.QUINCE@post.example', phone: '+44 1632 960111' },
    })
    assert.equal(made.status, 201)
    const { id } = withId.parse(made.body)
    const change = await stage.api('PATCH', `/api/v1/contacts/${id}`, { key, body: { phone: null } })
    const { name, email, phone } = z.looseObject({}).parse(change.body)
    assert.deepEqual([name, email, phone], ['Ada Quince', 'ada.quince@post.example', null])
    const gone = await stage.api('DELETE', `/api/v1/contacts/${id}`, { key })
    assert.deepEqual([gone.status, gone.body], [200, { id, deleted: true }])
    assert.equal((await get(`/contacts/${id}`)).status, 404)
    const [busy] = await house.sql<{ id: string }>`select contact_id as id from desk.conversation limit 1`
    const kept = await stage.api('DELETE', `/api/v1/contacts/${busy?.id ?? ''}`, { key })
    assert.deepEqual([kept.status, refusal.parse(kept.body).error.code], [409, 'desk.contact_in_use'])
  })

  test('a merchant tells twelve months in whole smallest units', async () => {
    const [merchant] = await house.sql<{ id: string; currency: string }>`select id, currency from desk.merchant limit 1`
    assert.ok(merchant)
    const { body } = await get(`/merchants/${merchant.id}/revenue`)
    const read = z
      .strictObject({
        currency: z.literal(merchant.currency),
        months: z.array(z.strictObject({ month: z.string(), orders: z.int(), revenue_minor: z.int() })).length(12),
      })
      .parse(body)
    assert.deepEqual([read.months[0]?.month, read.months[11]?.month], ['2025-11', '2026-10'])
  })

  test('the account is read and renamed, and only this one', async () => {
    const named = await stage.api('PATCH', '/api/v1/account', { key, body: { name: 'Renamed' } })
    assert.equal(z.looseObject({}).parse(named.body)['name'], 'Renamed')
    const { rows } = await stage.platform.admin.query('select slug from desk.account where name = $1', ['Renamed'])
    assert.deepEqual(rows, [{ slug: 'harrowgate' }])
  })

  test('a broken key and a key that nobody made are refused alike', async () => {
    const none = await stage.api('GET', '/api/v1/account')
    assert.deepEqual([none.status, refusal.parse(none.body).error.code], [401, 'keys.missing'])
    assert.equal(none.headers.get('www-authenticate'), 'Bearer')
    const wrong = [
      `${key}x`,
      key.slice(0, -1),
      `${key.slice(0, -1)}${key.endsWith('A') ? 'E' : 'A'}`,
      key.slice(-43),
      'upk__',
      key.toUpperCase(),
    ]
    assert.match(key, /^upk_[0-9a-f]{32}_/)
    const nil = key.replace(/_[0-9a-f]{32}_/, `_${'0'.repeat(32)}_`)
    const unknown = key.replace(/_[0-9a-f]{32}_/, `_${'1'.repeat(32)}_`)
    for (const tried of [...wrong, nil, unknown]) {
      const answer = await stage.api('GET', '/api/v1/account', { key: tried })
      assert.deepEqual([answer.status, refusal.parse(answer.body).error.code], [401, 'keys.unknown'], tried)
    }
  })

  test('what is not there is a coded 404', async () => {
    const answer = await get('/nothing')
    assert.deepEqual([answer.status, refusal.parse(answer.body).error.code], [404, 'desk.not_found'])
  })
})
