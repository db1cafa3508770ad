import assert from 'node:assert/strict'
import { after, before, suite, test, type TestContext } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { testBrowser } from '../../src/testing/index.ts'
import { withAuthenticator } from './browser-passkeys.ts'
import { password, visitor } from './identity-stage.ts'
import { organizationGround, type Ground, type Organization } from './organization-stage.ts'

suite('what a browser keeps, sends along and is led to', () => {
  let ground: Ground
  let browser: Browser | undefined
  let missing = ''
  before(async () => {
    ground = await organizationGround()
    const found = await testBrowser()
    if ('reason' in found) missing = found.reason
    else browser = found.browser
  })
  after(async () => {
    await browser?.close()
    await ground.close()
  })

  let count = 0
  const somebody = async () => {
    const email = `browser-${++count}@example.org`
    const { identity } = ground.people
    await identity.signUp({ email, name: `Person ${count}`, password })
    const arrived = await identity.confirmSignUp({ link: await ground.stage.link(email), password }, visitor())
    return { email, personId: arrived.session.personId, name: `Person ${count}` }
  }
  const at = (path: string) => `${ground.origin}${path}`
  const opened = async (context: TestContext, javaScriptEnabled = true): Promise<BrowserContext | undefined> => {
    if (browser !== undefined) return browser.newContext({ javaScriptEnabled })
    context.skip(missing)
    return undefined
  }
  const signIn = async (page: Page, email: string, next = '/account') => {
    await page.goto(at(`/sign-in?next=${encodeURIComponent(next)}`))
    await page.fill('form[action="/sign-in"] input[name=email]', email)
    await page.fill('form[action="/sign-in"] input[name=password]', password)
    await page.click('form[action="/sign-in"] button')
    await page.waitForLoadState()
  }

  test('after a sign-out the way back shows nothing of the account, in this tab and in another one', async context => {
    const own = await opened(context)
    if (own === undefined) return
    const one = await somebody()
    const [page, other] = [await own.newPage(), await own.newPage()]
    await signIn(page, one.email)
    assert.equal(await page.locator('h1').textContent(), one.name)
    await other.goto(at('/account/password'))
    await page.goto(at('/organizations'))
    await page.goto(at('/account'))
    await page.click('form[action="/sign-out"] button')
    await page.waitForURL(at('/sign-in'))
    for (let step = 0; step < 3; step++) {
      await page.goBack()
      await page.waitForLoadState()
      assert.doesNotMatch(await page.content(), new RegExp(`${one.email}|${one.name}`))
    }
    await other.fill('input[name=old]', password)
    await other.fill('input[name=password]', 'ten thin trees in rain')
    await other.click('form[action="/account/password"] button')
    await other.waitForURL(/\/sign-in/)
    const { identity } = ground.people
    assert.equal((await identity.signIn({ email: one.email, password }, visitor())).needs, 'nothing')
    await own.close()
  })

  test('an invitation that somebody opened is gone for whoever uses the browser after them', async context => {
    const own = await opened(context)
    if (own === undefined) return
    const house: Organization = await ground.organization('Secret Society')
    const [one, next] = [await somebody(), await somebody()]
    ground.stage.people.clock.turn(1)
    await ground.people.identity.invite(await house.entry('owner'), { email: one.email, roles: ['agent'] })
    const page = await own.newPage()
    await page.goto(at(`/invitation?link=${await ground.stage.link(one.email)}`))
    assert.match(await page.content(), /Secret Society/)
    await signIn(page, one.email)
    await page.click('form[action="/sign-out"] button')
    await signIn(page, next.email, '/invitation')
    assert.doesNotMatch(await page.content(), /Secret Society|opened an invitation/)
    await own.close()
  })

  test('whoever adds a passkey with a proof that is too old is led to a fresh one and back, and not told to try again in vain', async context => {
    const own = await opened(context)
    if (own === undefined) return
    const one = await somebody()
    const page = await own.newPage()
    await withAuthenticator(page)
    await signIn(page, one.email)
    ground.stage.people.clock.turn(301)
    const adding = 'form[action="/account/passkeys"]'
    await page.fill(`${adding} input[name=name]`, 'This laptop')
    await page.click(`${adding} button`)
    await page.waitForURL(/\/account\/confirm\?next=%2Faccount/)
    assert.equal((await ground.people.factors.of(one.personId)).passkeys.length, 0)
    await page.fill('form[action="/account/confirm"] input[name=password]', password)
    await page.click('form[action="/account/confirm"] button')
    await page.waitForURL(at('/account'))
    await page.fill(`${adding} input[name=name]`, 'This laptop')
    await page.click(`${adding} button`)
    await page.waitForURL(at('/account'))
    await page.getByText('This laptop').first().waitFor()
    assert.equal((await ground.people.factors.of(one.personId)).passkeys.length, 1)
    await own.close()
  })

  test('the link of a mail is told to nobody: no other site is asked for anything, and none hears where its reader came from', async context => {
    const own = await opened(context)
    if (own === undefined) return
    const secret = 'S'.repeat(43)
    const elsewhere = 'http://elsewhere.example/'
    await own.route(`${elsewhere}**`, route => route.fulfill({ body: 'elsewhere' }))
    const page = await own.newPage()
    const asked: { url: string; referer: string }[] = []
    page.on('request', request => asked.push({ url: request.url(), referer: request.headers()['referer'] ?? '' }))
    for (const path of ['/reset', '/sign-up/confirm', '/account/email/confirm', '/account/email/undo', '/invitation']) {
      asked.length = 0
      const answer = await page.goto(at(`${path}?link=${secret}`))
      assert.match((await answer?.headerValue('referrer-policy')) ?? '', /^(same-origin|no-referrer)$/)
      assert.equal(await answer?.headerValue('cache-control'), 'no-store')
      assert.ok(asked.length > 1, path)
      for (const { url } of asked) assert.equal(new URL(url).origin, ground.origin, path)
      await page.evaluate(`location.href = '${elsewhere}'`)
      await page.waitForURL(elsewhere)
      assert.equal(asked.find(({ url }) => url === elsewhere)?.referer, '', path)
    }
    await own.close()
  })

  test('fixation: a session, a ticket or a device that somebody planted is none of whoever signs in', async context => {
    const own = await opened(context, false)
    if (own === undefined) return
    const [thief, one] = [await somebody(), await somebody()]
    const { identity } = ground.people
    const planted = await identity.signIn({ email: thief.email, password }, visitor())
    assert.ok(planted.needs === 'nothing')
    const cookie = (name: string, value: string) => ({ name, value, url: ground.origin })
    await own.addCookies([
      cookie('session', planted.token),
      cookie('device', planted.device),
      cookie('ticket', `${'a'.repeat(43)}.totp`),
    ])
    const page = await own.newPage()
    await signIn(page, one.email)
    assert.equal(await page.locator('h1').textContent(), one.name)
    const held = new Map((await own.cookies()).map(({ name, value }) => [name, value]))
    assert.notEqual(held.get('session'), planted.token)
    assert.notEqual(held.get('device'), planted.device)
    assert.equal(held.get('ticket') ?? '', '')
    assert.equal(await identity.verify(planted.token), undefined)
    await own.close()
  })
})
