import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, suite, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { People } from '../../src/people.ts'
import { peopleRoutes } from '../../src/surfaces/people/index.ts'
import { testBrowser, type RunningServer } from '../../src/testing/index.ts'
import { withAuthenticator } from './browser-passkeys.ts'
import { fromBase32 } from './factors-stage.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'
import { servePages } from './pages-stage.ts'

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
  const served = await servePages(stage.people, () => new Response('inside'))
  return {
    ...served,
    stage,
    async close() {
      await served.close()
      await stage.close()
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

  test('whoever types the address in numbers is led to its name, where forms and passkeys work', async () => {
    const { port } = ground.server
    const answer = await fetch(`http://127.0.0.1:${port}/sign-in?next=/inside`, { redirect: 'manual' })
    assert.equal(answer.status, 303)
    assert.equal(answer.headers.get('location'), `http://localhost:${port}/sign-in?next=/inside`)
  })

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
    await send('Add the app')
    assert.match((await page.getByRole('alert').textContent()) ?? '', /not accepted/)
    await typed('The code that it shows', ground.stage.code(seed))
    await send('Add the app')
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
    // Tied to its field: marked, described by what is said above, and where the next key goes.
    const field = page.getByLabel('Password', { exact: true })
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    assert.match(
      (await page.locator(`#${await field.getAttribute('aria-describedby')}`).textContent()) ?? '',
      /do not belong together/,
    )
    assert.equal(await page.locator(':focus').getAttribute('name'), 'password')
  })

  test('a link that is over shows no form to fill in in vain, and leads to another link', async context => {
    if (browser === undefined) return context.skip(missing)
    for (const [path, label, submit, onward] of [
      ['/reset', 'Your new password', 'Set the password', '/forgot'],
      ['/sign-up/confirm', 'The password that you chose', 'Open my account', '/sign-up'],
    ] as const) {
      await page.goto(at(`${path}?link=${'A'.repeat(43)}`))
      await typed(label, password)
      await send(submit)
      assert.equal(await heading(), 'This link is over')
      assert.match((await page.getByRole('alert').textContent()) ?? '', /Ask for a new one/)
      await page.locator('main a.button').click()
      assert.equal(new URL(page.url()).pathname, onward)
    }
  })

  test('a link of a mail that gives an address back says what it does before it is pressed', async context => {
    if (browser === undefined) return context.skip(missing)
    await page.goto(at('/account/email/undo?link=x'))
    assert.match((await page.locator('main').textContent()) ?? '', /the old one is yours again, every session ends/)
    await page.goto(at('/account/email/confirm?link=x'))
    assert.match((await page.locator('main').textContent()) ?? '', /the old address is told/)
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
    await withAuthenticator(other)
    const press = (name: string) => other.getByRole('button', { name }).click()
    await other.goto(at(`/sign-up/confirm?link=${await ground.stage.link(mail)}`))
    await other.getByLabel('The password that you chose').fill(password)
    await press('Open my account')
    await other.goto(at('/account'))
    // Every page of an account is led to from it, and what happened is said in words.
    for (const path of ['/account/email', '/account/password', '/account/totp'])
      assert.equal(await other.locator(`main a[href="${path}"]`).count(), 1, path)
    assert.match((await other.locator('main').textContent()) ?? '', /Your account was opened|You signed in/)
    await other.getByLabel('Name of the passkey').fill('My laptop')
    await press('Add a passkey')
    await other.getByText('My laptop', { exact: true }).waitFor()
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
