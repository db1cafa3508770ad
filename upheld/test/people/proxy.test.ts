import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, suite, test } from 'node:test'
import type { PeopleSite } from '../../src/surfaces/people/index.ts'
import { startServer, type RunningServer } from '../../src/testing/index.ts'
import { browserStage, type BrowserStage } from './axe.ts'
import { withAuthenticator } from './browser-passkeys.ts'
import { identityStage, password, type Stage } from './identity-stage.ts'
import { openPages } from './pages-stage.ts'
import { startTlsProxy, type Heard, type TlsProxy } from './tls-proxy.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const email = 'ada@example.org'

suite('the pages of people behind a proxy that ends TLS', () => {
  let stage: Stage
  let proxy: TlsProxy
  let server: RunningServer
  let pages: ReturnType<typeof openPages>
  let browser: BrowserStage
  before(async () => {
    stage = await identityStage()
    proxy = await startTlsProxy()
    const { promise: site, resolve } = Promise.withResolvers<PeopleSite>()
    server = await startServer({
      host: '127.0.0.1',
      port: 0,
      whenTaken: 'refuse',
      trustedProxies: ['127.0.0.1'],
      handle: async (request, caller) => (await (await site).fetch(request, caller)) ?? new Response('inside'),
      onFailure: ({ code }) => assert.fail(code),
    })
    proxy.leadTo(server.port)
    pages = openPages(stage.people, { origin: proxy.origin })
    resolve(pages.people.site)
    const { identity } = pages.people
    await identity.signUp({ email, name: 'Ada', password })
    await identity.confirmSignUp({ link: await stage.link(email), password }, { address: '10.9.9.9', agent: 'a test' })
    browser = await browserStage()
  })
  after(async () => {
    await browser.close()
    await pages.close()
    await server.close()
    await proxy.close()
    await stage.close()
  })

  type Sent = Parameters<TlsProxy['ask']>[1]
  const signIn = (headers: Readonly<Record<string, string>>, more: Sent = {}): Promise<Heard> => {
    const body = new URLSearchParams({ email, password }).toString()
    return proxy.ask('/sign-in', { ...more, method: 'POST', headers: { ...form, ...headers } }, body)
  }
  const cookiesOf = ({ headers }: Heard): readonly string[] => [headers['set-cookie'] ?? []].flat()
  /** Networks that sessions began from. */
  const networks = async (): Promise<readonly unknown[]> => {
    const { rows } = await stage.people.database.query('select distinct network from upheld_identity.session')
    return rows.map(row => row['network'])
  }

  test('a session begins at the public origin, with cookies of https alone', async () => {
    const answer = await signIn({ origin: proxy.origin })
    assert.equal(answer.status, 303)
    const cookie = cookiesOf(answer).find(line => line.includes('session='))
    assert.match(cookie ?? '', /^__Host-session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/)
    const [pair = ''] = (cookie ?? '').split(';')
    assert.equal((await proxy.ask('/account', { headers: { cookie: pair } })).status, 200)
    const plain = pair.replace('__Host-', '')
    assert.equal((await proxy.ask('/account', { headers: { cookie: plain } })).status, 303, 'without its prefix')
  })

  for (const [attack, origin] of [
    ['of the server behind the proxy', () => `http://localhost:${server.port}`],
    ['that the header Host names', () => 'https://inside.invalid'],
    ['of the same name without TLS', () => proxy.origin.replace('https:', 'http:')],
    ['of the same name at another port', () => `${proxy.origin}0`],
    ['of nobody', () => 'null'],
  ] as const)
    test(`a form from the origin ${attack} is refused`, async () => {
      const answer = await signIn({ origin: origin() })
      assert.equal(answer.status, 403)
      assert.match(answer.body, /pages\.foreign_form/)
      assert.deepEqual(cookiesOf(answer), [])
    })

  test('no page and no redirect names the host that a request names, or the server behind the proxy', async () => {
    const paths = pages.people.site.routes.flatMap(({ method, path }) =>
      method === 'GET' && !path.includes(':') ? [path] : [],
    )
    assert.ok(paths.length > 20)
    for (const path of paths) {
      const { status, headers, body } = await proxy.ask(path, { headers: { 'x-forwarded-host': 'evil.invalid' } })
      const said = `${JSON.stringify(headers)}\n${body}`
      assert.ok(status < 500, path)
      assert.doesNotMatch(said, new RegExp(`inside\\.invalid|evil\\.invalid|:${server.port}\\b`), path)
    }
  })

  test('whoever asks is known by what the proxy says, and not by what they write themselves', async () => {
    const spoofed = { origin: proxy.origin, 'x-forwarded-for': '8.8.8.8', 'x-real-ip': '8.8.4.4' }
    assert.equal((await signIn(spoofed, { localAddress: '127.77.6.5' })).status, 303)
    const known = await networks()
    assert.deepEqual([known.includes('127.77.6.0/24'), known.includes('8.8.8.0/24')], [true, false])
  })

  test('past the proxy nobody is believed', async () => {
    const body = new URLSearchParams({ email, password }).toString()
    const past = { host: '127.0.0.1', port: server.port, path: '/sign-in', localAddress: '127.88.7.6', agent: false }
    const headers = { ...form, origin: proxy.origin, 'x-forwarded-for': '8.8.8.8' }
    const status = await new Promise((resolve, reject) => {
      const outgoing = request({ ...past, method: 'POST', headers }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
    const known = await networks()
    assert.deepEqual([status, known.includes('127.88.7.0/24'), known.includes('8.8.8.0/24')], [303, true, false])
  })

  test('a real browser signs in, adds a passkey, and comes back with it', async context => {
    if (browser.browser === undefined) return context.skip(browser.missing)
    const window = await browser.browser.newContext({ ignoreHTTPSErrors: true })
    const page = await window.newPage()
    await withAuthenticator(page)
    const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()
    await page.goto(`${proxy.origin}/sign-in`)
    await page.getByLabel('E-mail').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await press('Sign in')
    await page.goto(`${proxy.origin}/account`)
    await page.locator('input[name="name"]').fill('My laptop')
    await press('Add a passkey')
    await page.getByText('My laptop', { exact: true }).waitFor()
    await press('Sign out')
    await page.waitForURL(`${proxy.origin}/sign-in`)
    await press('Sign in with a passkey')
    await page.waitForURL(`${proxy.origin}/inside`)
    const names = (await window.cookies()).filter(({ secure }) => secure).map(({ name }) => name)
    assert.ok(names.includes('__Host-session'))
    await window.close()
  })
})
