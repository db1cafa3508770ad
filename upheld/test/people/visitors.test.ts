import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import type { OpenedKey, VisitorAnswer, VisitorRequest } from '../../src/guards/keys/index.ts'
import { bearer, stage, tappedTenancy, type House, type Stage } from './keys-stage.ts'

const page = 'https://www.customer.example'
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

suite('visitors of a widget', () => {
  let here: Stage
  let house: House
  before(async () => {
    here = await stage()
    house = await newHouse()
  })
  after(() => here.close())

  const newHouse = async (): Promise<House> => {
    const made = await here.house()
    await here.pages.add(made.id, made.owner, page)
    return made
  }
  const begin = async (at = house) => (await here.widget.begin(at.id, page)).token
  const verify = (token: string, scope = 'chat.read', more: Partial<VisitorRequest> = {}) =>
    here.widget.verify({ authorization: bearer(token), origin: page, ...more }, scope)
  const codeOf = (answer: VisitorAnswer): string => (answer.let === 'in' ? 'in' : answer.refusal.code)
  const refused = (code: string) => (thrown: unknown) =>
    typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === code
  const serverKey = async (at = house, scopes = ['visitor.assert']): Promise<OpenedKey> => {
    const { key } = await here.keys.create(at.id, at.owner, { name: 'server', scopes, days: 1 })
    const opening = await here.keys.open({ authorization: bearer(key), target: '/', address: '203.0.113.9' })
    assert.ok(opening.opened)
    return opening
  }
  const bodyOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[3] ?? '', 'base64url').toString())

  test('an anonymous visitor does what anonymous visitors may, and the log names them by a pseudonym', async () => {
    const token = await begin()
    const answer = await verify(token, 'chat.write')
    assert.ok(answer.let === 'in')
    assert.match(answer.id, /^anonymous:[0-9a-f-]{36}$/)
    await answer.organization.sql`insert into shop.thing (organization_id, name) values (${house.id}, 'asked')`
    const { rows } = await here.people.platform.admin.query(
      `select body -> 'actor' as actor from upheld_audit.pending where organization_id = $1 and body ->> 'object' = 'shop.thing'`,
      [house.id],
    )
    assert.deepEqual(rows, [{ actor: { type: 'visitor', id: answer.id } }])
    assert.equal(codeOf(await verify(token, 'orders.read')), 'keys.visitor_scope_missing')
  })

  // ASVS 9.2.3
  test('read from the page and used on another site: 403', async () => {
    const token = await begin()
    const others = [null, 'null', '', `${page}/`, page.toUpperCase(), 'http://www.customer.example', `${page}:443`]
    for (const origin of [...others, 'https://evil.example', `${page}.evil.example`]) {
      const answer = await verify(token, 'chat.read', { origin })
      assert.equal(codeOf(answer), 'keys.visitor_other_origin', String(origin))
      assert.ok(answer.let === 'out' && answer.refusal.status === 403)
    }
    // Another page of the same customer is another origin as well.
    await here.pages.add(house.id, house.owner, 'https://shop.customer.example')
    assert.equal(
      codeOf(await verify(token, 'chat.read', { origin: 'https://shop.customer.example' })),
      'keys.visitor_other_origin',
    )
  })

  test('a page that is registered no more takes its tokens with it', async () => {
    const own = await newHouse()
    const token = await begin(own)
    await here.pages.remove(own.id, own.owner, page)
    assert.equal(codeOf(await verify(token)), 'keys.visitor_other_origin')
    await assert.rejects(begin(own), refused('keys.origin_unknown'))
  })

  // ASVS 9.2.1
  test('after expiry: refused, at the very moment', async () => {
    const { token, expiresAt } = await here.widget.begin(house.id, page)
    here.people.clock.turn(Math.floor(expiresAt.getTime() / 1000) - here.people.clock.now().getTime() / 1000 - 1)
    assert.equal(codeOf(await verify(token)), 'in')
    here.people.clock.turn(1)
    assert.equal(codeOf(await verify(token)), 'keys.visitor_expired')
  })

  // ASVS 9.2.1
  test('a clock that was set back makes no token good that is not made yet', async () => {
    const token = await begin()
    here.people.clock.turn(-61)
    assert.equal(codeOf(await verify(token)), 'keys.visitor_expired')
    here.people.clock.turn(61)
  })

  // ASVS 8.4.1, 9.2.3
  test('of another organization: refused, and its rows are out of reach', async () => {
    const other = await newHouse()
    const token = await begin(other)
    const answer = await verify(token, 'chat.read', { organization: house.id })
    assert.equal(codeOf(answer), 'keys.visitor_other_organization')
    // The same token with our organization written into it was signed by a key that we do not have.
    const hex = (id: string) => id.replaceAll('-', '')
    assert.equal(codeOf(await verify(token.replace(hex(other.id), hex(house.id)))), 'keys.visitor_unknown')
    await here.people.platform.upheld.organization(other.id).sql`
      insert into shop.thing (organization_id, name) values (${other.id}, 'theirs')`
    const own = await verify(await begin())
    assert.ok(own.let === 'in')
    assert.deepEqual(await own.organization.sql`select name from shop.thing where name = 'theirs'`, [])
  })

  // ASVS 8.2.2
  test("for another visitor: that one's things are refused, also to the same name of another kind", async () => {
    const key = await serverKey()
    const known = await verify((await here.widget.assert(key, { visitor: '4711', origin: page })).token)
    const anonymous = await verify(await begin())
    assert.ok(known.let === 'in' && anonymous.let === 'in')
    assert.equal(known.id, 'known:4711')
    assert.equal(known.owns('known:4711'), undefined)
    for (const owner of [anonymous.id, 'known:4712', 'anonymous:4711', '4711', '', 'known:47110']) {
      assert.equal(known.owns(owner)?.code, 'keys.visitor_other', owner)
      assert.equal(known.owns(owner)?.status, 403)
    }
  })

  test("the caller supplies another customer's id: nobody asks the caller", async () => {
    const key = await serverKey()
    const bad = ['anonymous:4711', 'known:4711', 'a@example.com', '', 'a b', 'x'.repeat(51), '4711\n', 'ü', '\0']
    for (const visitor of bad) {
      await assert.rejects(here.widget.assert(key, { visitor, origin: page }), refused('keys.bad_request'), visitor)
    }
    // Whoever begins is given a name; a second one is another.
    assert.notDeepEqual(bodyOf(await begin()), bodyOf(await begin()))
  })

  test('only a key with the scope for it says who a visitor is, only on its own pages, and never more than visitors may', async () => {
    const key = await serverKey()
    const without = await serverKey(house, ['thing.read'])
    await assert.rejects(here.widget.assert(without, { visitor: '1', origin: page }), refused('keys.scope_missing'))
    const foreign = { visitor: '1', origin: 'https://evil.example' }
    await assert.rejects(here.widget.assert(key, foreign), refused('keys.origin_unknown'))
    const more = { visitor: '1', origin: page, scopes: ['thing.write'] }
    await assert.rejects(here.widget.assert(key, more), refused('keys.scope_refused'))
    const { token } = await here.widget.assert(key, { visitor: '1', origin: page, scopes: ['orders.read'] })
    assert.equal(codeOf(await verify(token, 'orders.read')), 'in')
    assert.equal(codeOf(await verify(token, 'chat.read')), 'keys.visitor_scope_missing')
  })

  // ASVS 9.2.2
  test('on the console and its API: the token of a visitor is no key, and a key is no visitor', async () => {
    const token = await begin()
    const opening = await here.keys.open({ authorization: bearer(token), target: '/', address: '203.0.113.9' })
    assert.ok(!opening.opened && opening.refusal.status === 401)
    const { key } = await here.keys.create(house.id, house.owner, { name: 'r', scopes: ['thing.read'], days: 1 })
    assert.equal(codeOf(await verify(key)), 'keys.visitor_unknown')
    // What the console stands on refuses the visitor in the database too.
    const answer = await verify(token)
    assert.ok(answer.let === 'in')
    await assert.rejects(answer.organization.sql`select id from upheld_access.member`, /permission denied/)
  })

  // ASVS 9.1.1
  test('R17: flip any byte of a token, at every position: refused', async () => {
    const token = await begin()
    for (let at = 0; at < token.length; at++) {
      for (const bit of [1, 2, 4, 8, 16, 32, 64]) {
        const flipped = String.fromCharCode(token.charCodeAt(at) ^ bit)
        const answer = await verify(token.slice(0, at) + flipped + token.slice(at + 1))
        assert.equal(codeOf(answer), 'keys.visitor_unknown', `${at} ${bit}`)
      }
    }
    // The last character has bits that base64url does not use: every other one is refused too.
    for (const last of alphabet) {
      if (!token.endsWith(last)) assert.equal(codeOf(await verify(token.slice(0, -1) + last)), 'keys.visitor_unknown')
    }
    assert.equal(codeOf(await verify(token)), 'in')
  })

  test('R16: every prefix and every extension of a token is refused', async () => {
    const token = await begin()
    for (let length = 0; length < token.length; length++) {
      assert.equal(codeOf(await verify(token.slice(0, length))), 'keys.visitor_unknown')
    }
    for (const more of ['A', '=', '.', '\0', '\n', ' ', `.${token}`]) {
      assert.equal(codeOf(await verify(token + more)), 'keys.visitor_unknown')
    }
  })

  // ASVS 9.1.2, 9.1.3
  test('algorithms cannot be mixed up: a token names none, and what is signed in any other way is unknown', async () => {
    const [, organization = '', version = '', body = ''] = (await begin()).split('.')
    const signed = `upv1.${organization}.${version}.${body}`
    const secrets = ['', 'secret', organization, '\0'.repeat(32)]
    const signatures = secrets.flatMap(secret =>
      ['sha256', 'sha512', 'sha1'].map(name =>
        createHmac(name, secret).update(signed).digest('base64url').slice(0, 43),
      ),
    )
    for (const signature of ['', 'none', 'A'.repeat(43), ...signatures]) {
      assert.equal(codeOf(await verify(`${signed}.${signature}`)), 'keys.visitor_unknown')
    }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    for (const header of [
      { alg: 'none' },
      { alg: 'HS256', kid: '../../dev/null' },
      { alg: 'RS256', jku: 'https://evil.example' },
    ]) {
      assert.equal(codeOf(await verify(`${part(header)}.${body}.`)), 'keys.visitor_unknown')
      assert.equal(codeOf(await verify(`${part(header)}.${body}.${'A'.repeat(43)}`)), 'keys.visitor_unknown')
    }
  })

  test('rotated: tokens that are out live to their end, and with a key that was stolen none does', async () => {
    const own = await newHouse()
    const before = await begin(own)
    await here.widget.rotate(own.id, own.owner, 'overlap')
    const after = await begin(own)
    assert.notEqual(before.split('.')[2], after.split('.')[2])
    assert.deepEqual([codeOf(await verify(before)), codeOf(await verify(after))], ['in', 'in'])
    await here.widget.rotate(own.id, own.owner, 'at-once')
    assert.deepEqual(
      [codeOf(await verify(before)), codeOf(await verify(after)), codeOf(await verify(await begin(own)))],
      ['keys.visitor_unknown', 'keys.visitor_unknown', 'in'],
    )
  })

  test('a key signs for a day, and what it signed last still ends in time', async () => {
    const own = await newHouse()
    const first = await begin(own)
    here.people.clock.turn(24 * 3_600 - 1)
    const last = await begin(own)
    assert.equal(first.split('.')[2], last.split('.')[2])
    here.people.clock.turn(2)
    const next = await begin(own)
    assert.notEqual(next.split('.')[2], last.split('.')[2])
    assert.deepEqual([codeOf(await verify(last)), codeOf(await verify(next))], ['in', 'in'])
  })

  test('50 who begin at once, over several connections, are signed by one key', async () => {
    const own = await newHouse()
    const tokens = await Promise.all(Array.from({ length: 50 }, () => begin(own)))
    assert.deepEqual([...new Set(tokens.map(token => token.split('.')[2]))], ['1'])
  })

  test('a secret that the vault does not open signs and checks nothing, and the next one takes its place', async () => {
    const own = await newHouse()
    const token = await begin(own)
    await here.people.platform.admin.query(
      `update upheld_access.visitor_key set secret = set_byte(secret, 90, get_byte(secret, 90) # 1) where organization_id = $1`,
      [own.id],
    )
    assert.equal(codeOf(await verify(token)), 'keys.visitor_unknown')
    assert.equal(codeOf(await verify(await begin(own))), 'in')
  })

  test('the database holds no secret that signs: only what the vault sealed', async () => {
    const own = await newHouse()
    const token = await begin(own)
    const [row] = await own.organization.sql<{ secret: string }>`
      select encode(secret, 'hex') as secret from upheld_access.visitor_key where organization_id = ${own.id}`
    const bytes = Buffer.from(row?.secret ?? '', 'hex')
    assert.ok(bytes.length >= 84)
    const at = token.lastIndexOf('.')
    for (let start = 0; start + 32 <= bytes.length; start++) {
      const hmac = createHmac('sha256', bytes.subarray(start, start + 32)).update('upheld/visitor-token@v1\n')
      assert.notEqual(hmac.update(token.slice(0, at)).digest('base64url'), token.slice(at + 1))
    }
  })

  test('a request of a visitor costs one round trip; what is no token by its form none', async () => {
    const tapped = await tappedTenancy(here.people)
    try {
      const widget = here.widgetOver(tapped.tenancy)
      const token = await begin()
      const ask = (text: string) => widget.verify({ authorization: bearer(text), origin: page }, 'chat.read')
      await ask(token)
      tapped.roundTrips()
      assert.equal(codeOf(await ask(token)), 'in')
      assert.equal(tapped.roundTrips(), 1)
      assert.equal(codeOf(await ask(token.slice(0, -1))), 'keys.visitor_unknown')
      assert.equal(codeOf(await ask('nonsense')), 'keys.visitor_unknown')
      assert.equal(tapped.roundTrips(), 0)
    } finally {
      await tapped.close()
    }
  })

  test('an anonymous visit goes on for 12 hours and no longer; who is known is said anew by who knows it', async () => {
    const own = await newHouse()
    let token = await begin(own)
    const born = bodyOf(token)
    const renew = () => here.widget.renew({ authorization: bearer(token), origin: page })
    let turns = 0
    for (; turns < 200; turns++) {
      here.people.clock.turn(9 * 60)
      const next = await renew()
      if ('refusal' in next) break
      token = next.token
    }
    assert.equal(turns, 79)
    const now = bodyOf(token)
    assert.ok(born !== null && now !== null && typeof born === 'object' && typeof now === 'object')
    assert.ok('visitor' in born && 'visitor' in now && born.visitor === now.visitor)
    token = (await here.widget.assert(await serverKey(own), { visitor: '1', origin: page })).token
    const again = await renew()
    assert.ok('refusal' in again && again.refusal.code === 'keys.visitor_expired')
  })

  test('an origin is written as a browser sends it, with https, or it is refused', async () => {
    const bad = [
      '*',
      'https://*.example.com',
      'https://example.com/',
      'https://example.com:443',
      'http://example.com',
      'null',
      '',
    ]
    for (const origin of [
      ...bad,
      'HTTPS://example.com',
      'https://exämple.com',
      'https://a@example.com',
      'https://example.com.',
      'file://',
      'https://example.com?x',
      'https://[::1',
      `https://${'a'.repeat(300)}.example`,
      'javascript:alert(1)',
      'https://example.com\n',
    ]) {
      await assert.rejects(here.pages.add(house.id, house.owner, origin), refused('keys.bad_request'), origin)
    }
    const own = await here.house()
    const good = [
      'http://127.0.0.1:3000',
      'http://[::1]:8080',
      'http://localhost',
      'https://example.com:8443',
      'https://xn--exmple-cua.com',
    ]
    for (const origin of good) await here.pages.add(own.id, own.owner, origin)
    assert.deepEqual(await here.pages.list(own.id), good.toSorted())
    assert.deepEqual(await here.pages.list((await here.house()).id), [])
  })
})
