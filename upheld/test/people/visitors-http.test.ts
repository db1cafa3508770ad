import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { organizationId } from '../../src/core/ids.ts'
import { browserStage } from './axe.ts'
import { programsGround, type Ground, type Page } from './programs-stage.ts'

type House = Awaited<ReturnType<Ground['house']>>

const page = 'https://www.customer.example'

suite('tokens of visitors, over HTTP', () => {
  let ground: Ground
  let house: House
  let other: House
  before(async () => {
    ground = await programsGround()
    house = await ground.house('Harbor')
    other = await ground.house('Meadow')
    await register(house, page)
  })
  after(() => ground.close())

  const register = (one: House, origin: string) =>
    ground.people.origins.add(organizationId(one.id), { memberId: one.memberIds.owner }, origin)
  const begin = (one: House = house, origin = page): Promise<Page> =>
    ground.ask('POST', `/visitors?organization=${one.id}`, { headers: { origin } })
  const keyWith = async (...scopes: string[]): Promise<string> => {
    const by = { memberId: house.memberIds.owner }
    return (await ground.people.keys.create(organizationId(house.id), by, { name: 'server', scopes, days: 1 })).key
  }
  const assertKnown = (key: string, body: unknown, more: Readonly<Record<string, string>> = {}): Promise<Page> =>
    ground.ask('POST', '/visitors/assert', {
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...more },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const renew = (token: string, { one = house, origin = page } = {}): Promise<Page> =>
    ground.ask('POST', `/visitors/renew?organization=${one.id}`, {
      headers: { origin, authorization: `Bearer ${token}` },
    })
  const holds = async (token: string, scope = 'chat.read', origin = page): Promise<boolean> =>
    (await ground.people.visitors?.verify({ authorization: `Bearer ${token}`, origin }, scope))?.let === 'in'

  test('a registered page gets a token that holds there for some minutes; its own origin alone may read the answer', async () => {
    const answer = await begin()
    assert.equal(answer.status, 201)
    assert.equal(answer.headers.get('access-control-allow-origin'), page)
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
    assert.equal(answer.headers.get('vary'), 'origin')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.deepEqual(answer.headers.getSetCookie(), [])
    assert.deepEqual([await holds(tokenIn(answer)), await holds(tokenIn(answer), 'chat.write')], [true, false])
  })

  test('no other page gets one: of another site, another organization, another spelling, of none', async () => {
    await register(other, 'https://other.example')
    const tries = ['https://evil.example', 'https://other.example', `${page}.evil.example`, `${page}:444`, 'null', '*']
    for (const origin of [...tries, 'http://www.customer.example', 'https://customer.example', `${page}/`]) {
      const answer = await begin(house, origin)
      assert.deepEqual([answer.status, errorIn(answer)], [403, 'pages.other_page'], origin)
      assert.equal(answer.headers.get('access-control-allow-origin'), null, origin)
    }
    assert.equal((await ground.ask('POST', `/visitors?organization=${house.id}`)).status, 403)
    assert.equal((await begin(other)).status, 403)
  })

  test('an address that names no organization, two, or a word lets nobody in, and says nothing of which there are', async () => {
    const absent = '00000000-0000-4000-8000-000000000099'
    for (const query of ['', '?organization=', '?organization=x', `?organization=${house.id}&organization=${other.id}`])
      assert.equal((await ground.ask('POST', `/visitors${query}`, { headers: { origin: page } })).status, 400, query)
    const [none, unregistered] = [
      await ground.ask('POST', `/visitors?organization=${absent}`, { headers: { origin: page } }),
      await begin(other),
    ]
    assert.deepEqual([none.status, none.text], [unregistered.status, unregistered.text])
  })

  test('a preflight is answered for registered pages alone, without a wildcard and without cookies', async () => {
    const ask = (origin: string, path = '/visitors') =>
      ground.ask('OPTIONS', `${path}?organization=${house.id}`, {
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      })
    for (const path of ['/visitors', '/visitors/renew']) {
      const fine = await ask(page, path)
      assert.equal(fine.status, 204)
      assert.equal(fine.headers.get('access-control-allow-origin'), page)
      assert.equal(fine.headers.get('access-control-allow-methods'), 'POST')
      assert.equal(fine.headers.get('access-control-allow-headers'), 'authorization, content-type')
      assert.equal(fine.headers.get('access-control-allow-credentials'), null)
      const foreign = await ask('https://evil.example', path)
      assert.deepEqual([foreign.status, foreign.headers.get('access-control-allow-origin')], [403, null])
    }
  })

  test('only a key with the scope for it says who a visitor is, in its own organization, and no page can', async () => {
    const key = await keyWith('visitor.assert')
    const known = await assertKnown(key, { visitor: '4711', origin: page })
    assert.equal(known.status, 201)
    assert.equal(known.headers.get('access-control-allow-origin'), null)
    assert.equal(await holds(tokenIn(known), 'chat.write'), true)
    const visitor = { visitor: '4711', origin: page }
    const codes = [
      await assertKnown(await keyWith('ticket.read'), visitor),
      await assertKnown(tokenIn(await begin()), visitor),
      await assertKnown('', visitor),
      await assertKnown(key, { ...visitor, origin: 'https://other.example' }),
      await assertKnown(key, { ...visitor, scopes: ['chat.read', 'ticket.read'] }),
      await assertKnown(key, { ...visitor, visitor: 'anonymous:1' }),
      await ground.ask('POST', `/visitors/assert?key=${key}`, { headers: { authorization: `Bearer ${key}` } }),
    ].map(errorIn)
    assert.deepEqual(codes, [
      'keys.scope_missing',
      'keys.unknown',
      'keys.unknown',
      'keys.origin_unknown',
      'keys.scope_refused',
      'keys.bad_request',
      'keys.in_query',
    ])
  })

  test('JSON that two readers would read in two ways, or that is none, is refused', async () => {
    const key = await keyWith('visitor.assert')
    const bodies = [
      `{"visitor":"1","visitor":"2","origin":"${page}"}`,
      `{"visitor":"1","origin":"${page}","__proto__":{"scopes":["chat.write"]}}`,
      `{"visitor":"1","origin":"${page}","organization":"${other.id}"}`,
      `{"visitor":["1"],"origin":"${page}"}`,
      '[]',
      'null',
      '',
      '{',
      '\u{feff}{}',
    ]
    for (const body of bodies) assert.equal(errorIn(await assertKnown(key, body)), 'pages.bad_json', body)
    const large = await assertKnown(key, { visitor: 'x'.repeat(20_000), origin: page })
    assert.equal(large.status, 413)
    const form = await assertKnown(key, 'visitor=1', { 'content-type': 'application/x-www-form-urlencoded' })
    assert.equal(errorIn(form), 'pages.bad_json')
  })

  test('a visit goes on with a new token on its own page, for whom nobody knows; elsewhere and for others it does not', async () => {
    const token = tokenIn(await begin())
    const next = await renew(token)
    assert.equal(next.status, 201)
    assert.equal(await holds(tokenIn(next)), true)
    await register(house, 'https://shop.customer.example')
    await register(other, page)
    const known = tokenIn(await assertKnown(await keyWith('visitor.assert'), { visitor: '1', origin: page }))
    const codes = [
      await renew(token, { origin: 'https://shop.customer.example' }),
      await renew(token, { one: other }),
      await renew(known),
      await renew(`${token}A`),
      await ground.ask('POST', `/visitors/renew?organization=${house.id}`, { headers: { origin: page } }),
    ].map(errorIn)
    assert.deepEqual(codes, [
      'keys.visitor_other_origin',
      'keys.visitor_other_organization',
      'keys.visitor_expired',
      'keys.visitor_unknown',
      'keys.visitor_missing',
    ])
  })

  test('a session of a browser is of no use there: no cookie is read, and none is asked for', async () => {
    const owner = await house.as('owner')
    const cookie = [...owner.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { origin: 'https://evil.example', cookie }
    assert.equal((await ground.ask('POST', `/visitors?organization=${house.id}`, { headers })).status, 403)
    const known = await ground.ask('POST', '/visitors/assert', {
      headers: { cookie, 'content-type': 'application/json' },
    })
    assert.equal(errorIn(known), 'keys.missing')
  })

  test('in a browser: the registered page reads its token, and a page of somebody else reads nothing', async context => {
    const stage = await browserStage()
    const { browser } = stage
    if (browser === undefined) return context.skip(stage.missing)
    const [registered, foreign] = [await emptySite(), await emptySite()]
    try {
      await register(house, registered.origin)
      const asked = `${ground.origin}/visitors?organization=${house.id}`
      const from = async (origin: string, init: string): Promise<unknown> => {
        const tab = await browser.newPage()
        await tab.goto(origin)
        const said: unknown = await tab.evaluate(
          `fetch(${JSON.stringify(asked)}, ${init}).then(answer => answer.status, () => 'nothing')`,
        )
        await tab.close()
        return said
      }
      const preflighted = `{ method: 'POST', headers: { authorization: 'Bearer x' } }`
      const plain = `{ method: 'POST' }`
      const withCookies = `{ method: 'POST', credentials: 'include' }`
      const ways = [preflighted, plain, withCookies]
      assert.deepEqual(await Promise.all(ways.map(way => from(registered.origin, way))), [201, 201, 'nothing'])
      assert.deepEqual(await Promise.all(ways.map(way => from(foreign.origin, way))), ['nothing', 'nothing', 'nothing'])
    } finally {
      for (const site of [registered, foreign]) site.close()
      await stage.close()
    }
  })
})

suite('an application that lets no visitors in', () => {
  test('has none of these routes, and no page for them', async () => {
    const ground = await programsGround({ visitors: false })
    try {
      const house = await ground.house('Harbor')
      const paths = ground.people.site.routes.map(({ path }) => path)
      assert.ok(!paths.some(path => path.startsWith('/visitors') || path.endsWith('/visitors')))
      // What nobody answers is the application's.
      for (const path of ['/visitors', '/visitors/renew', '/visitors/assert'])
        assert.match((await ground.ask('POST', path, { headers: { origin: page } })).location, /^\/sign-in/)
      const owner = await house.as('owner')
      assert.ok(!(await owner.get('/organization/keys')).text.includes('visitors'))
    } finally {
      await ground.close()
    }
  })
})

function tokenIn({ text }: Page): string {
  return /"token":"([^"]*)"/.exec(text)?.[1] ?? ''
}

function errorIn({ text }: Page): string {
  return /"code":"([^"]*)"/.exec(text)?.[1] ?? ''
}

/** A page of a customer, or of somebody else, on this machine. */
async function emptySite(): Promise<{ readonly origin: string; close(): void }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A shop</title>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
