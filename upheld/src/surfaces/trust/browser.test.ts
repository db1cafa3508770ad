import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, suite, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { z } from 'zod'
import { testBrowser } from '../../testing/browser.ts'
import { sampleReport } from './sample/report.ts'
import { sampleOrigin, sampleSurface } from './sample/serving.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
const paths = [
  '/security',
  '/security/claims/isolation.rows',
  '/security/claims/export.any-time',
  '/security/claims/provider.certified',
  '/security/claims/tls.only',
  '/security/claims/status.live',
  '/security/history',
  '/security/evidence',
  '/security/nothing',
]
const widths = [320, 1280]
const schemes = ['light', 'dark'] as const

const found = await testBrowser()
const skip = 'reason' in found ? found.reason : false

suite('the trust page in a real browser', { skip }, () => {
  let browser: Browser
  before(() => {
    assert.ok('browser' in found)
    browser = found.browser
  })
  after(() => browser.close())

  for (const path of paths) {
    for (const colorScheme of schemes) {
      for (const width of widths) {
        test(`${path}, ${colorScheme}, ${width} px: accessible, nothing overflows, nothing leaves, nothing is refused`, async () => {
          const { page, complaints } = await visit(browser, path, { colorScheme, viewport: { width, height: 800 } })
          assert.deepEqual(await violations(page), [])
          assert.equal(await overflow(page), 0)
          assert.deepEqual(complaints, path === '/security/nothing' ? ['status 404'] : [])
          await page.context().close()
        })
      }
    }
  }

  test('unfolded, with a record fault, it is accessible and nothing overflows', async () => {
    for (const width of widths) {
      const { page } = await visit(browser, '/security', { viewport: { width, height: 800 } }, 'Run 12 is missing.')
      for (const summary of await page.locator('summary').all()) await summary.click()
      assert.deepEqual(await violations(page), [])
      assert.equal(await overflow(page), 0)
      await page.context().close()
    }
  })
  test('at a zoom of 200 % the text is as readable, and nothing overflows', async () => {
    // A zoom of 200 % on 1280 px is a page of 640 px in CSS; 400 % is the 320 px above.
    const { page } = await visit(browser, '/security', { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 })
    assert.equal(await overflow(page), 0)
    await page.context().close()
  })
  test('the keyboard reaches everything, the skip link first, and focus is seen', async () => {
    const { page } = await visit(browser, '/security', { viewport: { width: 1280, height: 800 } })
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate<string>('document.activeElement.className'), 'skip')
    assert.ok((await page.locator('.skip').boundingBox())?.y === 0)
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate<string>('document.activeElement.id'), 'main')
    await page.keyboard.press('Tab')
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')
    assert.equal(outline, 'solid')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    assert.equal(await page.locator('details[open]').count(), 1)
    await page.context().close()
  })
  test('on paper everything is unfolded, and in forced colors the verdicts keep their words', async () => {
    const { page } = await visit(browser, '/security', { forcedColors: 'active', reducedMotion: 'reduce' })
    assert.deepEqual(await violations(page), [])
    await page.emulateMedia({ media: 'print', forcedColors: 'none' })
    assert.equal(await page.getByText('row security was switched off on one table').first().isVisible(), true)
    assert.ok((await page.pdf({ format: 'A4' })).byteLength > 10_000)
    await page.context().close()
  })
  test('headings go down one step at a time', async () => {
    for (const path of paths) {
      const { page } = await visit(browser, path, {})
      const levels = await page.evaluate<number[]>(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(one => Number(one.tagName.slice(1)))",
      )
      assert.equal(levels.filter(level => level === 1).length, 1)
      for (const [place, level] of levels.entries()) assert.ok(level <= (levels[place - 1] ?? 0) + 1)
      await page.context().close()
    }
  })
})

/** Opens a page of the surface; every request is answered by it, and one to any other place is a complaint. */
async function visit(browser: Browser, path: string, options: BrowserContextOptions, recordFault?: string) {
  const surface = sampleSurface({
    report: async () => ({ ...sampleReport, ...(recordFault === undefined ? {} : { recordFault }) }),
  })
  const complaints: string[] = []
  const context = await browser.newContext(options)
  await context.route('**/*', async route => {
    const url = route.request().url()
    const answer = url.startsWith(`${sampleOrigin}/`) ? await surface(new Request(url)) : undefined
    if (answer === undefined) {
      complaints.push(`asked for ${url}`)
      return route.abort()
    }
    if (answer.status !== 200) complaints.push(`status ${answer.status}`)
    return route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    })
  })
  const page = await context.newPage()
  page.on('pageerror', failure => complaints.push(failure.message))
  page.on('console', message => {
    if (!message.text().startsWith('Failed to load resource: the server responded with a status of 404')) {
      complaints.push(message.text())
    }
  })
  await page.goto(`${sampleOrigin}${path}`)
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  return { page, complaints }
}

async function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

const axeResult = z.object({
  violations: z.array(
    z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string(), failureSummary: z.string() })) }),
  ),
})

/** What axe finds, each with its place. It is evaluated by the browser's debugger, so the page's policy stays as it is. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const { violations } = axeResult.parse(await page.evaluate('axe.run()'))
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`))
}
