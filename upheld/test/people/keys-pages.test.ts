import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { organizationId } from '../../src/core/ids.ts'
import { accessible, browserStage, type BrowserStage } from './axe.ts'
import { programsGround, type Ground } from './programs-stage.ts'

type House = Awaited<ReturnType<Ground['house']>>

const keyForm = /upk_[0-9a-f]{32}_[0-9A-Za-z]{49}/

suite('the pages on which programs are let in', () => {
  let ground: Ground
  let house: House
  let other: House
  let browser: BrowserStage
  before(async () => {
    ground = await programsGround()
    house = await ground.house('Harbor')
    other = await ground.house('Meadow')
    browser = await browserStage()
  })
  after(async () => {
    await browser.close()
    await ground.close()
  })

  const wanted = { name: 'Nightly report', days: '30', networks: '' }
  const make = async (one: House, fields: Readonly<Record<string, string>>, role: 'owner' | 'gatekeeper' = 'owner') =>
    (await one.as(role)).post('/organization/keys', { name: 'x', days: '30', networks: '', ...fields })
  const opens = async (key: string, scope: string, address = '203.0.113.9') =>
    (await ground.people.keys.open({ authorization: `Bearer ${key}`, target: '/', address }, scope)).opened

  test('a key is made for what was ticked, shown once, works, is listed by its last use, and ends when it is revoked', async () => {
    const owner = await house.as('owner')
    const made = await owner.post('/organization/keys', {
      ...wanted,
      'scope_ticket.read': 'on',
      networks: '203.0.113.0/24, 2001:db8::/32',
    })
    assert.equal(made.status, 200)
    const key = keyForm.exec(made.text)?.[0] ?? ''
    assert.equal(made.headers.get('cache-control'), 'no-store')
    assert.deepEqual(
      [
        await opens(key, 'ticket.read'),
        await opens(key, 'ticket.close'),
        await opens(key, 'ticket.read', '198.51.100.1'),
      ],
      [true, false, false],
    )
    const listed = await owner.get('/organization/keys')
    assert.ok(!keyForm.test(listed.text))
    for (const words of ['Nightly report', 'ticket.read', '203.0.113.0/24', 'made by <bdi>you</bdi>', 'last used'])
      assert.ok(listed.text.includes(words), words)
    const id = /\/organization\/keys\/([0-9a-f-]{36})\/revoke/.exec(listed.text)?.[1] ?? ''
    assert.equal((await owner.post(`/organization/keys/${id}/revoke`)).status, 303)
    assert.equal(await opens(key, 'ticket.read'), false)
    assert.match((await owner.get('/organization/keys')).text, /Ended \(1\)[\s\S]*revoked/)
    // Sent once more, as a form that was left open: it is over.
    assert.equal((await owner.post(`/organization/keys/${id}/revoke`)).status, 404)
  })

  test('nobody makes a key that may more than its maker, or more than keys may at all, whatever form is sent', async () => {
    const refusedFor = async (fields: Readonly<Record<string, string>>, role: 'owner' | 'gatekeeper') =>
      (await make(house, fields, role)).code
    assert.equal(await refusedFor({ 'scope_ticket.export': 'on' }, 'owner'), 'keys.scope_refused')
    assert.equal(await refusedFor({ 'scope_organization.keys': 'on' }, 'owner'), 'keys.scope_refused')
    assert.equal(await refusedFor({ scope___proto__: 'on' }, 'owner'), 'keys.scope_refused')
    assert.equal(await refusedFor({ 'scope_ticket.read': 'on' }, 'gatekeeper'), 'keys.scope_refused')
    // And is shown no box for it.
    const page = await (await house.as('gatekeeper')).get('/organization/keys')
    assert.ok(!page.text.includes('scope_') && page.text.includes('can be given to a key'))
    assert.ok(!(await (await house.as('owner')).get('/organization/keys')).text.includes('ticket.export'))
  })

  test('what is wrong with a key stands above the form, and what was typed is there again', async () => {
    const owner = await house.as('owner')
    const tries: readonly Readonly<Record<string, string>>[] = [
      { 'scope_ticket.read': 'on', networks: 'the office' },
      { 'scope_ticket.read': 'on', networks: '0.0.0.0/0' },
      { 'scope_ticket.read': 'on', days: '3660' },
      { 'scope_ticket.read': 'on', days: 'NaN' },
      { 'scope_ticket.read': 'on', name: ' ' },
    ]
    for (const fields of tries) {
      const page = await owner.post('/organization/keys', { ...wanted, ...fields })
      assert.deepEqual([page.status, page.code], [400, 'keys.bad_request'], JSON.stringify(fields))
      assert.ok(fields['networks'] === undefined || page.text.includes(`value="${fields['networks']}"`))
    }
    const idle = await owner.post('/organization/keys', wanted)
    assert.deepEqual([idle.status, idle.code], [400, 'pages.nothing_chosen'])
    const odd = await owner.post('/organization/keys', { ...wanted, name: '"><script>alert(1)</script>' })
    assert.ok(!odd.text.includes('<script>alert'))
  })

  test('R8: a key of another organization is not here, whoever asks to revoke it', async () => {
    const made = await make(other, { 'scope_ticket.read': 'on' })
    const key = keyForm.exec(made.text)?.[0] ?? ''
    const [listed] = await ground.people.keys.list(organizationId(other.id))
    const owner = await house.as('owner')
    for (const id of [listed?.id ?? '', '00000000-0000-4000-8000-000000000099', 'x', '%00', "'"])
      assert.equal((await owner.post(`/organization/keys/${id}/revoke`)).status, 404, id)
    assert.equal(await opens(key, 'ticket.read'), true)
    assert.ok(!(await owner.get('/organization/keys')).text.includes(listed?.id ?? ''))
  })

  // ASVS 7.5.3
  test('a session that was stolen is not enough for a key: a fresh proof is asked for first', async () => {
    const owner = await house.as('owner')
    await owner.get('/organization/keys')
    ground.stage.people.clock.turn(901)
    const led = await owner.post('/organization/keys', { ...wanted, 'scope_ticket.read': 'on' })
    assert.deepEqual([led.status, led.location.split('?')[0]], [303, '/account/confirm'])
  })

  test('pages of visitors are added, listed and removed; a token for one holds until then', async () => {
    const owner = await house.as('owner')
    const path = '/organization/keys/visitors'
    const page = 'https://www.customer.example'
    for (const origin of ['*', 'null', `${page}/`, 'http://www.customer.example', ''])
      assert.equal((await owner.post(path, { origin })).code, 'keys.bad_request', origin)
    assert.equal((await owner.post(path, { origin: page })).location, `${path}?done=page-added`)
    assert.ok((await owner.get(path)).text.includes(page))
    const ask = () => ground.ask('POST', `/visitors?organization=${house.id}`, { headers: { origin: page } })
    assert.equal((await ask()).status, 201)
    // The same page of another organization is another matter.
    assert.equal((await (await other.as('owner')).post(`${path}/remove`, { origin: page })).status, 404)
    assert.equal((await owner.post(`${path}/remove`, { origin: page })).status, 303)
    assert.equal((await ask()).status, 403)
  })

  test('a key of visitors is made anew, gently or with an end to every token that is out', async () => {
    const owner = await house.as('owner')
    const path = '/organization/keys/visitors'
    const origin = 'https://shop.customer.example'
    await owner.post(path, { origin })
    const begin = async (): Promise<string> =>
      tokenIn(await ground.ask('POST', `/visitors?organization=${house.id}`, { headers: { origin } }))
    const holds = async (token: string): Promise<boolean> => {
      const answer = await ground.people.visitors?.verify({ authorization: `Bearer ${token}`, origin }, 'chat.read')
      return answer?.let === 'in'
    }
    const before = await begin()
    await owner.post(`${path}/rotate`, { older: 'overlap' })
    assert.equal(await holds(before), true)
    assert.equal((await owner.post(`${path}/rotate`, { older: 'at-once' })).location, `${path}?done=tokens-ended`)
    assert.deepEqual([await holds(before), await holds(await begin())], [false, true])
  })

  test('whoever may not let programs in is shown no way there and is refused, on every one of these pages', async () => {
    const agent = await house.as('agent')
    const nothing = '00000000-0000-4000-8000-000000000099'
    assert.equal((await agent.get('/organization/keys')).status, 403)
    assert.equal((await agent.get('/organization/keys/visitors')).status, 403)
    for (const path of [
      '/organization/keys',
      `/organization/keys/${nothing}/revoke`,
      '/organization/keys/visitors',
      '/organization/keys/visitors/remove',
      '/organization/keys/visitors/rotate',
    ])
      assert.deepEqual(
        [(await agent.post(path)).status, (await agent.post(path)).code],
        [403, 'pages.not_permitted'],
        path,
      )
    assert.ok(!(await agent.get('/organization/roles')).text.includes('href="/organization/keys"'))
  })

  test('clean for axe, narrow and wide, light and dark', async context => {
    const owner = await house.as('owner')
    await owner.post('/organization/keys', { ...wanted, 'scope_ticket.read': 'on', networks: '203.0.113.0/24' })
    await owner.post('/organization/keys/visitors', { origin: 'https://www.customer-with-a-long-name.example:8443' })
    await accessible(browser, context, {
      origin: ground.origin,
      cookies: Object.fromEntries(owner.cookies),
      paths: ['/organization/keys', '/organization/keys/visitors'],
    })
  })
})

function tokenIn({ text }: { readonly text: string }): string {
  return /"token":"([^"]*)"/.exec(text)?.[1] ?? ''
}
