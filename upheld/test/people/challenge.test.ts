import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openLook } from '../../src/surfaces/look/index.ts'
import type { PeopleSite } from '../../src/surfaces/people/index.ts'
import { startServer, testBrowser, type RunningServer } from '../../src/testing/index.ts'
import { identityStage, password, visitor, type Stage } from './identity-stage.ts'
import { openPages } from './pages-stage.ts'

/** The form of the sign-in, after somebody else guessed at the account. */
suite('whoever is slowed down by the guesses of others', () => {
  let stage: Stage
  let pages: ReturnType<typeof openPages>
  let server: RunningServer
  let origin: string
  let browser: Browser | undefined
  let missing = ''

  before(async () => {
    stage = await identityStage()
    const { promise, resolve } = Promise.withResolvers<PeopleSite['fetch']>()
    const look = openLook()
    server = await startServer({
      host: '127.0.0.1',
      port: 0,
      whenTaken: 'refuse',
      handle: async (request, caller) =>
        look.fetch(request) ?? (await (await promise)(request, caller)) ?? new Response('inside'),
      onFailure: failure => assert.fail(failure.code),
    })
    origin = `http://localhost:${server.port}`
    pages = openPages(stage.people, { origin })
    const { site } = pages.people
    resolve((request, caller) => site.fetch(request, caller))
    const found = await testBrowser()
    if ('reason' in found) missing = found.reason
    else browser = found.browser
  })
  after(async () => {
    await browser?.close()
    await server.close()
    await pages.close()
    await stage.close()
  })

  let count = 0
  async function besieged(): Promise<{ readonly email: string; readonly device: string }> {
    const email = `besieged-${++count}@example.org`
    const { identity } = pages.people
    await identity.signUp({ email, name: 'Besieged', password })
    const { device } = await identity.confirmSignUp({ link: await stage.link(email), password }, visitor())
    for (let n = 0; n < 8; n++)
      await assert.rejects(identity.signIn({ email, password: 'certainly not this one' }, visitor()))
    return { email, device }
  }
  async function signIn(page: Page, email: string): Promise<void> {
    await page.getByLabel('E-mail', { exact: true }).fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  test('a new device answers a challenge in place of the wait: its script alone, under the strict policy of the page', async context => {
    if (browser === undefined) return context.skip(missing)
    const { email } = await besieged()
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', said => complaints.push(said.text()))
    await page.goto(`${origin}/sign-in`)
    await signIn(page, email)
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Too many attempts/)
    // Sent at once: the form waits for its answer by itself.
    await signIn(page, email)
    await page.waitForURL(`${origin}/inside`)
    assert.deepEqual(
      complaints.filter(said => !said.includes('429')),
      [],
    )
    await page.close()
  })

  test('without scripts one reads what else there is, and a device that is known is not asked at all', async context => {
    if (browser === undefined) return context.skip(missing)
    const { email, device } = await besieged()
    const plain = await browser.newContext({ javaScriptEnabled: false })
    const page = await plain.newPage()
    await page.goto(`${origin}/sign-in`)
    await signIn(page, email)
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Wait \d+ seconds?/)
    assert.match(
      (await page.getByRole('status').allTextContents()).join(' '),
      /Without them, wait .* a passkey, or the link for a new password/s,
    )
    await plain.addCookies([{ name: 'device', value: device, url: origin }])
    await signIn(page, email)
    await page.waitForURL(`${origin}/inside`)
    await plain.close()
  })

  test('whoever reads the mail of a sign-up that somebody else asked for opens the account with a password of their own', async context => {
    if (browser === undefined) return context.skip(missing)
    const email = 'reader@example.org'
    await pages.people.identity.signUp({ email, name: 'X', password: 'what the attacker knows' }, visitor())
    const plain = await browser.newContext({ javaScriptEnabled: false })
    const page = await plain.newPage()
    await page.goto(`${origin}/sign-up/confirm?link=${await stage.link(email)}`)
    await page.getByRole('link', { name: 'I did not choose one' }).click()
    await page.getByLabel('Your name').fill('Reader')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByRole('button', { name: 'Open my account' }).click()
    assert.equal(await page.getByLabel('Your name').inputValue(), 'Reader')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Open my account' }).click()
    await page.goto(`${origin}/account`)
    assert.equal(await page.locator('h1').textContent(), 'Reader')
    await plain.close()
  })
})
