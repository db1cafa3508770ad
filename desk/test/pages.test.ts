import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { openStage, type Stage } from './stage.ts'

suite('the pages', () => {
  let stage: Stage
  let house: Organization
  let cookie: string
  let paths: readonly string[]
  before(async () => {
    stage = await openStage()
    house = stage.organization('harrowgate')
    cookie = await stage.signIn(house, 'owner')
    const [ids] = await house.sql<Record<'conversation' | 'contact' | 'merchant', string>>`
      select
        (select id from desk.conversation order by id limit 1) as conversation,
        (select id from desk.contact order by id limit 1) as contact,
        (select id from desk.merchant order by id limit 1) as merchant`
    assert.ok(ids)
    const one = [`/conversations/${ids.conversation}`, `/contacts/${ids.contact}`, `/merchants/${ids.merchant}`]
    paths = ['/', '/?status=open', '/contacts', '/merchants', '/integrations', '/activity', ...one]
  })
  after(() => stage.close())

  const policy =
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  test('each carries the strict policy, errors and redirects too', async () => {
    for (const path of [...paths, '/nothing', '/contacts/1']) {
      const { headers, body } = await stage.page(path, cookie)
      await body?.cancel()
      assert.equal(headers.get('content-security-policy'), policy, path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'same-origin')
      assert.equal(headers.get('cache-control'), 'no-store')
    }
    const led = await stage.page('/')
    assert.match(led.headers.get('content-security-policy') ?? '', /^default-src 'none'; /)
    assert.equal(led.headers.get('cache-control'), 'no-store')
  })

  test('none has a script, an inline style, a handler, or an address of somebody else', async () => {
    for (const path of paths) {
      const answer = await stage.page(path, cookie)
      assert.equal(answer.status, 200, path)
      const text = await answer.text()
      assert.doesNotMatch(text, /<script|<style|\sstyle=|\son\w+=|javascript:/i, path)
      assert.doesNotMatch(text, /(?:src|href|action)="(?:https?:)?\/\//i, path)
    }
  })

  test('every style sheet and font that a page names is there', async () => {
    const text = await (await stage.page('/', cookie)).text()
    const assets = [...text.matchAll(/<link[^>]+href="([^"]+)"/g)].map(match => match[1] ?? '')
    assert.ok(assets.length > 2)
    for (const asset of assets) {
      const answer = await fetch(stage.origin + asset)
      await answer.body?.cancel()
      assert.equal(answer.status, 200, asset)
      assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
    }
  })

  test('what a customer writes stays text', async () => {
    const hostile = `<script>alert(1)</script> "quoted' & <b>bold</b>`
    const [row] = await house.sql<{ id: string }>`
      update desk.conversation set subject = ${hostile}
      where id = (select id from desk.conversation order by last_message_at desc limit 1)
      returning id`
    assert.ok(row)
    await house.sql`update desk.message set body = ${hostile} where conversation_id = ${row.id}`
    for (const path of ['/', `/conversations/${row.id}`]) {
      const text = await (await stage.page(path, cookie)).text()
      assert.match(text, /&lt;script&gt;alert\(1\)&lt;\/script&gt; &quot;quoted&#39; &amp; &lt;b&gt;/)
      assert.doesNotMatch(text, /<script|<b>bold/)
    }
  })

  test('a reply is sent, a conversation is handed over, and both are seen', async () => {
    const [row] = await house.sql<{ id: string }>`select id from desk.conversation where status = 'open' limit 1`
    const member = await stage.memberId(house, 'agent')
    const path = `/conversations/${row?.id ?? ''}`
    const said = await stage.form(`${path}/reply`, cookie, { body: 'First line.\r\nSecond line.' })
    assert.deepEqual([said.status, said.headers.get('location')], [303, path])
    assert.match(await (await stage.page(path, cookie)).text(), /First line.\r?\nSecond line./)
    await stage.form(path, cookie, { status: 'closed', assigned_member_id: member })
    const [after] = await house.sql`
      select status, assigned_member_id from desk.conversation where id = ${row?.id ?? ''}`
    assert.deepEqual(after, { status: 'closed', assigned_member_id: member })
  })

  test('a contact is made, found, and changed', async () => {
    const fields = { name: 'Ada Quince', email: 'ada@post.example', phone: '', merchant_id: '' }
    const made = await stage.form('/contacts', cookie, fields)
    const path = made.headers.get('location') ?? ''
    assert.match(path, /^\/contacts\/[0-9a-f-]{36}$/)
    await stage.form(path, cookie, { ...fields, phone: '+44 1632 960112' })
    assert.match(await (await stage.page(path, cookie)).text(), /value="\+44 1632 960112"/)
  })

  test('a conversation goes to members of today alone, and what others wrote keeps their name', async () => {
    const [row] = await house.sql<{ id: string; author: string }>`
      select message.conversation_id as id, message.author_member_id as author from desk.message
      where author_member_id is not null and author_member_id <> ${await stage.memberId(house, 'owner')} limit 1`
    assert.ok(row)
    const path = `/conversations/${row.id}`
    const option = new RegExp(`<option value="${row.author}"`)
    const [member] = await house.sql<{ name: string }>`select name from desk.member where id = ${row.author}`
    const name = member?.name ?? '-'
    assert.match(await (await stage.page(path, cookie)).text(), option)
    await stage.platform.admin.query('update upheld_access.member set suspended_at = now() where id = $1', [row.author])
    const text = await (await stage.page(path, cookie)).text()
    assert.doesNotMatch(text, option)
    assert.match(text, new RegExp(`<b>${name}</b>`))
    const fields = { status: 'open', assigned_member_id: row.author }
    assert.equal((await stage.form(path, cookie, fields)).status, 404)
    const key = await stage.key(house)
    const body = { assigned_member_id: row.author }
    assert.equal((await stage.api('PATCH', `/api/v1${path}`, { key, body })).status, 422)
    assert.equal(
      (await stage.api('POST', `/api/v1${path}/messages`, { key, body: { body: 'x', member_id: row.author } })).status,
      422,
    )
  })

  test('somebody who never came yet can be given a conversation, and their name is kept from then on', async () => {
    const given = { organizationId: house.id, email: 'new@harrowgate.example', name: 'New Person', roles: ['agent'] }
    const { memberId, personId } = await stage.people.identity.importMember(given)
    const [row] = await house.sql<{ id: string }>`select id from desk.conversation where status = 'open' limit 1`
    const path = `/conversations/${row?.id ?? ''}`
    assert.equal((await stage.form(path, cookie, { status: 'open', assigned_member_id: memberId })).status, 303)
    const names = () => house.sql<{ name: string }>`select name from desk.member where id = ${memberId}`
    assert.deepEqual(await names(), [{ name: 'New Person' }])
    await stage.platform.admin.query("update upheld_identity.person set name = 'Renamed' where id = $1", [personId])
    await stage.page('/', await stage.session(personId, house.id))
    assert.deepEqual(await names(), [{ name: 'Renamed' }])
  })

  test('more of a list keeps its filter', async () => {
    const text = await (await stage.page('/?status=closed', cookie)).text()
    const more = /href="(\/\?status=closed&amp;after=[\w-]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    assert.ok(more)
    const next = await (await stage.page(more, cookie)).text()
    assert.doesNotMatch(next, /badge (info|warn)/)
    assert.match(next, /class="badge "/)
  })
})
