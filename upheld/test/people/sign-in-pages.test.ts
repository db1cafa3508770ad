import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { accessible, browserStage, type BrowserStage } from './axe.ts'
import { visitor } from './identity-stage.ts'
import { startLiar, type Lies } from './oidc-liar.ts'
import { peerAuthority, startPeer, type Account, type Peer } from './oidc-peer.ts'
import { programsGround, type Ground, type Page, type Surfer } from './programs-stage.ts'

type House = Awaited<ReturnType<Ground['house']>>

const client = { id: 'upheld-desk', secret: 'a secret of a client, long enough' }
const root = '/organization/sign-in'

suite('signing in at a provider, through the pages', () => {
  let ground: Ground
  let house: House
  let other: House
  let peer: Peer
  let browser: BrowserStage
  before(async () => {
    ground = await programsGround({ ca: peerAuthority.cert })
    peer = await startPeer('127.0.0.1', [client], `${ground.origin}/sign-in/sso/callback`)
    house = await ground.house('Harbor')
    other = await ground.house('Meadow')
    browser = await browserStage()
  })
  after(async () => {
    await browser.close()
    await peer.close()
    await ground.close()
  })

  const connection = (more: Readonly<Record<string, string>> = {}) => ({
    name: 'Harbor login',
    issuer: peer.issuer,
    client_id: client.id,
    client_secret: client.secret,
    client_method: 'client_secret_basic',
    second_factor: 'amr:mfa',
    ...more,
  })
  const connect = async (one: House, more: Readonly<Record<string, string>> = {}): Promise<Page> =>
    (await one.as('owner')).post(`${root}/providers`, connection(more))
  /** From the page of an organization to the provider. */
  const depart = async (surfer: Surfer, one: House, more = ''): Promise<string> => {
    const { text } = await surfer.get(`/sign-in/sso?organization=${one.id}${more}`)
    const go = /href="(\/sign-in\/sso\/go\?[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    return (await surfer.get(go, { 'sec-fetch-site': 'same-origin' })).location
  }
  /** The same, and what the browser brings back from there. */
  const away = async (surfer: Surfer, one: House, account: Account, more = ''): Promise<string> => {
    const back = await peer.visit(await depart(surfer, one, more), account)
    ground.stage.people.clock.catchUp()
    return `${back.pathname}${back.search}`
  }
  /** Whatever they proved, they proved it a while ago. The clock of the provider is the real one, and is not turned. */
  const stale = (personId: string) =>
    ground.stage.people.database.query(
      `update upheld_identity.session set proven_at = proven_at - interval '16 minutes' where person_id = $1`,
      [personId],
    )
  /** Somebody whom the provider knows as `sub` signs in as before, and links the two. */
  const linked = async (one: House, sub: string): Promise<Surfer> => {
    const surfer = ground.surfer()
    assert.equal((await surfer.get(await away(surfer, one, { sub }))).location, '/sign-in/sso/unknown')
    const own = await one.as('agent')
    for (const [name, value] of own.cookies) surfer.cookies.set(name, value)
    assert.equal((await surfer.get('/sign-in/sso/link')).status, 200)
    assert.equal((await surfer.post('/sign-in/sso/link')).location, '/account')
    return surfer
  }

  test('a provider is connected, its secret is shown to nobody, and nothing is kept of one that is unfit', async () => {
    const owner = await house.as('owner')
    const wrong = await owner.post(`${root}/providers`, connection({ issuer: 'https://169.254.169.254' }))
    assert.deepEqual([wrong.status, wrong.code], [400, 'web.address_refused'])
    assert.ok(wrong.text.includes('value="https://169.254.169.254"') && !wrong.text.includes(client.secret))
    peer.stop(503)
    assert.equal((await owner.post(`${root}/providers`, connection())).code, 'sso.provider_unavailable')
    peer.stop(undefined)
    assert.equal((await connect(house)).location, `${root}?done=connected`)
    const page = await owner.get(root)
    assert.ok(page.text.includes(peer.issuer) && page.text.includes(`/sign-in/sso?organization=${house.id}`))
    assert.ok(!page.text.includes(client.secret))
  })

  // ASVS 6.8.1
  test('R7, R19: an unknown sign-in makes nobody anybody; linked after a proof of their own, it signs in the one who linked it', async () => {
    const surfer = ground.surfer()
    const account = { sub: 'ben', claims: { email: 'owner-1@example.org', email_verified: true } }
    await surfer.get(await away(surfer, house, account))
    assert.equal(surfer.cookies.has('session'), false)
    assert.match((await surfer.get('/sign-in/sso/unknown')).text, /Who are you here/)
    const own = await house.as('agent')
    for (const [name, value] of own.cookies) surfer.cookies.set(name, value)
    await stale(house.personIds.agent)
    await surfer.get('/sign-in/sso/link')
    // What was proven five minutes ago is not enough to let somebody else's provider in.
    assert.match((await surfer.post('/sign-in/sso/link')).location, /^\/account\/confirm\?/)
    await linked(house, 'ben')
    const fresh = ground.surfer()
    const back = await fresh.get(await away(fresh, house, { sub: 'ben' }, '&next=/tickets'))
    assert.deepEqual([back.status, back.location], [303, '/tickets'])
    assert.equal((await fresh.get('/inside')).text, 'agent of Harbor inside of Harbor')
    assert.equal(fresh.cookies.has('sso'), false)
  })

  test('R14: a callback works once; a replayed, an unsolicited one, and one of another browser sign nobody in', async () => {
    const surfer = ground.surfer()
    const callback = await away(surfer, house, { sub: 'ben' })
    const thief = ground.surfer()
    await thief.get('/sign-in/sso')
    const stolen = await thief.get(callback)
    assert.deepEqual([stolen.status, stolen.code, thief.cookies.has('session')], [401, 'sso.refused', false])
    // Whatever came of it, it is over: also for the browser that began.
    assert.equal((await surfer.get(callback)).code, 'sso.refused')
    for (const query of [
      '',
      '?code=a&state=b',
      `?code=a&state=${'A'.repeat(43)}`,
      '?error=access_denied',
      `?state=${'x'.repeat(9_000)}`,
    ])
      assert.equal((await ground.surfer().get(`/sign-in/sso/callback${query}`)).status, 401, query)
  })

  test('R17: a provider that lies lets nobody in, and says nothing but that; one that is down is said to be', async () => {
    const one = await ground.house('Quarry')
    const liar = await startLiar('127.0.0.1', client.id)
    try {
      await (await one.as('owner')).post(`${root}/providers`, connection({ issuer: liar.issuer }))
      const none = (token: string): string =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1] ?? ''}.`
      const tries: readonly (readonly [lies: Partial<Lies>, status: number, code: string])[] = [
        [{ claims: { nonce: 'A'.repeat(43) } }, 401, 'sso.refused'],
        [{ claims: { aud: 'somebody-else' } }, 401, 'sso.refused'],
        [{ claims: { iss: peer.issuer } }, 401, 'sso.refused'],
        [{ claims: { sub: 'a\0b' } }, 401, 'sso.refused'],
        [{ token: none }, 401, 'sso.refused'],
        [{ floods: '/token' }, 502, 'sso.provider_unavailable'],
      ]
      for (const [lies, status, code] of tries) {
        liar.lie(lies)
        const surfer = ground.surfer()
        const location = await depart(surfer, one)
        const asked = new URL(location).searchParams
        liar.expect(asked.get('nonce') ?? '')
        const back = await surfer.get(`/sign-in/sso/callback?code=c&state=${asked.get('state') ?? ''}`)
        assert.deepEqual([back.status, back.code, surfer.cookies.has('session')], [status, code, false])
        assert.ok(!back.text.includes('anna') && !back.text.includes('    at '))
      }
    } finally {
      await liar.close()
    }
  })

  test('R8, R13: a session that a provider speaks for enters its organization alone, and is asked for a second factor where that counts', async () => {
    const { people } = ground
    // The same person belongs to another organization, where they may do everything.
    const personId = house.personIds.agent
    await people.members.organization(other.id).sql`
      insert into upheld_access.member (organization_id, person_id, roles, source)
      values (${other.id}, ${personId}, ${['owner']}, 'invitation')`
    const surfer = ground.surfer()
    await surfer.get(await away(surfer, house, { sub: 'ben', amr: ['mfa'] }))
    assert.match((await surfer.get('/inside')).text, /inside of Harbor/)
    surfer.cookies.set('organization', other.id)
    const led = await surfer.get('/inside')
    assert.match(led.location, /^\/sign-in\?/)
    // Nor does it speak for their account.
    const again = ground.surfer()
    await again.get(await away(again, house, { sub: 'ben', amr: ['mfa'] }))
    assert.equal((await again.get('/sign-in/sso/link')).status, 303)
    assert.notEqual((await again.post('/account/password', { password: 'eleven brown dogs asleep' })).status, 200)
    await people.members.organization(other.id).sql`delete from upheld_access.member where person_id = ${personId}`
  })

  // ASVS 7.5.1
  test('a fresh proof is asked of the provider again, and counts from when the provider asked', async () => {
    const one = await ground.house('Orchard')
    await connect(one)
    const { people } = ground
    await people.members.organization(one.id).sql`
      update upheld_access.member set roles = ${['agent', 'gatekeeper']} where id = ${one.memberIds.agent}`
    await linked(one, 'rose')
    const surfer = ground.surfer()
    await surfer.get(await away(surfer, one, { sub: 'rose', amr: ['mfa'] }))
    const make = async (): Promise<Page> => {
      await surfer.get('/organization/keys')
      return surfer.post('/organization/keys', { name: 'x', days: '7', 'scope_ticket.read': 'on' })
    }
    assert.equal((await make()).status, 200)
    await stale(one.personIds.agent)
    const led = await make()
    assert.match(led.location, /^\/account\/confirm/)
    const confirm = await surfer.get(led.location)
    const href = /href="(\/sign-in\/sso\?[^"]*again=1[^"]*)"/.exec(confirm.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    assert.ok(href !== '', 'the page leads to the provider')
    await surfer.get(await away(surfer, one, { sub: 'rose', amr: ['mfa'] }, '&again=1'))
    assert.equal((await make()).status, 200)
  })

  test('a page of somebody else begins no sign-in, and no way on leads to another site', async () => {
    const surfer = ground.surfer()
    const [first] = await ground.people.sso.connections.list(ground.people.members.organization(house.id))
    const go = `/sign-in/sso/go?organization=${house.id}&connection=${first?.id ?? ''}`
    const foreign = await surfer.get(go, { 'sec-fetch-site': 'cross-site' })
    assert.deepEqual([foreign.location, surfer.cookies.has('sso')], [`/sign-in/sso?organization=${house.id}`, false])
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
      const led = await surfer.get(await away(surfer, house, { sub: 'ben' }, `&next=${encodeURIComponent(next)}`))
      assert.equal(led.location, '/inside', next)
    }
    for (const odd of ['organization=x&connection=y', `organization=${house.id}&connection=${other.id}`, ''])
      assert.match((await surfer.get(`/sign-in/sso/go?${odd}`)).location, /^\/sign-in\/sso\?/)
  })

  test('flood: whoever begins without end from one address waits, and nothing is kept of it', async () => {
    const { database } = ground.stage.people
    const begun = async (): Promise<unknown> =>
      (await database.query(`select count(*)::int as count from upheld_identity.once where kind = 'sso-state'`)).rows[0]
    await depart(ground.surfer(), house)
    const before = await begun()
    await database.query(`update upheld_identity.guess set tries = 1000 where kind = 'address'`)
    const surfer = ground.surfer()
    const { text } = await surfer.get(`/sign-in/sso?organization=${house.id}`)
    const go = /href="(\/sign-in\/sso\/go\?[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const refused = await surfer.get(go)
    assert.deepEqual([refused.status, refused.code], [429, 'takeover.slow_down'])
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    assert.deepEqual(await begun(), before)
    await database.query(`update upheld_identity.guess set tries = 0 where kind = 'address'`)
  })

  test('by an address one is led to who proved its domain: the same for every address of it, and for nobody else', async () => {
    const owner = await house.as('owner')
    const added = await owner.post(`${root}/domains`, { domain: 'Harbor.Example' })
    assert.equal(added.location, `${root}/domains?done=domain-added`)
    const value = /upheld-domain=[\w-]{43}/.exec((await owner.get(`${root}/domains`)).text)?.[0] ?? ''
    const ask = async (email: string): Promise<Page> => ground.surfer().post('/sign-in/sso', { email })
    assert.equal((await ask('ben@harbor.example')).status, 404)
    assert.equal((await owner.post(`${root}/domains/prove`, { domain: 'harbor.example' })).code, 'domains.not_proven')
    ground.txt.set('_upheld.harbor.example', ['v=spf1 -all', value])
    assert.equal((await owner.post(`${root}/domains/prove`, { domain: 'harbor.example' })).status, 303)
    assert.match((await owner.get(`${root}/domains`)).text, /badge good/)
    const known = await ask('ben@harbor.example')
    assert.match(known.text, /Harbor login/)
    assert.equal((await ask('nobody-at-all@harbor.example')).text, known.text)
    for (const email of ['ben@sub.harbor.example', 'ben@example.org', 'x', ''])
      assert.equal((await ask(email)).code, 'pages.no_provider', email)
    await owner.post(`${root}/domains/remove`, { domain: 'harbor.example' })
    assert.equal((await ask('ben@harbor.example')).status, 404)
  })

  test('nobody lets a sign-in give what they may not give, nor sees a box for it', async () => {
    const keeper = await house.as('gatekeeper')
    const page = await keeper.get(`${root}/providers`)
    assert.ok(!page.text.includes('role_admin'))
    const tried = await keeper.post(`${root}/providers`, connection({ provision_yes: 'on', role_admin: 'on' }))
    assert.deepEqual([tried.status, tried.code], [403, 'sso.role_refused'])
    assert.equal((await connect(house, { role_owner: 'on' })).code, 'sso.bad_connection')
  })

  test('what was unlinked or ended signs nobody in any more; of another organization nothing can be ended', async () => {
    const one = await ground.house('Grove')
    await connect(one)
    await linked(one, 'gil')
    const owner = await one.as('owner')
    const stranger = await house.as('owner')
    const [live] = await ground.people.sso.connections.list(ground.people.members.organization(one.id))
    const end = `${root}/providers/${live?.id ?? ''}/disable`
    assert.equal((await stranger.post(end)).status, 404)
    await stranger.post(`${root}/linked/${one.memberIds.agent}/unlink`)
    const surfer = ground.surfer()
    assert.equal((await surfer.get(await away(surfer, one, { sub: 'gil' }))).location, '/inside')
    assert.match((await owner.get(root)).text, /linked by themselves/)
    assert.equal((await owner.post(`${root}/linked/${one.memberIds.agent}/unlink`)).status, 303)
    // And what began there is over.
    assert.match((await surfer.get('/inside')).location, /^\/sign-in\?/)
    const next = ground.surfer()
    assert.equal((await next.get(await away(next, one, { sub: 'gil' }))).location, '/sign-in/sso/unknown')
    await linked(one, 'gil')
    const again = ground.surfer()
    await again.get(await away(again, one, { sub: 'gil' }))
    assert.match((await again.get('/inside')).text, /inside of Grove/)
    const late = ground.surfer()
    const callback = await away(late, one, { sub: 'gil' })
    assert.equal((await owner.post(end)).status, 303)
    assert.equal((await late.get(callback)).code, 'sso.unknown_connection')
    assert.match((await again.get('/inside')).location, /^\/sign-in\?/)
    assert.match((await owner.get('/inside')).text, /inside of Grove/)
    assert.equal((await late.get(`/sign-in/sso?organization=${one.id}`)).status, 404)
  })

  test('asked for a second factor after the word of a provider that is unlinked or ended meanwhile: no session begins', async () => {
    const one = await ground.house('Fen')
    await connect(one)
    const rows = ground.people.members.organization(one.id)
    const [live] = await ground.people.sso.connections.list(rows)
    const owner = await one.as('owner')
    const { stage } = ground
    for (const end of ['unlink', 'disable']) {
      const { personId, seed } = await stage.withApp()
      const [member] = await rows.sql<{
        id: string
      }>`insert into upheld_access.member (organization_id, person_id, roles, source)
        values (${one.id}, ${personId}, '{agent}', 'invitation') returning id`
      const said = { personId, methods: ['sso'], way: 'sso', organizationId: one.id } as const
      const waiting = await stage.identity.arrive(said, visitor())
      assert.ok(waiting.needs === 'second-factor')
      const path = end === 'unlink' ? `linked/${member?.id ?? ''}/unlink` : `providers/${live?.id ?? ''}/disable`
      assert.equal((await owner.post(`${root}/${path}`)).status, 303)
      await assert.rejects(
        stage.identity.second(waiting.ticket, { totp: stage.nextCode(seed) }, visitor()),
        (thrown: unknown) => thrown instanceof Error && 'code' in thrown && thrown.code === 'identity.ticket_over',
        end,
      )
    }
  })

  test('setting all of this up asks for the permission, and for a proof of the last five minutes', async () => {
    const nothing = '00000000-0000-4000-8000-000000000099'
    const paths = [
      `${root}/providers`,
      `${root}/providers/${nothing}/disable`,
      `${root}/linked/${house.memberIds.admin}/unlink`,
      `${root}/domains`,
      `${root}/domains/prove`,
      `${root}/domains/remove`,
      `${root}/directory/tokens`,
      `${root}/directory/tokens/${nothing}/revoke`,
      `${root}/directory/groups/${nothing}`,
    ]
    const [agent, owner] = [await house.as('agent'), await house.as('owner')]
    for (const path of paths) assert.equal((await agent.post(path)).code, 'pages.not_permitted', path)
    for (const path of [root, `${root}/providers`, `${root}/domains`, `${root}/directory`])
      assert.equal((await agent.get(path)).status, 403, path)
    await owner.get(root)
    await stale(house.personIds.owner)
    for (const path of paths) assert.match((await owner.post(path)).location, /^\/account\/confirm\?/, path)
  })

  test('clean for axe, narrow and wide, light and dark', async context => {
    const owner = await house.as('owner')
    await owner.post(`${root}/domains`, { domain: 'a-rather-long-name-of-a-domain.harbor.example' })
    const { origin } = ground
    const paths = [root, `${root}/providers`, `${root}/domains`, `${root}/directory`]
    await accessible(browser, context, { origin, cookies: Object.fromEntries(owner.cookies), paths })
    await accessible(browser, context, {
      origin,
      cookies: { 'sso-link': 'A'.repeat(43) },
      paths: ['/sign-in/sso', `/sign-in/sso?organization=${house.id}`, '/sign-in/sso/unknown'],
    })
  })
})
