import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openPeople, type People } from '../../src/people.ts'
import { openLook } from '../../src/surfaces/look/index.ts'
import { peoplePages, peopleRoutes } from '../../src/surfaces/people/index.ts'
import { startServer, testBrowser, type RunningServer } from '../../src/testing/index.ts'
import { fromBase32 } from './factors-stage.ts'
import { house, identityStage, password, visitor, type Stage } from './identity-stage.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Ground {
  readonly stage: Stage
  readonly server: RunningServer
  /** A secure context for a browser, unlike the address in numbers. */
  readonly origin: string
  readonly people: People
  close(): Promise<void>
}

async function openGround(): Promise<Ground> {
  const stage = await identityStage()
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof peoplePages>>()
  const look = openLook()
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    handle: async (request, caller) =>
      look.fetch(request) ?? (await (await promise)(request, caller)) ?? new Response('inside'),
    onFailure: failure => assert.fail(failure.code),
  })
  const { platform, clock } = stage.people
  const { vault } = platform.custody
  assert.ok(vault !== undefined)
  const origin = `http://localhost:${server.port}`
  const folder = mkdtempSync(join(tmpdir(), 'upheld-people-'))
  const people = openPeople(
    platform.upheld,
    house,
    {
      databaseUrl: platform.urls.identity,
      contextKeyFile: 'in memory',
      pepperFile: join(folder, 'peppers'),
      guessKeyFile: join(folder, 'guess.key'),
      supportKeyFile: join(folder, 'support.key'),
      vault,
      origin,
      product: 'Northwind',
    },
    { clock, contextKeys: { current: () => platform.key } },
  )
  const { identity, factors } = people
  resolve(peoplePages({ identity, factors, product: 'Northwind', origin, home: '/inside', look, clock }))
  return {
    stage,
    people,
    server,
    origin,
    async close() {
      await server.close()
      await people.close()
      await stage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

suite('the pages before an application, in a browser without scripts', () => {
  let ground: Ground
  let browser: Browser | undefined
  let missing = ''
  let context: BrowserContext
  let page: Page
  const email = 'ada@example.org'

  before(async () => {
    ground = await openGround()
    const found = await testBrowser()
    if ('reason' in found) missing = found.reason
    else browser = found.browser
    if (browser !== undefined) {
      context = await browser.newContext({ javaScriptEnabled: false })
      page = await context.newPage()
    }
  })
  after(async () => {
    await browser?.close()
    await ground.close()
  })

  const at = (path: string) => `${ground.origin}${path}`
  const send = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const typed = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value)
  const heading = () => page.locator('h1').textContent()
  const signIn = async (word = password) => {
    await page.goto(at('/sign-in'))
    await typed('E-mail', email)
    await typed('Password', word)
    await send('Sign in')
  }

  test('from the first form to the account: sign-up, the mail, the password once more', async context => {
    if (browser === undefined) return context.skip(missing)
    await page.goto(at('/sign-up'))
    await typed('Your name', 'Ada Quince')
    await typed('E-mail', email)
    await typed('Password', password)
    await send('Send me a link')
    assert.equal(await heading(), 'Look into your mail')
    const link = await ground.stage.link(email)
    await page.goto(at(`/sign-up/confirm?link=${link}`))
    await typed('The password that you chose', password)
    await send('Open my account')
    assert.equal(new URL(page.url()).pathname, '/inside')
    await page.goto(at('/account'))
    assert.equal(await heading(), 'Ada Quince')
  })

  // ASVS 7.4.4
  test('an app is added by its first code, shows recovery codes once, and is asked for at the next sign-in', async context => {
    if (browser === undefined) return context.skip(missing)
    await page.goto(at('/account/totp'))
    const key = (await page.locator('figcaption code').textContent())?.replaceAll(' ', '') ?? ''
    const seed = fromBase32(key)
    await typed('The code that it shows', '000000')
    await send('Add it')
    assert.match((await page.getByRole('alert').textContent()) ?? '', /not accepted/)
    await typed('The code that it shows', ground.stage.code(seed))
    await send('Add it')
    const codes = await page.locator('.codes code').allTextContents()
    assert.equal(codes.length, 10)
    await page.goto(at('/account'))
    await send('Sign out')
    assert.equal(new URL(page.url()).pathname, '/sign-in')
    await signIn()
    assert.equal(new URL(page.url()).pathname, '/sign-in/second')
    // R2: after the first factor no cookie opens anything.
    await page.goto(at('/account'))
    assert.equal(new URL(page.url()).pathname, '/sign-in')
    await page.goto(at('/sign-in/second'))
    await typed('Code of your app', ground.stage.nextCode(seed))
    await send('Go on')
    assert.equal(new URL(page.url()).pathname, '/inside')
    await page.goto(at('/account'))
    await send('Sign out')
    await signIn()
    await page.locator('summary').click()
    await typed('A recovery code', codes[0] ?? '')
    await send('Go on with this code')
    assert.equal(new URL(page.url()).pathname, '/inside')
  })

  // ASVS 6.2.6, 6.2.7
  test('what is wrong stands above the form, is read out, and what was typed is there but for the password', async context => {
    if (browser === undefined) return context.skip(missing)
    await page.context().clearCookies()
    await signIn('not the right one at all')
    assert.match((await page.getByRole('alert').textContent()) ?? '', /do not belong together/)
    assert.equal(await page.getByLabel('E-mail').inputValue(), email)
    assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '')
  })

  test('a passkey is added, opens the account by itself, is a fresh proof, and goes again', async context => {
    if (browser === undefined) return context.skip(missing)
    const mail = 'grace@example.org'
    const { identity } = ground.people
    await identity.signUp({ email: mail, name: 'Grace', password })
    const scripted = await browser.newContext()
    const other = await scripted.newPage()
    const complaints: string[] = []
    other.on('console', said => complaints.push(said.text()))
    const cdp = await scripted.newCDPSession(other)
    await cdp.send('WebAuthn.enable')
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    const press = (name: string) => other.getByRole('button', { name }).click()
    await other.goto(at(`/sign-up/confirm?link=${await ground.stage.link(mail)}`))
    await other.getByLabel('The password that you chose').fill(password)
    await press('Open my account')
    await other.goto(at('/account'))
    await other.getByLabel('What you call it').fill('My laptop')
    await press('Add a passkey')
    await other.getByText('My laptop').waitFor()
    await press('Sign out')
    await other.waitForURL(at('/sign-in'))
    await press('Sign in with a passkey')
    await other.waitForURL(at('/inside'))
    ground.stage.people.clock.turn(600)
    await other.goto(at('/account/totp'))
    await other.waitForURL(/\/account\/confirm/)
    await press('Use a passkey')
    await other.waitForURL(at('/account/totp'))
    await other.goto(at('/account'))
    await press('Remove')
    await other.waitForURL(at('/account'))
    assert.equal(await other.getByText('My laptop').count(), 0)
    assert.deepEqual(complaints, [])
    await scripted.close()
  })

  test('every page at the door is clean for axe, narrow and wide, light and dark, and scrolls in one direction', async context => {
    if (browser === undefined) return context.skip(missing)
    const doors = peopleRoutes.filter(route => route.at === 'door' && route.method === 'GET')
    for (const [width, colorScheme] of [
      [320, 'light'],
      [1280, 'dark'],
    ] as const) {
      const scripted = await browser.newContext({ bypassCSP: true, colorScheme, viewport: { width, height: 800 } })
      const other = await scripted.newPage()
      for (const { path } of doors) {
        await other.goto(at(path))
        await other.evaluate(axe)
        const faults: unknown = await other.evaluate(
          `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(one => one.target).join(' ')))`,
        )
        assert.deepEqual(faults, [], `${path} at ${width}`)
        assert.equal(await other.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, path)
      }
      await scripted.close()
    }
  })
})

