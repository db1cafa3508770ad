import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { z } from 'zod'
import { openStage, refusal, type Stage } from './stage.ts'

const shop = 'https://shop.example'
const conversationForm = z.strictObject({
  id: z.uuid(),
  subject: z.string(),
  status: z.enum(['open', 'pending', 'closed']),
  messages: z.array(z.strictObject({ from: z.enum(['you', 'us']), body: z.string(), created_at: z.iso.datetime() })),
})
const words = { name: 'Ada Quince', email: 'Ada@post.example', subject: 'Where is it?', body: 'I wait.' }

suite('visitors of the widget on a customer’s own site', () => {
  let stage: Stage
  let house: Organization
  before(async () => {
    stage = await openStage()
    house = stage.organization('lumen-yard')
  })
  after(() => stage.close())

  /** As the page of the shop gets it. */
  async function token(organization = house): Promise<string> {
    const path = `/visitors?organization=${organization.id}`
    const answer = await fetch(stage.origin + path, { method: 'POST', headers: { origin: shop } })
    assert.equal(answer.status, 201)
    return z.looseObject({ token: z.string() }).parse(await answer.json()).token
  }

  async function send(method: 'GET' | 'POST', path: string, bearer: string | undefined, from: string | null = shop) {
    const headers = new Headers(from === null ? {} : { origin: from })
    if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
    if (method === 'POST') headers.set('content-type', 'application/json')
    const body = method === 'POST' ? JSON.stringify(words) : null
    const answer = await fetch(`${stage.origin}/widget/conversations${path}`, { method, headers, body })
    const read: unknown = await answer.json()
    return { status: answer.status, headers: answer.headers, body: read }
  }
  const codeIn = (body: unknown): string => refusal.parse(body).error.code

  test('somebody begins a conversation, the desk answers, and they read it', async () => {
    const mine = await token()
    const begun = await send('POST', '', mine)
    assert.equal(begun.status, 201)
    const { id, messages } = conversationForm.parse(begun.body)
    assert.deepEqual(
      messages.map(({ from, body }) => [from, body]),
      [['you', 'I wait.']],
    )
    const agent = await stage.signIn(house, 'agent')
    assert.match(await (await stage.page(`/conversations/${id}`, agent)).text(), /Ada Quince/)
    assert.equal((await stage.form(`/conversations/${id}/reply`, agent, { body: 'On its way.' })).status, 303)
    const read = conversationForm.parse((await send('GET', `/${id}`, mine)).body)
    assert.deepEqual(
      [read.status, ...read.messages.map(({ from }) => from)],
      ['pending', 'you', 'us'],
      'who answered has no name there',
    )
    const [row] = await house.sql<{ visitor: string; email: string }>`
      select contact.visitor, contact.email from desk.contact
      join desk.conversation on conversation.contact_id = contact.id where conversation.id = ${id}`
    assert.match(row?.visitor ?? '', /^anonymous:[0-9a-f-]{36}$/)
    assert.equal(row?.email, 'ada@post.example')
  })

  test('one visitor is one contact, whatever they call themselves, and takes over nobody who has their address', async () => {
    const mine = await token()
    const count = async () => (await house.sql`select id from desk.contact where email = 'ada@post.example'`).length
    const before = await count()
    await send('POST', '', mine)
    await send('POST', '', mine)
    assert.equal(await count(), before + 1)
  })

  test('another visitor, and a member’s conversation: not there', async () => {
    const { id } = conversationForm.parse((await send('POST', '', await token())).body)
    const [other] = await house.sql<{ id: string }>`
      select conversation.id from desk.conversation join desk.contact on contact.id = conversation.contact_id
      where contact.visitor is null limit 1`
    const thief = await token()
    for (const tried of [id, other?.id ?? '', '00000000-0000-4000-8000-000000000000']) {
      const { status, body } = await send('GET', `/${tried}`, thief)
      assert.deepEqual([status, codeIn(body)], [404, 'desk.not_found'])
    }
  })

  test('a token on another page, without one, in another organization’s house, and none at all', async () => {
    const mine = await token()
    const { id } = conversationForm.parse((await send('POST', '', mine)).body)
    for (const from of ['https://elsewhere.example', 'null', `${shop}.elsewhere.example`, stage.origin, null]) {
      assert.equal((await send('GET', `/${id}`, mine, from)).status, 403, String(from))
    }
    assert.equal((await send('GET', `/${id}`, undefined)).status, 401)
    const theirs = await token(stage.organization('two-herons'))
    assert.equal((await send('GET', `/${id}`, theirs)).status, 404)
  })

  test('neither a session nor a key is a visitor, and a visitor is neither', async () => {
    const mine = await token()
    const key = await stage.key(house)
    assert.equal((await send('POST', '', key)).status, 401)
    const answer = await fetch(`${stage.origin}/widget/conversations`, {
      method: 'POST',
      headers: { cookie: await stage.signIn(house, 'owner'), origin: stage.origin, 'content-type': 'application/json' },
      body: JSON.stringify(words),
    })
    assert.equal(answer.status, 401)
    assert.equal((await stage.api('GET', '/api/v1/contacts', { key: mine })).status, 401)
    assert.equal((await stage.page('/', `session=${mine}; organization=${house.id}`)).status, 303)
  })

  test('the server of a customer says who somebody is, and two devices of one person see the same', async () => {
    const key = await stage.key(house, ['visitor.vouch'])
    const vouched = async () => {
      const answer = await fetch(`${stage.origin}/visitors/assert`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ visitor: '4711', origin: shop }),
      })
      assert.equal(answer.status, 201)
      return z.looseObject({ token: z.string() }).parse(await answer.json()).token
    }
    const { id } = conversationForm.parse((await send('POST', '', await vouched())).body)
    assert.equal((await send('GET', `/${id}`, await vouched())).status, 200)
    const [row] = await house.sql<{ visitor: string }>`
      select contact.visitor from desk.contact join desk.conversation on conversation.contact_id = contact.id
      where conversation.id = ${id}`
    assert.equal(row?.visitor, 'known:4711')
  })

  test('a registered page is let in by the browser, and no other page reads what it is told', async () => {
    const mine = await token()
    const { id } = conversationForm.parse((await send('POST', '', mine)).body)
    const named = `?organization=${house.id}`
    const ask = (path: string, from: string) =>
      fetch(`${stage.origin}/widget/conversations${path}`, { method: 'OPTIONS', headers: { origin: from } })
    const asked = await ask(named, shop)
    assert.equal(asked.status, 204)
    assert.equal(asked.headers.get('access-control-allow-methods'), 'POST')
    assert.match(asked.headers.get('access-control-allow-headers') ?? '', /authorization/)
    const shared = [asked, await send('GET', `/${id}${named}`, mine), await send('GET', `/${id}${named}`, 'none')]
    for (const { headers } of shared) {
      assert.equal(headers.get('access-control-allow-origin'), shop)
      assert.equal(headers.get('access-control-allow-credentials'), null)
      assert.match(headers.get('vary') ?? '', /origin/i)
    }
    const elsewhere = 'https://elsewhere.example'
    const kept = [
      await ask(named, elsewhere),
      await ask('', shop),
      await ask('?organization=x', shop),
      await ask(`?organization=${stage.organization('harrowgate').id}`, elsewhere),
      await send('GET', `/${id}${named}`, mine, elsewhere),
      await send('GET', `/${id}`, mine),
    ]
    for (const { headers } of kept) assert.equal(headers.get('access-control-allow-origin'), null)
    assert.equal((await send('GET', `/${id}?organization=${stage.organization('harrowgate').id}`, mine)).status, 403)
    assert.equal((await send('GET', `/${id}?organization=x`, mine)).status, 404)
    assert.equal((await send('GET', `/${id}?colour=red`, mine)).status, 400)
  })
})
