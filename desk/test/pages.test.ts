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
    paths = ['/', '/?status=open', '/contacts', '/merchants', '/team', '/keys', '/sign-in', ...one]
  })
  after(() => stage.close())

  const policy =
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

  test('each carries the strict policy, errors and redirects too', async () => {
    for (const path of [...paths, '/nothing', '/contacts/1', '/sign-in/x']) {
      const { headers, body } = await stage.page(path, cookie)
      await body?.cancel()
      assert.equal(headers.get('content-security-policy'), policy, path)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'same-origin')
      assert.equal(headers.get('cache-control'), 'no-store')
    }
    assert.equal((await stage.page('/')).headers.get('content-security-policy'), policy)
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

  test('a key is shown once, works, and stops when it is revoked', async () => {
    const made = await stage.form('/keys', cookie, { name: 'Shop link', scopes: 'contact.read' })
    const key = /desk_[0-9a-f]{32}_[\w-]{43}/.exec(await made.text())?.[0]
    assert.ok(key)
    assert.equal((await stage.api('GET', '/api/v1/contacts', { key })).status, 200)
    assert.equal((await stage.api('GET', '/api/v1/account', { key })).status, 403)
    const list = await (await stage.page('/keys', cookie)).text()
    assert.doesNotMatch(list, new RegExp(key))
    const revoke = /\/keys\/[0-9a-f-]{36}\/revoke/.exec(list)?.[0] ?? ''
    assert.equal((await stage.form(revoke, cookie, {})).status, 303)
    assert.equal((await stage.api('GET', '/api/v1/contacts', { key })).status, 401)
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
