import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { organizationId } from '../../src/core/ids.ts'
import { directoryToken, idIn, inScim, patchOp, scimOf, type House } from './directory-stage.ts'
import { programsGround, type Ground, type Page } from './programs-stage.ts'

suite('attacks on what programs call, over HTTP', () => {
  let ground: Ground
  let house: House
  let other: House
  let token: string
  before(async () => {
    ground = await programsGround()
    house = await ground.house('Harbor')
    other = await ground.house('Meadow')
    token = await directoryToken(house)
  })
  after(() => ground.close())

  const scim = (method: string, path: string, body?: unknown, held = token): Promise<Page> =>
    scimOf(ground, held)(method, path, body)

  test('a path that is no resource, and a method that none takes, is refused in SCIM and never by a page', async () => {
    for (const [method, path, status] of [
      ['GET', '', 404],
      ['GET', '/', 404],
      ['GET', '/Nothing', 404],
      ['GET', '/Groups/x/y/z', 404],
      ['GET', '/Users/%2e%2e', 404],
      ['GET', '/users', 404],
      ['POST', '/Bulk', 501],
      ['GET', '/Me', 501],
      ['POST', '/.search', 501],
      ['DELETE', '/Users', 405],
      ['PUT', '/Groups', 405],
      ['POST', '/Users/00000000-0000-4000-8000-000000000099', 405],
      ['DELETE', '/Schemas', 405],
      ['OPTIONS', '/Users', 405],
      ['PROPFIND', '/Users', 405],
    ] as const)
      assert.equal(inScim(await scim(method, path)), status, `${method} ${path}`)
    assert.equal(inScim(await scim('DELETE', '/Schemas', undefined, 'x')), 405)
    // Whoever brings no token is asked for one at what the standard names, and nowhere else.
    for (const [path, status] of [
      ['', 404],
      ['/Nothing', 404],
      ['/env', 404],
      ['/Users', 401],
      ['/Users/00000000-0000-4000-8000-000000000099', 401],
      ['/Bulk', 401],
    ] as const)
      assert.equal(inScim(await scim('GET', path, undefined, 'x')), status, path)
  })

  test('in query string: a token there is none, and one there beside a good one changes nothing', async () => {
    for (const query of [`?access_token=${token}`, `?token=${token}`, `?authorization=Bearer%20${token}`])
      assert.equal(inScim(await ground.ask('GET', `/scim/v2/Users${query}`)), 401)
  })

  test('filters: 10^5 characters, deep, or of other languages, end in a refusal and in no fault', async () => {
    const ask = (filter: string): Promise<Page> => scim('GET', `/Users?filter=${encodeURIComponent(filter)}`)
    const deep = `${'('.repeat(500)}userName pr${')'.repeat(500)}`
    const long = `userName eq "${'a'.repeat(5_000)}"`
    for (const filter of [deep, long, 'not '.repeat(300), '('.repeat(1_900), '"'.repeat(1_999), '\\'.repeat(1_999)])
      assert.equal(inScim(await ask(filter)), 400, filter.slice(0, 40))
    const huge = await scim('GET', `/Users?filter=${'a'.repeat(100_000)}`).catch(() => undefined)
    assert.ok(huge === undefined || [413, 414, 431].includes(huge.status))
    for (const filter of [
      `userName eq "x' or '1'='1"`,
      `userName eq "x\\") or true --"`,
      'password eq "x"',
      '__proto__ pr',
      'constructor.prototype pr',
      'u.organization_id eq "x"',
      'userName eq "\\u0000"',
      'userName eq "\\ud800"',
      'meta.created gt "2011-05-13T04:42:34Z"',
      `emails[type eq "work"] pr`,
    ]) {
      const { status, text } = await ask(filter)
      assert.ok(status === 400 || (status === 200 && text.includes('"totalResults":0')), `${status} ${filter}`)
    }
  })

  test('pages: bounds that are none, negative or beyond all are clamped or refused, never a fault', async () => {
    for (const [query, status] of [
      ['startIndex=0&count=0', 200],
      ['startIndex=-7&count=-1', 200],
      ['startIndex=999999999&count=999999999', 200],
      ['startIndex=9999999999', 400],
      ['count=1e3', 400],
      ['count=', 400],
      ['startIndex=1%00', 400],
      ['attributes=__proto__,constructor&excludedAttributes=schemas,id', 200],
      [`attributes=${'a,'.repeat(2_500)}`, 200],
    ] as const)
      assert.equal((await scim('GET', `/Users?${query}`)).status, status, query)
  })

  test('bodies: `__proto__`, deep nesting, arrays and texts for objects give nobody anything and break nothing', async () => {
    const before = await scim('GET', '/Users?count=0')
    for (const body of [
      '['.repeat(100_000),
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      `{"userName":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
      '[]',
      'null',
      '"x"',
      '{"userName":["x"]}',
      '{"userName":"a\\u0000b"}',
      '{"userName":"\\ud800"}',
      '{"userName":"x","userName":"y"}',
      '{"userName":"x","USERNAME":"y"}',
      '{"userName":"x","emails":"x"}',
    ])
      assert.equal(inScim(await scim('POST', '/Users', body)), 400, body.slice(0, 40))
    assert.equal((await scim('GET', '/Users?count=0')).text, before.text)
    const made = await scim(
      'POST',
      '/Users',
      '{"userName":"proto@harbor.example","__proto__":{"active":false,"roles":["owner"]},"constructor":{"prototype":{"x":1}},"id":"00000000-0000-4000-8000-000000000001","meta":{"version":"9"}}',
    )
    assert.equal(made.status, 201)
    assert.ok(!/__proto__|constructor|roles|prototype/.test(made.text))
    const id = idIn(made)
    assert.notEqual(id, '00000000-0000-4000-8000-000000000001')
    const patch = (...operations: object[]): Promise<Page> =>
      scim('PATCH', `/Users/${id}`, { schemas: [patchOp], Operations: operations })
    for (const path of [
      '__proto__',
      '__proto__.active',
      'emails[',
      'emails[]',
      'a..b',
      '',
      ' ',
      'emails[type eq "x"',
      'x'.repeat(1_001),
    ])
      assert.equal(inScim(await patch({ op: 'replace', path, value: 'x' })), 400, path)
    for (const path of [
      'constructor.prototype',
      'toString',
      'roles',
      'memberId',
      'member_id',
      'granted',
      'organization_id',
    ]) {
      const answer = await patch({ op: 'replace', path, value: ['owner'] })
      assert.ok([200, 400].includes(answer.status))
      assert.ok(!answer.text.includes('owner'), path)
    }
    assert.equal(inScim(await patch({ op: 'replace', path: 'id', value: 'x' })), 400)
    assert.equal(inScim(await patch({ op: 'replace', path: 'meta.version', value: '1' })), 400)
    assert.equal(
      inScim(await patch(...Array.from({ length: 101 }, () => ({ op: 'add', path: 'title', value: 'x' })))),
      400,
    )
    assert.equal('active' in Object.prototype, false)
  })

  test('versions: an old one, one that is no version, and one for what is gone change nothing', async () => {
    const id = idIn(await scim('POST', '/Users', { userName: 'etag@harbor.example' }))
    const with_ = (version: string, method = 'PUT'): Promise<Page> =>
      ground.ask(method, `/scim/v2/Users/${id}`, {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', 'if-match': version },
        ...(method === 'PUT' ? { body: JSON.stringify({ userName: 'etag@harbor.example', title: version }) } : {}),
      })
    for (const version of ['W/"2"', '"0"', 'W/"1", W/"2"', 'x', `W/"${'9'.repeat(19)}"`, 'W/"1"x'])
      assert.equal(inScim(await with_(version)), 412, version)
    assert.equal(inScim(await with_('W/"2"', 'DELETE')), 412)
    assert.equal((await with_('W/"1"')).status, 200)
    assert.equal(inScim(await with_('W/"1"')), 412)
    assert.equal((await with_('*', 'DELETE')).status, 204)
    assert.equal(inScim(await with_('*', 'DELETE')), 404)
  })

  test('PUT without `active` lets nobody in again whom the directory let go', async () => {
    const userName = 'gone@harbor.example'
    const id = idIn(await scim('POST', '/Users', { userName, active: false }))
    const put = await scim('PUT', `/Users/${id}`, { userName, displayName: 'Back' })
    assert.ok(put.status === 200 && put.text.includes('"active":false'))
    for (const active of [null, []]) {
      const answer = await scim('PUT', `/Users/${id}`, { userName, active })
      assert.ok(answer.status === 400 || answer.text.includes('"active":false'), JSON.stringify(active))
    }
    const removed = await scim('PATCH', `/Users/${id}`, {
      schemas: [patchOp],
      Operations: [{ op: 'remove', path: 'active' }],
    })
    assert.ok(removed.status === 400 || removed.text.includes('"active":false'))
  })

  test('somebody who exists elsewhere is taken over by no directory: their account, sessions and other organizations stay', async () => {
    const email = `shared-${Date.now()}@meadow.example`
    const { identity } = ground.people
    const { personId, memberId } = await identity.importMember({
      organizationId: organizationId(other.id),
      email,
      name: 'Shared',
      roles: ['admin'],
    })
    const arrived = await identity.arrive(
      { personId, methods: ['sso'], way: 'sso' },
      { address: '127.0.0.9', agent: 'x' },
    )
    assert.ok(arrived.needs === 'nothing')
    const user = { userName: email, active: true, externalId: 'me', emails: [{ value: email, primary: true }] }
    const id = idIn(await scim('POST', '/Users', user))
    // The domain is not proven here: the user waits, and is nobody.
    const here = await ground.people.members.organization(house.id).sql`
      select id from upheld_access.member where person_id = ${personId}`
    assert.deepEqual(here, [])
    assert.equal((await scim('PUT', `/Users/${id}`, { ...user, active: false, displayName: 'Owned' })).status, 200)
    assert.equal((await scim('DELETE', `/Users/${id}`)).status, 204)
    assert.equal((await identity.person(arrived.token)).name, 'Shared')
    const [there] = await ground.people.members.organization(other.id).sql<{
      roles: string[]
      suspended_at: Date | null
    }>`
      select roles, suspended_at from upheld_access.member where id = ${memberId}`
    assert.deepEqual(there, { roles: ['admin'], suspended_at: null })
  })

  suite('visits that nobody asked for', () => {
    const page = 'https://pace.customer.example'
    const begin = (one: House): Promise<Page> =>
      ground.ask('POST', `/visitors?organization=${one.id}`, { headers: { origin: page } })
    before(async () => {
      for (const one of [house, other])
        await ground.people.origins.add(organizationId(one.id), { memberId: one.memberIds.owner }, page)
    })

    test('without end, from one address: slowed, said so that the page can read it, and over after a minute', async () => {
      let last = await begin(house)
      for (let round = 0; round < 30 && last.status === 201; round++) {
        const some = await Promise.all(Array.from({ length: 50 }, () => begin(house)))
        last = some.find(({ status }) => status !== 201) ?? last
      }
      assert.equal(last.status, 429)
      assert.match(last.text, /pages\.too_many_visits/)
      assert.equal(last.headers.get('access-control-allow-origin'), page)
      const waits = Number(last.headers.get('retry-after'))
      assert.ok(waits > 0 && waits <= 60)
      // Another customer's visitors are in nobody's way, and neither is whoever signs in from there.
      assert.equal((await begin(other)).status, 201)
      assert.equal((await ground.surfer().get('/sign-in')).status, 200)
      ground.stage.people.clock.turn(61)
      assert.equal((await begin(house)).status, 201)
    })
  })
})