suite('forms that were not sent from our pages', () => {
  let ground: Ground
  before(async () => {
    ground = await openGround()
  })
  after(async () => {
    await ground.close()
  })

  let count = 0
  const somebody = async (): Promise<{ email: string; token: string }> => {
    const email = `page-${++count}@example.org`
    const { identity } = ground.people
    await identity.signUp({ email, name: 'Somebody', password })
    return { email, ...(await identity.confirmSignUp({ link: await ground.stage.link(email), password }, visitor())) }
  }
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${ground.server.origin}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ground.origin, ...headers },
      body,
    })

  test('cross-site POST, another origin and no origin are refused, at the door and inside', async () => {
    const { token } = await somebody()
    const session = { cookie: `session=${token}` }
    for (const [path, headers] of [
      ['/sign-in', { origin: 'https://evil.example' }],
      ['/sign-in', { origin: 'null' }],
      ['/sign-out', { ...session, origin: 'https://evil.example' }],
      ['/sign-out', session],
    ] as const) {
      assert.equal((await post(path, 'email=a&password=b', headers)).status, 403, path)
    }
    assert.notEqual(await ground.people.identity.verify(token), undefined)
  })

  test('an onward path that leads to another site leads home', async () => {
    const { email } = await somebody()
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/%0d%0aset-cookie:a=b',
      '/account',
    ]) {
      const body = new URLSearchParams({ email, password, next }).toString()
      const { status, headers } = await post('/sign-in', body)
      assert.equal(status, 303)
      assert.equal(headers.get('location'), next === '/account' ? '/account' : '/inside', next)
    }
  })

  test('a field that comes twice, a body that is no form, one that is too large, and invalid UTF-8 are refused', async () => {
    assert.equal((await post('/sign-in', 'email=a@b.example&email=c@d.example&password=x')).status, 400)
    assert.equal((await post('/sign-in', '{"email":"a"}', { 'content-type': 'application/json' })).status, 400)
    assert.equal((await post('/sign-in', `email=a&password=${'x'.repeat(20_000)}`)).status, 413)
    assert.equal((await post('/sign-in', '__proto__=1&constructor=2&email=a&password=b')).status, 400)
    assert.equal((await fetch(`${ground.server.origin}/sign-in`, { method: 'DELETE' })).status, 405)
  })

  test('known and unknown address: the same status, the same page, whatever is asked', async () => {
    const { email } = await somebody()
    const asked = async (path: string, fields: Record<string, string>): Promise<string> => {
      const response = await post(path, new URLSearchParams(fields).toString())
      const text = (await response.text()).replaceAll(/value="[^"]*"/g, '')
      return `${response.status} ${response.headers.get('location') ?? ''} ${text}`
    }
    const ways: readonly (readonly [path: string, more: Record<string, string>])[] = [
      ['/sign-in', { password: 'wrong wrong wrong' }],
      ['/forgot', {}],
      ['/sign-up', { name: 'A', password: 'eleven brown dogs asleep' }],
    ]
    for (const [path, more] of ways) {
      const known = await asked(path, { email, ...more })
      assert.equal(await asked(path, { email: 'nobody@example.org', ...more }), known, path)
    }
  })
})
