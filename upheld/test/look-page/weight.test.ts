import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import type { RunningServer } from '../../src/surfaces/server/index.ts'
import { servedSample, startedBrowser } from './stage.ts'

/** Page, style, fonts and icon, with the headers of their answers. */
const bytesMax = 60_000
const finished = z.object({ requestId: z.string(), encodedDataLength: z.number() })
const begun = z.object({ requestId: z.string(), request: z.object({ url: z.string() }) })

suite('what a page costs its reader', () => {
  let browser: Browser
  let server: RunningServer
  before(async () => {
    browser = await startedBrowser()
    server = await servedSample()
  })
  after(async () => {
    await browser.close()
    await server.close()
  })

  for (const path of ['/security', '/security/claims/isolation.rows', '/security/history', '/security/evidence']) {
    test(`${path}: fewer than ${bytesMax} bytes over the wire, with everything that it asks for`, async t => {
      const sizes = await loaded(browser, `${server.origin}${path}`)
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
      t.diagnostic([...sizes].map(([url, size]) => `${size} ${url}`).join(', '))
      assert.ok(sizes.size >= 5, [...sizes.keys()].join(' '))
      assert.ok(total < bytesMax, `${total} bytes`)
      for (const url of sizes.keys()) {
        assert.ok(url.startsWith(server.origin), url)
        assert.doesNotMatch(url, /-(western|eastern)\.|\.js/, 'a page in English needs no other letters')
      }
    })
  }
  test('a word with a letter of another subset fetches that one file, and the word is set in our face', async () => {
    const page = await browser.newPage()
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    await page.goto(`${server.origin}/security`)
    await page.evaluate("document.querySelector('.lede').textContent = 'Łódź'")
    await page.evaluate('document.fonts.ready.then(() => undefined)')
    const further = asked.filter(url => /-(western|eastern)\./.test(url)).map(url => /upheld-[a-z-]+/.exec(url)?.[0])
    assert.deepEqual(further.sort(), ['upheld-serif-eastern', 'upheld-serif-western'])
    await page.close()
  })
  test('without scripts it is painted whole, in our faces', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${server.origin}/security`)
    assert.equal(await page.locator('h1').isVisible(), true)
    assert.equal(await page.locator('article.promise').count(), 8)
    await context.close()
  })
})

/** Bytes of every answer as the browser's network counts them, by address. The cache is empty. */
async function loaded(browser: Browser, url: string): Promise<ReadonlyMap<string, number>> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const network = await context.newCDPSession(page)
  const urls = new Map<string, string>()
  const sizes = new Map<string, number>()
  network.on('Network.requestWillBeSent', event => {
    const { requestId, request } = begun.parse(event)
    if (!request.url.startsWith('data:')) urls.set(requestId, request.url)
  })
  network.on('Network.loadingFinished', event => {
    const { requestId, encodedDataLength } = finished.parse(event)
    const of = urls.get(requestId)
    if (of !== undefined) sizes.set(of, encodedDataLength)
  })
  await network.send('Network.enable')
  await page.goto(url, { waitUntil: 'networkidle' })
  await page.evaluate('document.fonts.ready.then(() => undefined)')
  await context.close()
  return sizes
}
