import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { type BrowserFound, testBrowser } from 'upheld/testing'
import { newLink } from '../src/access/links.ts'
import { openStage, type Stage } from './stage.ts'

const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const found: BrowserFound = await testBrowser()
const skip = 'browser' in found ? false : found.reason

suite('the desk in a real browser', { skip }, () => {
  let stage: Stage
  before(async () => {
    stage = await openStage()
  })
  after(async () => {
    await stage.close()
    if ('browser' in found) await found.browser.close()
  })

  async function link(): Promise<string> {
    const house = stage.organization('harrowgate')
    const path = await newLink(house, await stage.memberId(house, 'owner'))
    return `${stage.origin}${path ?? ''}`
  }

  test('somebody signs in, answers a customer, hands over, and signs out, and the policy has nothing to block', async () => {
    assert.ok('browser' in found)
    const context = await found.browser.newContext({ javaScriptEnabled: false })
    try {
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', message => complaints.push(message.text()))
      page.on('request', request => {
        if (!request.url().startsWith(stage.origin)) complaints.push(`asked ${request.url()}`)
      })
      await page.goto(await link())
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('link', { name: /^open/i }).click()
      await page.locator('a.row').first().click()
      await page.getByLabel('Reply').fill('We found it.\nIt leaves today.')
      await page.getByRole('button', { name: 'Send' }).click()
      assert.match(await page.locator('.message').last().innerText(), /We found it\.\nIt leaves today\./)
      await page.getByLabel('Status').selectOption('closed')
      await page.getByRole('button', { name: 'Save' }).click()
      assert.equal(await page.locator('.facts .badge').innerText(), 'closed')
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.goto(stage.origin)
      assert.equal(new URL(page.url()).pathname, '/sign-in')
      assert.deepEqual(complaints, [])
    } finally {
      await context.close()
    }
  })

  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 360],
  ] as const) {
    test(`axe finds nothing, and nothing is wider than the screen: ${colorScheme}, ${width} wide`, async () => {
      assert.ok('browser' in found)
      const context = await found.browser.newContext({ colorScheme, viewport: { width, height: 800 }, bypassCSP: true })
      try {
        const page = await context.newPage()
        await page.goto(await link())
        await page.getByRole('button').click()
        const row = async (list: string) => (
          await page.goto(stage.origin + list),
          page.locator('a.row').first().getAttribute('href')
        )
        const single = [await row('/'), await row('/contacts'), await row('/merchants')]
        for (const path of ['/', '/contacts', '/merchants', '/team', '/keys', '/sign-in', '/nothing', ...single]) {
          await page.goto(stage.origin + (path ?? ''))
          await page.evaluate(axe)
          const problems: unknown = await page.evaluate('axe.run().then(done => done.violations.map(one => one.id))')
          assert.deepEqual(problems, [], path ?? '')
          assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, path ?? '')
        }
      } finally {
        await context.close()
      }
    })
  }
})
