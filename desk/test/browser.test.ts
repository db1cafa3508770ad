import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { type BrowserFound, testBrowser, testClock } from 'upheld/testing'
import { codeOfApp } from './app.ts'
import { openStage, type Stage } from './stage.ts'
import { type Role } from './ways.ts'

const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const found: BrowserFound = await testBrowser()
const skip = 'browser' in found ? false : found.reason
const password = 'seven grey boats at dawn'

suite('the desk in a real browser', { skip }, () => {
  const clock = testClock()
  let stage: Stage
  before(async () => {
    stage = await openStage({ clock })
  })
  after(async () => {
    await stage.close()
    if ('browser' in found) await found.browser.close()
  })

  async function inContext(
    options: Parameters<Extract<BrowserFound, { browser: unknown }>['browser']['newContext']>[0],
    work: (page: Page, context: BrowserContext) => Promise<void>,
  ): Promise<void> {
    assert.ok('browser' in found)
    const context = await found.browser.newContext(options)
    try {
      await work(await context.newPage(), context)
    } finally {
      await context.close()
    }
  }

  const here = (page: Page): string => new URL(page.url()).pathname
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

  /** As the terminal shows it. */
  async function firstLink(role: Role): Promise<string> {
    const house = stage.organization('harrowgate')
    const link = await stage.people.identity.firstLink(await stage.personId(house, role))
    return `${stage.origin}/reset?link=${link}`
  }

  /** Everything that the policy of a page blocks, and every request that leads elsewhere. */
  function complaintsOf(page: Page): readonly string[] {
    const complaints: string[] = []
    page.on('console', message => complaints.push(message.text()))
    page.on('request', request => {
      if (!request.url().startsWith(stage.origin)) complaints.push(`asked ${request.url()}`)
    })
    return complaints
  }

  async function choosePassword(page: Page, role: Role): Promise<void> {
    await page.goto(await firstLink(role))
    await page
      .getByLabel(/password/i)
      .first()
      .fill(password)
    await page.locator('main form button[type=submit]').click()
  }

  test('an owner comes by the first link, adds an app, answers a customer, signs out and in again', () =>
    inContext({ javaScriptEnabled: false }, async page => {
      const complaints = complaintsOf(page)
      await choosePassword(page, 'owner')
      assert.equal(here(page), '/account/second-factor', 'an owner needs more than a password')
      await page.goto(`${stage.origin}/contacts`)
      assert.equal(here(page), '/account/second-factor', 'until then nothing is open')
      await page.getByRole('link', { name: /app/ }).click()
      const key = (await page.locator('figcaption code').textContent()) ?? ''
      await page.getByLabel('The code that it shows').fill(codeOfApp(key, clock.now()))
      await press(page, 'Add the app')
      assert.equal(await page.locator('.codes code').count(), 10)
      await page.goto(stage.origin)
      assert.equal(here(page), '/')

      await page.getByRole('link', { name: /^open/i }).click()
      await page.locator('a.row').first().click()
      await page.getByLabel('Reply').fill('We found it.\nIt leaves today.')
      await press(page, 'Send')
      assert.match(await page.locator('.message').last().innerText(), /We found it\.\nIt leaves today\./)
      await page.getByLabel('Status').selectOption('closed')
      await press(page, 'Save')
      assert.equal(await page.locator('.facts .badge').innerText(), 'closed')
      await page.getByRole('link', { name: 'Team' }).click()
      assert.equal(here(page), '/organization/members')
      await page.getByRole('link', { name: 'Northwind Desk' }).first().click()
      assert.equal(here(page), '/')

      await press(page, 'Sign out')
      await page.goto(`${stage.origin}/contacts`)
      assert.equal(here(page), '/sign-in')
      const { rows } = await stage.platform.admin.query('select email from upheld_identity.person where id = $1', [
        await stage.personId(stage.organization('harrowgate'), 'owner'),
      ])
      await page.getByLabel('E-mail').fill(String(rows[0]?.['email']))
      await page.getByLabel('Password').fill(password)
      await press(page, 'Sign in')
      assert.equal(here(page), '/sign-in/second')
      clock.turn(60)
      await page.getByLabel(/code/i).first().fill(codeOfApp(key, clock.now()))
      await page.locator('main form button[type=submit]').first().click()
      assert.equal(here(page), '/contacts', 'back to what was asked for')
      assert.deepEqual(complaints, [])
    }))

  test('an agent comes by the first link straight to the inbox, and finds no way to what is closed', () =>
    inContext({ javaScriptEnabled: false }, async page => {
      await choosePassword(page, 'agent')
      assert.equal(here(page), '/')
      const names = await page.getByRole('navigation', { name: 'Desk' }).getByRole('link').allTextContents()
      assert.deepEqual(names, ['Inbox', 'Contacts', 'Merchants'])
    }))

  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 360],
  ] as const) {
    test(`axe finds nothing, and nothing is wider than the screen: ${colorScheme}, ${width} wide`, () =>
      inContext({ colorScheme, viewport: { width, height: 800 }, bypassCSP: true }, async (page, context) => {
        const cookie = await stage.signIn(stage.organization('harrowgate'), 'owner')
        const cookies = cookie.split('; ').map(pair => ({ pair, at: pair.indexOf('=') }))
        await context.addCookies(
          cookies.map(({ pair, at }) => ({ name: pair.slice(0, at), value: pair.slice(at + 1), url: stage.origin })),
        )
        const row = async (list: string) => (
          await page.goto(stage.origin + list),
          page.locator('a.row').first().getAttribute('href')
        )
        const single = [await row('/'), await row('/contacts'), await row('/merchants')]
        for (const path of ['/', '/contacts', '/merchants', '/integrations', '/activity', '/nothing', ...single]) {
          await page.goto(stage.origin + (path ?? ''))
          await page.evaluate(axe)
          const problems: unknown = await page.evaluate('axe.run().then(done => done.violations.map(one => one.id))')
          assert.deepEqual(problems, [], path ?? '')
          assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, path ?? '')
        }
      }))
  }
})
