import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openIdentity } from '../../src/guards/identity/index.ts'
import { peopleRoutes, type PeopleSite } from '../../src/surfaces/people/index.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'
import { openPages } from './pages-stage.ts'

const origin = 'https://desk.example'

suite('attacks on the pages', () => {
  let stage: Stage
  let pages: PeopleSite['fetch']
  const opened: { close(): Promise<void> }[] = []
  const open = (identity: Stage['identity']): PeopleSite['fetch'] => {
    const bend = { identity: () => identity, factors: () => stage.ports.factors }
    const pages = openPages(stage.people, { origin }, { bend })
    opened.push(pages)
    return pages.people.site.fetch
  }
  before(async () => {
    stage = await identityStage()
    pages = open(stage.identity)
  })
  after(async () => {
    for (const one of opened) await one.close()
    await stage.close()
  })

  interface Asked {
    readonly method?: string
    readonly cookie?: string
    readonly fields?: Readonly<Record<string, string>>
    readonly address?: string
  }
  async function ask(path: string, { method, cookie, fields, address = visitor().address }: Asked = {}, by = pages) {
    const headers = new Headers({ 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/1.0' })
    if (cookie !== undefined) headers.set('cookie', cookie)
    const init: RequestInit = { method: method ?? (fields === undefined ? 'GET' : 'POST'), headers }
    if (fields !== undefined) {
      headers.set('origin', origin)
      headers.set('content-type', 'application/x-www-form-urlencoded')
      init.body = new URLSearchParams(fields).toString()
    }
    const answer = await by(new Request(`${origin}${path}`, init), { address })
    assert.ok(answer !== undefined)
    return answer
  }
  test('every answer is kept by nobody: no-store on pages, redirects, refusals and JSON, asked with any method', async () => {
    for (const { path, at } of peopleRoutes.filter(route => route.at !== 'program'))
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) {
        const answer = await ask(path, { method })
        assert.equal(answer.headers.get('cache-control'), 'no-store', `${method} ${path}`)
        assert.equal(answer.headers.get('access-control-allow-origin'), null)
        if (method === 'GET' && at === 'inside') assert.notEqual(answer.status, 200, path)
      }
  })

  test('over https every cookie is bound to the host, out of reach for scripts, and sent over https alone', async () => {
    const one = await stage.withApp()
    const plain = await stage.somebody()
    const answers = [
      await ask('/sign-in', { fields: { email: one.email, password, next: '/account' } }),
      await ask('/sign-in', { fields: { email: plain.email, password } }),
      await ask('/sign-in/passkey/options', { fields: {} }),
    ]
    const all = answers.flatMap(answer => answer.headers.getSetCookie())
    assert.ok(all.length >= 6)
    for (const line of all)
      assert.match(line, /^__Host-[a-z]+=[^;]*; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/)
  })

  test('markup in a field, an address, a link or an onward path is text on every page that shows it', async () => {
    const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`
    const fields = { email: evil, name: evil, password: evil, link: evil, next: evil, totp: evil, recovery: evil }
    const at = encodeURIComponent(evil)
    const shown = [
      ...(await Promise.all(peopleRoutes.map(({ path }) => ask(path, { fields })))),
      ...(await Promise.all(peopleRoutes.map(({ path }) => ask(`${path}?next=${at}&link=${at}`)))),
    ]
    for (const answer of shown) {
      const text = await answer.text()
      assert.doesNotMatch(text, /<script>|<img/)
      assert.doesNotMatch(text, /value="[^"]*'>/)
    }
    const { token } = await stage.somebody()
    const inside = await ask('/account', { cookie: `__Host-session=${token}` })
    assert.equal(inside.status, 200)
  })

  test('markup in a name and in what a browser says of itself is text in the account', async () => {
    const email = 'markup@example.org'
    await stage.identity.signUp({ email, name: '<img src=x onerror=alert(1)>', password })
    const from = { ...visitor(), agent: '<img src=x> Firefox/1.0' }
    const arrived = await stage.identity.confirmSignUp({ link: await stage.link(email), password }, from)
    const text = await (await ask('/account', { cookie: `__Host-session=${arrived.token}` })).text()
    assert.match(text, /&lt;img/)
    assert.doesNotMatch(text, /<img/)
  })

  test('whoever is slowed down reads how long, and which ways stay open', async () => {
    const { email } = await stage.somebody()
    const wrong = () => ask('/sign-in', { fields: { email, password: 'certainly not this one' } })
    let last = await wrong()
    for (let n = 0; n < 7; n++) last = await wrong()
    assert.equal(last.status, 429)
    const text = await last.text()
    assert.match(text, /Wait \d+ seconds?\./)
    assert.match(text, /known, a passkey, or the link by mail/)
    assert.ok(Number(last.headers.get('retry-after')) >= 1)
  })

  test('the database is down: one failure, no cookie, and nothing that says whose address it is', async () => {
    const closed = {
      ...stage.ports.database,
      query: () => Promise.reject(new Error('down')),
      transaction: () => Promise.reject(new Error('down')),
    }
    const broken = open(openIdentity({ ...stage.ports, database: closed }))
    for (const [path, fields] of [
      ['/sign-in', { email: 'a@example.org', password }],
      ['/forgot', { email: 'a@example.org' }],
    ] as const)
      await assert.rejects(ask(path, { fields }, broken), { message: 'down' })
  })
})
