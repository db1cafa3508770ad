import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Organization } from 'upheld'
import { newLink } from '../src/access/links.ts'
import { desk } from '../src/desk.ts'
import { cookieFrom, openStage, type Stage } from './stage.ts'

suite('signing in', () => {
  let stage: Stage
  let house: Organization
  before(async () => {
    stage = await openStage()
    house = stage.organization('two-herons')
  })
  after(() => stage.close())

  async function link(): Promise<string> {
    const made = await newLink(house, await stage.memberId(house, 'owner'))
    assert.ok(made)
    return made
  }
  const redeem = (path: string, origin = stage.origin) =>
    fetch(stage.origin + path, { method: 'POST', headers: { origin }, redirect: 'manual' })

  test('a link signs in once', async () => {
    const path = await link()
    const first = await redeem(path)
    assert.deepEqual([first.status, first.headers.get('location')], [303, '/'])
    assert.equal((await stage.page('/', cookieFrom(first))).status, 200)
    assert.equal((await redeem(path)).status, 410)
  })

  test('of 50 who redeem one link at once exactly one gets in', async () => {
    const path = await link()
    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(path)))
    assert.equal(answers.filter(answer => answer.status === 303).length, 1)
    assert.equal(answers.filter(answer => answer.status === 410).length, 49)
  })

  test('looking at a link does not use it up', async () => {
    const path = await link()
    for (const method of ['GET', 'HEAD']) assert.equal((await fetch(stage.origin + path, { method })).status, 200)
    assert.equal((await redeem(path)).status, 303)
  })

  test('a link is over after 15 minutes', async () => {
    const path = await link()
    const [row] = await house.sql<{ minutes: number }>`
      select extract(epoch from max(expires_at) - now())::float8 / 60 as minutes from desk.access_link`
    assert.ok(row && row.minutes > 14 && row.minutes <= 15)
    await house.sql`update desk.access_link set expires_at = now() - interval '1 second'`
    assert.equal((await redeem(path)).status, 410)
  })

  test('a link that nobody made is refused', async () => {
    const path = await link()
    const wrong = [
      path.slice(0, -1),
      `${path}x`,
      path.replace(/_./, '_'),
      `/sign-in/${'a'.repeat(76)}`,
      '/sign-in/x',
      '/sign-in/%00',
    ]
    for (const tried of wrong) assert.equal((await redeem(tried)).status, 410, tried)
    assert.equal((await redeem(path)).status, 303)
  })

  test('another site cannot sign anybody in', async () => {
    const path = await link()
    for (const origin of ['https://elsewhere.example', 'null', `${stage.origin}.elsewhere.example`]) {
      assert.equal((await redeem(path, origin)).status, 403)
    }
    assert.equal((await redeem(path)).status, 303)
  })

  test('over plain http on this machine the cookie is HttpOnly and SameSite', async () => {
    const [cookie = ''] = (await redeem(await link())).headers.getSetCookie()
    assert.match(cookie, /^desk=[0-9a-f]{32}_[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/)
  })

  test('over https the cookie is bound to this host and to https', async () => {
    const origin = 'https://desk.example'
    const answer = desk(stage.platform.upheld)
    const signedIn = await answer(new Request(origin + (await link()), { method: 'POST', headers: { origin } }))
    const [cookie = ''] = signedIn.headers.getSetCookie()
    assert.match(cookie, /^__Host-desk=\S+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure$/)
    assert.doesNotMatch(cookie, /Domain/i)
    const value = cookieFrom(signedIn)
    assert.equal((await answer(new Request(origin, { headers: { cookie: value } }))).status, 200)
    const plain = value.replace('__Host-', '')
    assert.equal(
      (await answer(new Request(origin, { headers: { cookie: plain } }))).status,
      303,
      'another name is not ours',
    )
  })

  test('plain http that leaves this machine signs nobody in, and keeps the link whole', async () => {
    const origin = 'http://desk.example'
    const path = await link()
    const answer = await desk(stage.platform.upheld)(
      new Request(origin + path, { method: 'POST', headers: { origin } }),
    )
    assert.equal(answer.status, 403)
    assert.equal((await redeem(path)).status, 303)
  })

  test('a session ends when it is idle, when it is old, and when its member signs out', async () => {
    const endings = [
      () => house.sql`update desk.session set last_seen_at = now() - interval '31 minutes'`,
      () => house.sql`update desk.session set expires_at = now() - interval '1 second'`,
      (cookie: string) => stage.form('/sign-out', cookie, {}),
    ]
    for (const end of endings) {
      const cookie = await stage.signIn(house, 'agent')
      assert.equal((await stage.page('/', cookie)).status, 200)
      await end(cookie)
      assert.equal((await stage.page('/', cookie)).status, 303)
    }
  })

  test('using a session keeps it from idling, but not from ending', async () => {
    const cookie = await stage.signIn(house, 'agent')
    await house.sql`update desk.session set last_seen_at = now() - interval '29 minutes'`
    await stage.page('/', cookie)
    const [row] = await house.sql<{ idle: number; left: number }>`
      select
        extract(epoch from now() - max(last_seen_at))::float8 as idle,
        extract(epoch from max(expires_at) - now())::float8 / 3600 as left
      from desk.session`
    assert.ok(row && row.idle < 60 && row.left <= 12)
  })

  test('a thief of the database finds no secret that opens anything', async () => {
    const path = await link()
    const cookie = await stage.signIn(house, 'owner')
    const key = await stage.key(house)
    const { rows } = await stage.platform.admin.query(`
      select row_to_json(t)::text as row from desk.access_link t
      union all select row_to_json(t)::text from desk.session t
      union all select row_to_json(t)::text from desk.api_key t`)
    const everything = rows.map(row => String(row['row'])).join('\n')
    assert.match(everything, /secret_hash/)
    for (const secret of [path, cookie, key].map(text => text.slice(-43))) {
      const hex = Buffer.from(secret, 'base64url').toString('hex')
      assert.ok(!everything.includes(secret) && !everything.includes(hex))
    }
  })

  test('what is over is cleared away when the next link is made', async () => {
    await house.sql`update desk.access_link set expires_at = now() - interval '1 second'`
    await house.sql`update desk.session set expires_at = now() - interval '1 second'`
    await link()
    const [left] = await house.sql`
      select (select count(*)::integer from desk.access_link) as links, (select count(*)::integer from desk.session) as sessions`
    assert.deepEqual(left, { links: 1, sessions: 0 })
  })

  test('a member who is added gets a link that works', async () => {
    const owner = await stage.signIn(house, 'owner')
    const added = await stage.form('/team', owner, {
      name: 'Ada Quince',
      email: 'Ada.Quince@post.example',
      role: 'agent',
    })
    const path = /\/sign-in\/[\w-]+/.exec(await added.text())?.[0]
    assert.ok(path)
    const session = cookieFrom(await redeem(path))
    assert.match(await (await stage.page('/', session)).text(), /Ada Quince, agent/)
    assert.equal(
      (await stage.form('/team', owner, { name: 'Twin', email: 'ada.quince@post.example', role: 'agent' })).status,
      409,
    )
  })
})
