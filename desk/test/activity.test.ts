import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { logEverything } from 'upheld/testing'
import { verifyAuditBundle } from 'upheld/verify'
import { z } from 'zod'
import { openStage, refusal, type Stage } from './stage.ts'

const listForm = z.strictObject({
  items: z.array(
    z.strictObject({
      origin: z.string(),
      index: z.int(),
      hash: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
      entry: z.looseObject({
        action: z.string(),
        actor: z.strictObject({ type: z.string(), id: z.string() }),
        request: z.string().optional(),
        object: z.string().optional(),
        received_at: z.iso.datetime(),
      }),
    }),
  ),
  next: z.string().nullable(),
  size: z.int(),
  signed_at: z.iso.datetime().nullable(),
})

suite('an account reads its own activity', () => {
  let stage: Stage
  let house: Organization
  let cookie: string
  let key: string
  let owner: string
  before(async () => {
    stage = await openStage()
    house = stage.organization('harrowgate')
    cookie = await stage.signIn(house, 'owner')
    await stage.page('/', cookie)
    owner = await stage.memberId(house, 'owner')
    key = await stage.key(house)
    await stage.form('/contacts', cookie, { name: 'Ada Quince', email: 'ada@post.example', phone: '', merchant_id: '' })
    await stage.api('POST', '/api/v1/contacts', { key, body: { name: 'Bo Reed', email: 'bo@post.example' } })
    await logEverything(stage.platform)
  })
  after(() => stage.close())

  const get = async (query: string) => {
    const { status, body } = await stage.api('GET', `/api/v1/audit${query}`, { key })
    assert.equal(status, 200, JSON.stringify(body))
    return listForm.parse(body)
  }

  test('what a member does on a page, and a program with a key, stands there under who did it', async () => {
    const contacts = await get('?object=desk.contact&action=row.insert&limit=2')
    const [byKey, byMember] = contacts.items.map(({ entry }) => entry)
    assert.ok(byKey && byMember)
    assert.equal(byKey.actor.type, 'api-key')
    assert.deepEqual(byMember.actor, { type: 'member', id: owner })
    assert.match(byMember.request ?? '', /^[0-9a-f-]{36}$/)
    assert.notEqual(byKey.request, byMember.request)
    const mine = await get(`?actor=${owner}&actor_type=member`)
    assert.ok(mine.items.length > 0 && mine.items.every(({ entry }) => entry.actor.id === owner))
  })

  test('pages follow each other by place, and looking is an entry that moves none of them', async () => {
    const first = await get('?limit=3')
    await logEverything(stage.platform)
    const second = await get(`?limit=3&after=${first.next ?? ''}`)
    const places = [...first.items, ...second.items].map(({ index }) => index)
    assert.deepEqual(
      places,
      Array.from({ length: 6 }, (_, n) => first.size - 1 - n),
    )
    const looks = await get('?action=audit.read&actor_type=api-key')
    assert.ok(looks.items.length > 0)
  })

  test('the page says who did what, without a script, and searches', async () => {
    const text = await (await stage.page('/activity', cookie)).text()
    assert.match(text, /<h1>Activity<\/h1>/)
    assert.match(text, /Added a contact/)
    assert.match(text, /entries, signed last at/)
    assert.doesNotMatch(text, /<script|\sstyle=|\son\w+=/i)
    const narrowed = await (
      await stage.page(`/activity?who=member%3A${owner}&deed=row.insert&thing=desk.contact&outcome=&from=&to=`, cookie)
    ).text()
    assert.equal(narrowed.match(/<summary>/g)?.length, 1)
    const none = await (await stage.page('/activity?deed=row.truncate', cookie)).text()
    assert.match(none, /Nothing like this is in the log/)
    const past = await (await stage.page('/activity?to=2020-01-01', cookie)).text()
    assert.match(past, /Nothing like this is in the log/)
  })

  test('more of it keeps its filter', async () => {
    for (let n = 0; n < 26; n += 1) await house.sql`update desk.account set name = ${`House ${n}`}`
    await logEverything(stage.platform)
    const text = await (await stage.page('/activity?thing=desk.account', cookie)).text()
    const more = /href="(\/activity\?thing=desk\.account&amp;after=[\w-]+)"/.exec(text)?.[1]
    assert.ok(more)
    const next = await (await stage.page(more.replaceAll('&amp;', '&'), cookie)).text()
    assert.match(next, /Changed an account/)
    assert.doesNotMatch(next, /Added a contact/)
  })

  test('what an attacker writes into a name stays text', async () => {
    const hostile = '<script>alert(1)</script>'
    await house.sql`update desk.member set name = ${hostile} where id = ${owner}`
    await logEverything(stage.platform)
    const text = await (await stage.page('/activity', cookie)).text()
    assert.match(text, /&lt;script&gt;alert\(1\)/)
    assert.doesNotMatch(text, /<script/)
  })

  test('the download is the bundle of this account, and holds', async () => {
    const answer = await stage.page('/activity/bundle', cookie)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="activity\.upheld\.tar"$/)
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    const bytes = Buffer.from(await answer.arrayBuffer())
    const found = await verifyAuditBundle(Readable.from([bytes]), { now: new Date() })
    const { origin, size } = await (async () => {
      const { items, size } = await get('?limit=1')
      return { origin: items[0]?.origin, size }
    })()
    assert.deepEqual([found.origin, found.size], [origin, size])
  })

  test('attack 18: neither key nor session of another account sees an entry of this one', async () => {
    const other = stage.organization('lumen-yard')
    const theirKey = await stage.key(other)
    const mine = await get('?limit=1')
    const asked = [
      `?actor=${owner}`,
      `?actor=${owner}&actor_type=member`,
      `?after=${(await get('?limit=1')).next ?? ''}`,
      `?target=desk.member:${owner}`,
    ]
    for (const query of asked) {
      const { status, body } = await stage.api('GET', `/api/v1/audit${query}`, { key: theirKey })
      assert.equal(status, 200)
      assert.ok(!JSON.stringify(body).includes(owner) && !JSON.stringify(body).includes(mine.items[0]?.origin ?? '-'))
    }
    const theirCookie = await stage.signIn(other, 'owner')
    const bundle = await stage.page('/activity/bundle', theirCookie)
    assert.ok(!Buffer.from(await bundle.arrayBuffer()).includes(mine.items[0]?.origin ?? '-'))
  })

  test('what cannot be understood is a 400 with its names, and an agent is let in nowhere', async () => {
    for (const query of [
      '?limit=0',
      '?limit=101',
      '?from=yesterday',
      '?outcome=maybe',
      '?colour=red',
      '?after=%00',
      '?actor=%00',
    ]) {
      const { status, body } = await stage.api('GET', `/api/v1/audit${query}`, { key })
      assert.equal(status, 400, query)
      refusal.parse(body)
    }
    const { status, body } = await stage.api('GET', '/api/v1/audit?after=bm9wZQ', { key })
    assert.deepEqual([status, refusal.parse(body).error.code], [400, 'audit_search.bad_cursor'])
    const agent = await stage.signIn(house, 'agent')
    for (const path of ['/activity', '/activity/bundle']) assert.equal((await stage.page(path, agent)).status, 403)
    assert.doesNotMatch(await (await stage.page('/', agent)).text(), /href="\/activity"/)
  })
})
