import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { accessible, browserStage, type BrowserStage } from './axe.ts'
import { programsGround, type Ground, type Page } from './programs-stage.ts'

type House = Awaited<ReturnType<Ground['house']>>

const directory = '/organization/sign-in/directory'
const tokenForm = /uscim_[0-9a-f]{32}_[\w-]{43}/

suite('the directory of an organization, through pages and SCIM', () => {
  let ground: Ground
  let house: House
  let other: House
  let token: string
  let browser: BrowserStage
  before(async () => {
    ground = await programsGround()
    house = await ground.house('Harbor')
    other = await ground.house('Meadow')
    token = await made(house)
    browser = await browserStage()
  })
  after(async () => {
    await browser.close()
    await ground.close()
  })

  const made = async (one: House): Promise<string> => {
    const page = await (await one.as('owner')).post(`${directory}/tokens`, { name: 'Okta', days: '30' })
    return tokenForm.exec(page.text)?.[0] ?? ''
  }
  const scim = (method: string, path: string, body?: unknown, held = token): Promise<Page> =>
    ground.ask(method, `/scim/v2${path}`, {
      headers: { authorization: `Bearer ${held}`, 'content-type': 'application/scim+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const idIn = ({ text }: Page): string => /"id":"([0-9a-f-]{36})"/.exec(text)?.[1] ?? ''
  const rolesOf = async (memberId: string): Promise<readonly string[]> => {
    const [row] = await ground.people.members.organization(house.id).sql<{ roles: string[] }>`
      select roles from upheld_access.member where id = ${memberId}`
    return row?.roles ?? []
  }

  test('RFC 7644: a token of a page lets the directory in; a user is made, found, changed and taken out', async () => {
    const config = await scim('GET', '/ServiceProviderConfig')
    assert.deepEqual([config.status, config.headers.get('content-type')], [200, 'application/scim+json; charset=utf-8'])
    const user = await scim('POST', '/Users', { userName: 'ada@harbor.example' })
    assert.equal(user.status, 201)
    assert.ok(user.location.startsWith(`${ground.origin}/scim/v2/Users/`))
    const found = await scim('GET', `/Users?filter=${encodeURIComponent('userName eq "ADA@harbor.example"')}`)
    assert.ok(found.text.includes(idIn(user)))
    const change = { Operations: [{ op: 'replace', path: 'active', value: false }] }
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
    assert.equal((await scim('PATCH', `/Users/${idIn(user)}`, { schemas, ...change })).status, 200)
    assert.equal((await scim('DELETE', `/Users/${idIn(user)}`)).status, 204)
    assert.equal((await scim('GET', `/Users/${idIn(user)}`)).status, 404)
  })

  test('its token is shown once, listed without itself, and is none from the moment that it is revoked', async () => {
    ground.stage.people.clock.turn(1)
    const mine = await made(house)
    const owner = await house.as('owner')
    const page = await owner.get(directory)
    assert.ok(page.text.includes('Okta') && !tokenForm.test(page.text))
    const ids = [...page.text.matchAll(/tokens\/([0-9a-f-]{36})\/revoke/g)].map(found => found[1] ?? '')
    assert.equal(ids.length, 2)
    assert.equal((await scim('GET', '/Users', undefined, mine)).status, 200)
    // The newest stands last.
    assert.equal((await owner.post(`${directory}/tokens/${ids.at(-1) ?? ''}/revoke`)).status, 303)
    assert.equal((await scim('GET', '/Users', undefined, mine)).status, 401)
    assert.equal((await (await other.as('owner')).post(`${directory}/tokens/${ids[0] ?? ''}/revoke`)).status, 404)
    assert.equal((await scim('GET', '/Users')).status, 200)
  })

  test('no session, no key and no other token is let in, and none of the answers is a page', async () => {
    const owner = await house.as('owner')
    const session = owner.cookies.get('session') ?? ''
    for (const authorization of [
      `Bearer ${session}`,
      `Basic ${session}`,
      '',
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token}A`,
    ]) {
      const headers = { authorization, cookie: `session=${session}; organization=${house.id}` }
      const answer = await ground.ask('GET', '/scim/v2/Users', { headers })
      assert.equal(answer.status, 401, authorization)
      assert.ok(answer.text.startsWith('{'))
    }
  })

  test('a group gives the role that somebody here mapped it to, and never one that they may not give', async () => {
    const email = 'grace@harbor.example'
    const personId = await ground.people.identity.importPerson({ email, name: 'Grace' })
    const [member] = await ground.people.members.organization(house.id).sql<{ id: string }>`
      insert into upheld_access.member (organization_id, person_id, roles, source)
      values (${house.id}, ${personId}, '{}', 'invitation') returning id`
    const user = idIn(await scim('POST', '/Users', { userName: email, emails: [{ value: email, primary: true }] }))
    const group = idIn(await scim('POST', '/Groups', { displayName: 'Crew', members: [{ value: user }] }))
    const path = `${directory}/groups/${group}`
    const [owner, keeper, stranger] = [await house.as('owner'), await house.as('gatekeeper'), await other.as('owner')]
    assert.equal((await keeper.post(path, { role: 'admin' })).code, 'scim.role_refused')
    for (const role of ['owner', 'nobody', ''])
      assert.equal((await owner.post(path, { role })).code, 'scim.bad_role', role)
    assert.equal((await stranger.post(path, { role: 'agent' })).status, 404)
    assert.deepEqual(await rolesOf(member?.id ?? ''), [])
    assert.equal((await owner.post(path, { role: 'admin' })).status, 303)
    assert.deepEqual(await rolesOf(member?.id ?? ''), ['admin'])
    // Whoever may not make administrators gets no token for a group that does.
    assert.equal((await keeper.post(`${directory}/tokens`, { name: 'Mine', days: '30' })).code, 'scim.role_refused')
    assert.ok((await keeper.get(directory)).text.includes('who becomes admin'))
    assert.equal((await owner.post(path, { role: '-' })).status, 303)
    assert.deepEqual(await rolesOf(member?.id ?? ''), [])
  })

  test('R8: a user of another organization is not there', async () => {
    const theirs = await made(other)
    const user = idIn(await scim('POST', '/Users', { userName: 'x@meadow.example' }, theirs))
    const nothing = '00000000-0000-4000-8000-000000000099'
    for (const method of ['GET', 'DELETE'])
      assert.equal((await scim(method, `/Users/${user}`)).text, (await scim(method, `/Users/${nothing}`)).text)
    assert.equal((await scim('GET', `/Users/${user}`, undefined, theirs)).status, 200)
  })

  test('clean for axe, narrow and wide, light and dark', async context => {
    await scim('POST', '/Groups', { displayName: 'A group with a rather long name, of many people' })
    const owner = await house.as('owner')
    const cookies = Object.fromEntries(owner.cookies)
    await accessible(browser, context, { origin: ground.origin, cookies, paths: [directory] })
  })
})
