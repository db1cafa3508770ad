import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { testBrowser } from '../../src/testing/index.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface BrowserStage {
  readonly browser: Browser | undefined
  readonly missing: string
  close(): Promise<void>
}

export async function browserStage(): Promise<BrowserStage> {
  const found = await testBrowser()
  const browser = 'browser' in found ? found.browser : undefined
  return {
    browser,
    missing: 'reason' in found ? found.reason : '',
    close: async () => browser?.close(),
  }
}

interface Seen {
  readonly origin: string
  readonly cookies: Readonly<Record<string, string>>
  readonly paths: readonly string[]
}

/** Each page, narrow and light, wide and dark: no fault that axe knows, and it scrolls in one direction alone. */
export async function accessible(
  { browser, missing }: BrowserStage,
  context: TestContext,
  { origin, cookies, paths }: Seen,
): Promise<void> {
  if (browser === undefined) return context.skip(missing)
  for (const [width, colorScheme] of [
    [320, 'light'],
    [1280, 'dark'],
  ] as const) {
    const window = await browser.newContext({ bypassCSP: true, colorScheme, viewport: { width, height: 800 } })
    await window.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: origin })))
    const page = await window.newPage()
    for (const path of paths) {
      await page.goto(`${origin}${path}`)
      assert.equal(new URL(page.url()).pathname, path.split('?', 1).join(''), 'this page and no other')
      // What is folded away is a part of the page as well.
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
      const folder = process.env['UPHELD_TEST_PICTURES']
      if (folder !== undefined)
        await page.screenshot({ path: `${folder}/${path.replaceAll(/\W+/g, '-')}-${width}.png`, fullPage: true })
      await page.evaluate(axe)
      const faults: unknown = await page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(one => one.target).join(' ')))`,
      )
      assert.deepEqual(faults, [], `${path} at ${width}`)
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
        true,
        `${path} at ${width}`,
      )
    }
    await window.close()
  }
}
