import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import type { TrustReport } from '../../src/proof/claims/index.ts'
import { iso, provenClaim, reportOf, runOf } from '../../src/surfaces/trust/sample/builders.ts'
import { samplePage } from '../../src/surfaces/trust/sample/page.ts'
import { sampleReport } from '../../src/surfaces/trust/sample/report.ts'
import { asking, sampleOrigin } from '../../src/surfaces/trust/sample/serving.ts'
import { testBrowser } from '../../src/testing/browser.ts'
import { parsedXml } from '../xml.ts'

// A claim in Hebrew that ends in a number and a bracket, one in Arabic, one of emoji that are several characters each,
// and one that turns the direction of what follows and does not turn it back.
const texts = {
  'hebrew.kept': 'כל שאילתה קשורה לארגון אחד (ISO 27001:2022)',
  'arabic.kept': 'لا يرى أحد صفوف منظمة أخرى، أبدًا 100%',
  'emoji.kept': '🔒 Only you 👩🏽‍💻 and 👨‍👩‍👧‍👦 read this 🏳️‍🌈 e\u0301 1️⃣',
  'turned.kept': 'This sentence \u202eturns what follows \u2067and does not turn it back',
} as const
type Id = keyof typeof texts
const ids: readonly Id[] = ['hebrew.kept', 'arabic.kept', 'emoji.kept', 'turned.kept']

function reportWith(verdict: 'upheld' | 'refuted'): TrustReport {
  const claims = ids.map(id => {
    const claim = provenClaim(id, texts[id])
    const findings = verdict === 'upheld' ? [] : [{ attack: texts['hebrew.kept'], where: 'desk.message', saw: '1 row' }]
    const record = runOf(claim, { verdict, findings, findings_total: findings.length })
    const reds = findings.length === 0 ? [] : [{ from: iso(60_000), indexFirst: 3, findings }]
    const reason = verdict === 'upheld' ? ('held' as const) : ('refuted' as const)
    return reportOf(claim, { verdict, reason, since: iso(60_000), note: '' }, { lastRun: { record, index: 3 }, reds })
  })
  return { ...sampleReport, service: 'שולחן (24)', claims }
}

const sections = [{ title: 'אבטחה', sentences: ids.map(id => ({ text: texts[id], claims: [id] })) }]
const leaves = ids.map(id => ({
  type: 'upheld/claim@v1',
  claim: id,
  digest: `sha256:${'a'.repeat(64)}`,
  definition: { sentence: texts[id] },
  at: iso(60_000),
}))
const record = async () => leaves.map((leaf, index) => ({ index, leaf }))
const askWith = (verdict: 'upheld' | 'refuted') =>
  asking({ page: { ...samplePage, sections }, report: async () => reportWith(verdict), record })

const found = await testBrowser()
const skip = 'reason' in found ? found.reason : false

suite('claims with emoji and right-to-left text', { skip }, () => {
  let page: Page
  before(async () => {
    assert.ok('browser' in found)
    page = await (await found.browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage()
  })
  after(async () => {
    if ('browser' in found) await found.browser.close()
  })

  async function open(path: string, verdict: 'upheld' | 'refuted'): Promise<void> {
    const ask = askWith(verdict)
    await page.unrouteAll()
    await page.route('**/*', async route => {
      const url = new URL(route.request().url())
      const answer = await ask(`${url.pathname}${url.search}`)
      const body = Buffer.from(await answer.arrayBuffer())
      return route.fulfill({ status: answer.status, headers: Object.fromEntries(answer.headers), body })
    })
    await page.goto(`${sampleOrigin}${path}`)
  }

  test('each sentence runs in its own direction, and the page in that of its language', async () => {
    await open('/security', 'upheld')
    const directions = await page.evaluate(
      `[...document.querySelectorAll('.sentence')].map(one => getComputedStyle(one).direction)`,
    )
    assert.deepEqual(directions, ['rtl', 'rtl', 'ltr', 'ltr'])
    assert.equal(await page.evaluate('getComputedStyle(document.body).direction'), 'ltr')
  })

  for (const [path, verdict] of [
    ['/security', 'upheld'],
    ['/security', 'refuted'],
    ['/security/claims/hebrew.kept', 'refuted'],
    ['/security/claims/turned.kept', 'upheld'],
    ['/security/history', 'refuted'],
  ] as const) {
    test(`${path}, ${verdict}: every such text stands in an element that isolates it`, async () => {
      await open(path, verdict)
      // The nearest element around the text is one, or stands in one whose whole text it is.
      const loose = await page.evaluate(`(() => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        const loose = []
        while (walker.nextNode()) {
          const { parentElement, textContent } = walker.currentNode
          if (!/[\\u0590-\\u06ff\\u202a-\\u202e\\u2066-\\u2069]/.test(textContent)) continue
          const alone = parentElement.matches('bdi, [dir=auto]')
          if (!alone) loose.push(parentElement.outerHTML)
        }
        return loose
      })()`)
      assert.deepEqual(loose, [])
    })
  }

  test('our own words beside them stand where they would beside plain text', async () => {
    await open('/security', 'refuted')
    // In "attack, place: what was seen" the attack comes first on the line, whatever letters it has.
    const places = await page.evaluate(`[...document.querySelectorAll('.findings li')].map(one => {
      const [attack, where] = [one.querySelector('strong'), one.querySelector('.where')]
      const [a, b] = [attack.getClientRects()[0], where.getClientRects()[0]]
      return a.top < b.top || a.left < b.left
    })`)
    assert.deepEqual(places, [true, true, true, true])
  })

  test('no emoji is cut into its parts: pages, feed, Atom and exports have them whole', async () => {
    const ask = askWith('upheld')
    const machines = ['/security/feed.json', '/security/feed.atom', '/security/exports/oscal-assessment-results.json']
    for (const path of ['/security', '/security/claims/emoji.kept', ...machines]) {
      const body = await (await ask(path)).text()
      assert.ok(body.isWellFormed() && body.includes('👩🏽‍💻 and 👨‍👩‍👧‍👦'), path)
    }
  })

  test('Atom is well formed, and no text in it turns its neighbors', async () => {
    const text = await (await askWith('refuted')('/security/feed.atom')).text()
    assert.equal(parsedXml(text).tagName, 'feed')
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/)
    assert.ok(text.includes(texts['arabic.kept']))
  })

  test('every export is JSON or text that holds the sentences as they are', async () => {
    const ask = askWith('refuted')
    for (const file of ['oscal-component-definition.json', 'oscal-assessment-results.json', 'claims.cdx.json']) {
      const answer = await ask(`/security/exports/${file}`)
      const told = JSON.stringify(z.json().parse(await answer.json()))
      assert.ok(told.includes(JSON.stringify(texts['hebrew.kept']).slice(1, -1)), file)
    }
  })

  test('a badge is well formed, says which claim in plain letters, and takes its box', async () => {
    for (const id of ids) {
      const svg = await (await askWith('upheld')(`/security/claims/${id}/badge.svg`)).text()
      assert.equal(parsedXml(svg).tagName, 'svg')
      assert.ok(svg.includes(id))
      await page.setContent(svg)
      const fits = await page.evaluate(`[...document.querySelectorAll('text')].every(one => {
        const [text, box] = [one.getBoundingClientRect(), document.querySelector('rect').getBoundingClientRect()]
        return text.left >= box.left && text.right <= box.right + 1
      })`)
      assert.equal(fits, true, id)
    }
  })
})
