import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { suite, test } from 'node:test'
import { z } from 'zod'
import type { PageSource } from '../../src/proof/claims/index.ts'
import { buildPage } from '../../src/proof/page/index.ts'
import { provenClaim } from '../../src/surfaces/trust/sample/builders.ts'
import { samplePage } from '../../src/surfaces/trust/sample/page.ts'
import { sampleReport } from '../../src/surfaces/trust/sample/report.ts'
import { asking, sampleOrigin } from '../../src/surfaces/trust/sample/serving.ts'
import { testBrowser } from '../../src/testing/browser.ts'

const claims = ['isolation.rows', 'export.any-time', 'tls.only']

function pageOf(sentences: number): PageSource {
  const all = Array.from({ length: sentences }, (_, i) => ({
    text: `Promise number ${i} of this page is about something that somebody asked us for.`,
    claims: [claims[i % claims.length] ?? ''],
  }))
  const sections = Array.from({ length: sentences / 100 }, (_, i) => ({
    title: `Part ${i + 1}`,
    sentences: all.slice(i * 100, (i + 1) * 100),
  }))
  return { ...samplePage, sections }
}

function sourceOf({ sections }: PageSource): string {
  const parts = sections.map(({ title, sentences }) => {
    const cited = sentences.map(({ text, claims: ids }) => `[${text}](claim:${ids.join(',')})\n`)
    return `## ${title}\n\n${cited.join('\n')}`
  })
  return `# Security\n\n> **Contact:** <mailto:a@house.example>\n\n${parts.join('\n')}`
}

async function pageText(sentences: number, counting?: () => void): Promise<string> {
  const report = async () => {
    counting?.()
    return sampleReport
  }
  const response = await asking({ page: pageOf(sentences), report })('/security')
  assert.equal(response.status, 200)
  return response.text()
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
const found = await testBrowser()
const skip = 'reason' in found ? found.reason : false
const seenSchema = z.object({
  violations: z.array(z.object({ id: z.string() })),
})

suite('a page with 2,000 sentences', () => {
  test('it builds, and its problems are found as on a short one', () => {
    const known = claims.map(id => provenClaim(id, 'Every sentence of this page is kept.'))
    const source = sourceOf(pageOf(2_000))
    assert.deepEqual(buildPage('security.md', Buffer.from(source), known).sections, pageOf(2_000).sections)
    const again = source.split('\n').find(line => line.startsWith('[')) ?? ''
    const lines = source.split('\n').length
    const twice = `security.md:${lines + 1}:1: This says the same as line 7.`
    assert.throws(() => buildPage('security.md', Buffer.from(`${source}\n${again}\n`), known), {
      message: new RegExp(RegExp.escape(twice)),
    })
  })

  test('every sentence is there, by one look at the record; each costs as much as on a short page', async () => {
    let looks = 0
    const [short, long] = [await pageText(200), await pageText(2_000, () => (looks += 1))]
    assert.equal(looks, 1)
    assert.equal(long.match(/data-published=/g)?.length, 2_000)
    const each = (long.length - short.length) / 1_800
    assert.ok(each < 8_000, `${each} characters for a sentence`)
    // What is written anew for each sentence is no more on a long page than on a short one: nothing is quadratic.
    const first = (short.length - (await pageText(100)).length) / 100
    assert.ok(Math.abs(each / first - 1) < 0.05, `${each} and ${first}`)
  })

  test('no id is there twice, and every link within the page leads somewhere', async () => {
    const text = await pageText(2_000)
    const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    assert.equal(new Set(ids).size, ids.length)
    const targets = [...text.matchAll(/\shref="#([^"]*)"/g)].map(([, id]) => id)
    assert.deepEqual(
      targets.filter(target => !ids.includes(target)),
      [],
    )
  })

  test('it is accessible, and nothing overflows', { skip }, async () => {
    assert.ok('browser' in found)
    const text = await pageText(2_000)
    const surface = asking({ page: pageOf(2_000) })
    const page = await (await found.browser.newContext({ viewport: { width: 320, height: 800 } })).newPage()
    await page.route('**/*', async route => {
      const { pathname } = new URL(route.request().url())
      const answer = await surface(pathname)
      const body = pathname === '/security' ? text : Buffer.from(await answer.arrayBuffer())
      return route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body })
    })
    await page.goto(`${sampleOrigin}/security`)
    assert.equal(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0)
    // Rules that look at the whole document; those about colors see nothing here that a short page does not show.
    await page.evaluate(axeSource)
    const rules = ['duplicate-id-aria', 'heading-order', 'landmark-unique', 'region', 'list', 'bypass', 'link-name']
    const seen = await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(rules)} })`)
    assert.deepEqual(seenSchema.parse(seen).violations, [])
    await found.browser.close()
  })
})
