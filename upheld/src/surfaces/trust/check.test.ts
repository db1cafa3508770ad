import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, suite, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import { canonicalJson, type JsonObject } from '../../core/json.ts'
import {
  emptyTree,
  encodeEntries,
  generateSignerKey,
  growTree,
  leafHash,
  parseSignerKey,
  signCheckpoint,
  tileWidth,
  treeRoot,
} from '../../core/transparency/index.ts'
import { writeAuditBundle, type AuditSource } from '../../proof/bundle/index.ts'
import { followingSource, rotatedSource } from '../../proof/bundle/sample/history.ts'
import {
  sampleDisclosure,
  sampleEntry,
  sampleSource,
  sampleTwoKeysPolicy,
  type SampleOptions,
} from '../../proof/bundle/sample/source.ts'
import { verifyAuditBundle } from '../../proof/bundle/verify/index.ts'
import { testBrowser } from '../../testing/browser.ts'
import { sampleReport } from './sample/report.ts'
import { asking, sampleOrigin, sampleSurface } from './sample/serving.ts'
import type { TrustSurfaceOptions } from './trust.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
const path = '/security/verify'
const strict =
  "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

async function bundleOf(size: number, options?: SampleOptions): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(writeAuditBundle(sampleSource(size, options))))
}

suite('the page on which a reader checks a log', () => {
  const ask = asking()
  test('runs our script and no other, and is the only one that runs any', async () => {
    const response = await ask(path)
    assert.equal(response.headers.get('content-security-policy'), strict)
    const text = await response.text()
    assert.deepEqual(text.match(/<script[^>]*>/g), ['<script type="module" src="/security/verify/page.js">'])
    assert.doesNotMatch(text, /\son\w+=|<style|\sstyle=|javascript:/i)
    assert.match(text, /The checks here need a script, and this browser has not run it/)
    for (const other of ['/security', '/security/evidence', '/security/verify/page.js', '/security/verify/none.js']) {
      assert.doesNotMatch((await ask(other)).headers.get('content-security-policy') ?? '', /script-src/)
    }
  })
  test('serves the parts of its script, and nothing else of that folder', async () => {
    const script = await ask('/security/verify/page.js')
    assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/)
    for (const name of ['tsconfig.json', 'none.js', '..%2ftrust.ts', '__proto__']) {
      assert.equal((await ask(`/security/verify/${name}`)).status, 404)
    }
  })
  test('says who has witnessed the head, and plainly when nobody has', async () => {
    assert.match(await (await ask(path)).text(), /Not yet witnessed/)
    const size = sampleReport.log?.size ?? 0
    const signed = (at: number) => ({ size: at, at: '2026-11-20T09:00:00.000Z', root: 'Vh0aQm8uS2w=' })
    const states = [
      { name: 'one.example', signed: signed(size) },
      { name: 'two.example', signed: signed(size - 1) },
      { name: 'three.example' },
    ]
    const text = await (await asking({ witnesses: async () => states })('/security/evidence')).text()
    assert.match(text, /1 witness run by others signed exactly this head/)
    assert.match(text, /three\.example<\/code><\/dt>\s*<dd>has signed nothing yet/)
    const late = await (await asking({ witnesses: async () => states.slice(1) })('/security/evidence')).text()
    assert.match(late, /Not yet witnessed/)
  })
})

interface Vector {
  readonly name: string
  readonly bytes: Buffer
}

/** Bundles, whole and damaged in every way that the tests of the verifier know. Both verifiers read all of them. */
async function vectors(): Promise<Vector[]> {
  const whole = await bundleOf(22)
  const good = await Promise.all(
    [0, 1, 255, 256, 257, 600].map(async size => ({ name: `${size} entries`, bytes: await bundleOf(size) })),
  )
  const erased = (entry: number, id: string, index: number): SampleOptions => ({
    disclosure: i => (i === entry ? { entry, name: 'ip', erasedBy: { id, index } } : sampleDisclosure(i)),
  })
  const lies: [string, SampleOptions][] = [
    ['without an anchor', { anchored: false }],
    ['pruned', { minimum: 256 }],
    [
      'another value',
      {
        disclosure: i => (i === 3 ? { entry: 3, name: 'ip', salt: Buffer.alloc(32), value: 'x' } : sampleDisclosure(i)),
      },
    ],
    ['a value left out', { disclosure: i => (i === 3 ? undefined : sampleDisclosure(i)) }],
    ['erased by the wrong entry', erased(3, 'x', 19)],
    ['erased by the erasure of another one', erased(3, '019aa0a0-0000-7000-8000-000000000019', 19)],
    ['erased by an entry that is missing', erased(23, 'x', 999)],
    ['an entry with a fraction', { entry: i => (i === 4 ? { a: 1.5 } : sampleEntry(i)) }],
    [
      'an entry with every kind of text',
      {
        entry: i => (i === 4 ? { 'é"\\': ['\u2028', '\ud83d\ude00', '\u0001', ''], '10': -1, '9': 0 } : sampleEntry(i)),
      },
    ],
  ]
  const made = await Promise.all(lies.map(async ([name, options]) => ({ name, bytes: await bundleOf(600, options) })))
  const damaged = Array.from({ length: 160 }, (_, i) => {
    const at = Math.floor((i * whole.length) / 160) + (i % 7)
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (i % 8))
    return { name: `bit ${i % 8} of byte ${at}`, bytes }
  })
  const cut = [0, 1, 511, 512, 1024, whole.length - 1, whole.length - 512].map(at => ({
    name: `cut at ${at}`,
    bytes: whole.subarray(0, at),
  }))
  const past = await pastVectors()
  const longer = [{ name: 'with more behind it', bytes: Buffer.concat([whole, Buffer.alloc(512)]) }]
  return [...good, ...made, ...past, ...damaged, ...cut, ...longer]
}

/** Logs that changed their key, and logs that follow closed ones: five that hold, the others damaged. */
async function pastVectors(): Promise<Vector[]> {
  const rotated = rotatedSource(300, 40)
  const following = followingSource(4, sampleSource(20, { anchored: false }), 'northwind-desk.example/upheld/audit/2')
  const [handed] = rotated.former
  assert.ok(handed !== undefined)
  const sources: [string, AuditSource][] = [
    ['a key that was changed', rotated],
    ['a log that follows another one', following],
    ['a policy with the former key of the anchor log as well', { ...rotated, policy: sampleTwoKeysPolicy }],
    ['a log of which every entry was pruned', sampleSource(256, { minimum: 256 })],
    ['a key of which no former one is told', { ...rotated, former: [] }],
    ['handed over elsewhere', { ...rotated, former: [{ ...handed, until: 41 }] }],
    ['a key of another log', { ...rotated, former: [{ ...handed, key: '' }] }],
    ['a log of before that is another one', { ...following, before: [sampleSource(19, { entry: () => ({}) })] }],
    ['a log of before that it does not name', { ...sampleSource(4), before: [sampleSource(2)] }],
  ]
  const whole = await Promise.all(
    sources.map(async ([name, source]) => ({
      name,
      bytes: Buffer.concat(await Array.fromAsync(writeAuditBundle(source))),
    })),
  )
  const bits = whole.slice(0, 2).flatMap(({ name, bytes }) =>
    ['keys/0/leaf.json', 'keys/0/checkpoint', 'before/1/bundle.json', 'before/1/checkpoint', 'bundle.json'].flatMap(
      path => {
        const at = bytes.indexOf(path)
        if (at < 0) return []
        const flipped = Buffer.from(bytes)
        flipped[at + 600] = (flipped[at + 600] ?? 0) ^ 2
        return [{ name: `${name}, a bit of ${path}`, bytes: flipped }]
      },
    ),
  )
  return [...whole, ...bits]
}

/** `holds` with what was found, or the code of the refusal. */
async function judgedByNode({ bytes }: Vector): Promise<string> {
  try {
    const { origin, size, root, policy, disclosed, erased, minimum, firstAt, lastAt } = await verifyAuditBundle(
      (async function* () {
        yield bytes
      })(),
      { now: new Date() },
    )
    return canonicalJson({
      origin,
      size,
      root,
      policy,
      disclosed,
      erased,
      minimum,
      firstAt: firstAt ?? '',
      lastAt: lastAt ?? '',
    })
  } catch (error) {
    assert.ok(error instanceof UpheldError, String(error))
    return error.code
  }
}

const judgedByBrowser = `async text => {
  const { checkAudit } = await import('/security/verify/audit.js')
  const { canonical } = await import('/security/verify/canonical.js')
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  try {
    const { origin, size, root, policy, disclosed, erased, minimum, firstAt, lastAt } = await checkAudit(new Blob([bytes]))
    return canonical({ origin, size, root, policy, disclosed, erased, minimum, firstAt: firstAt ?? '', lastAt: lastAt ?? '' })
  } catch (thrown) { return String(thrown.code ?? thrown) }
}`

const found = await testBrowser()
const skip = 'reason' in found ? found.reason : false

suite('checks in a real browser', { skip }, () => {
  let browser: Browser
  before(() => {
    assert.ok('browser' in found)
    browser = found.browser
  })
  after(() => browser.close())

  test('it and Node judge every bundle alike, whole or damaged', async () => {
    const { page } = await visit(browser)
    let held = 0
    for (const vector of await vectors()) {
      const node = await judgedByNode(vector)
      const seen = z
        .string()
        .parse(await page.evaluate(`(${judgedByBrowser})(${JSON.stringify(vector.bytes.toString('base64'))})`))
      assert.equal(seen, node, vector.name)
      if (node.startsWith('{')) held += 1
    }
    assert.equal(held, 6 + 3 + 5)
    await page.context().close()
  })

  test('a bundle from the disk is checked step by step, and nothing leaves the browser', async () => {
    const { page, asked } = await visit(browser)
    const before = asked.length
    await choose(page, 'bundle.tar', await bundleOf(300))
    await settled(page)
    assert.match(await said(page), /All 300 entries, and no others, give the signed root/)
    assert.match(await said(page), /29 personal values[^]*1 were erased/)
    assert.match(await said(page), /auditor\.example\/witness saw that log so at 2026-11-20T12:00:00/)
    assert.match(await page.locator('#status').innerText(), /every step holds/)
    assert.equal(asked.length, before)
    await page.context().close()
  })

  test('B5 3 and 4: it remembers what it saw, and sees a log that was cut, rewritten or signed anew', async () => {
    const { page } = await visit(browser)
    const check = async (bytes: Buffer): Promise<string> => {
      await choose(page, 'bundle.tar', bytes)
      await settled(page)
      return said(page)
    }
    assert.match(await check(await bundleOf(300)), /has not seen this log before/)
    assert.match(await check(await bundleOf(700)), /It continues what this browser saw last: 300 entries/)
    assert.match(await check(await bundleOf(299)), /broken[^]*entries were taken away[^]*bundle\.rolled_back/)
    const rewritten = await bundleOf(800, { entry: i => sampleEntry(i === 7 ? 8 : i) })
    assert.match(await check(rewritten), /broken[^]*the past was rewritten[^]*bundle\.forked/)
    const other = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/audit/5f1c20'))
    assert.match(await check(await bundleOf(900, { signer: other })), /broken[^]*another key/)
    assert.match(await page.locator('#status').innerText(), /does not hold/)
    assert.match(await check(await bundleOf(701)), /It continues what this browser saw last: 700 entries/)
    await page.context().close()
  })

  test('B5 9: a log that changed its key is known again, and one that somebody signs on under the former key is told', async () => {
    const { page } = await visit(browser)
    const check = async (source: AuditSource): Promise<string> => {
      await choose(page, 'bundle.tar', Buffer.concat(await Array.fromAsync(writeAuditBundle(source))))
      await settled(page)
      return said(page)
    }
    await check(sampleSource(30))
    assert.match(
      await check(rotatedSource(300, 40)),
      /It continues what this browser saw last: 30 entries[^]*former key/,
    )
    assert.match(await check(sampleSource(400)), /broken[^]*another key/)
    const next = followingSource(4, sampleSource(29, { anchored: false }), 'northwind-desk.example/upheld/audit/2')
    assert.match(await check(next), /broken/)
    await page.context().close()
  })

  test('the evidence log of this very site is fetched from this site alone, and checked', async () => {
    const log = siteLog(300)
    const { page, asked, complaints } = await visit(browser, { evidence: async name => log.get(name) })
    await page.locator('#here').click()
    await settled(page)
    assert.match(await said(page), /All 300 entries, and no others/)
    // This log knows nothing of what the sample page promises, and that is told.
    assert.match(await said(page), /the page says “upheld”; the log has never heard of it/)
    assert.equal(await page.locator('#status').getAttribute('data-finding'), 'contradiction')
    assert.ok(asked.every(url => url.startsWith(`${sampleOrigin}/`)))
    assert.deepEqual(complaints, [])
    const entries = log.get('tile/entries/000')?.bytes
    assert.ok(entries)
    entries[40] = (entries[40] ?? 0) ^ 1
    await page.locator('#here').click()
    await settled(page)
    assert.match(await said(page), /broken[^]*verify\.altered/)
    await page.context().close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [320, 1280]) {
      test(`${colorScheme}, ${width} px, with good and bad steps: accessible, and nothing overflows`, async () => {
        const { page, complaints } = await visit(browser, {}, { colorScheme, viewport: { width, height: 800 } })
        for (const bytes of [await bundleOf(30), await bundleOf(20)]) {
          await choose(page, 'bundle.tar', bytes)
          await settled(page)
          assert.deepEqual(await violations(page), [])
          assert.equal(
            await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
            0,
          )
        }
        assert.deepEqual(complaints, [])
        await page.context().close()
      })
    }
  }

  test('without a script the page says so, and shows the other ways', async () => {
    const { page } = await visit(browser, {}, { javaScriptEnabled: false })
    assert.equal(await page.locator('#tools').isVisible(), false)
    assert.match(await page.locator('#status').innerText(), /need a script/)
    assert.equal(await page.getByText('npx upheld verify bundle.tar').isVisible(), true)
    await page.context().close()
  })
})

/** A log of so many leaves, as this site serves it. */
function siteLog(size: number) {
  const signer = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/evidence'))
  const leaves = Array.from({ length: size }, (_, i): JsonObject => ({ type: 'upheld/run@v1', sequence: i })).map(one =>
    Buffer.from(canonicalJson(one)),
  )
  const root = treeRoot(growTree(emptyTree, leaves.map(leafHash)))
  const file = (bytes: Buffer, contentType = 'application/octet-stream') => ({ bytes, contentType, immutable: false })
  return new Map([
    ['key', file(Buffer.from(`${signer.verifier.encoded}\n`))],
    ['checkpoint', file(Buffer.from(signCheckpoint({ size, root }, signer)))],
    ['tile/entries/000', file(encodeEntries(leaves.slice(0, tileWidth)))],
    [`tile/entries/001.p/${size - tileWidth}`, file(encodeEntries(leaves.slice(tileWidth)))],
  ])
}

async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.locator('#file').setInputFiles([])
  await page.locator('#file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer })
}

async function settled(page: Page): Promise<void> {
  await page.locator('#status:is([data-state="held"], [data-state="broken"])').waitFor()
}

async function said(page: Page): Promise<string> {
  return page.locator('#results').innerText()
}

/** Opens the page; every request is answered by the surface, and written down. */
async function visit(
  browser: Browser,
  change: Partial<TrustSurfaceOptions> = {},
  options: Parameters<Browser['newContext']>[0] = {},
) {
  const surface = sampleSurface({ report: async () => sampleReport, ...change })
  const [asked, complaints]: [string[], string[]] = [[], []]
  const context: BrowserContext = await browser.newContext(options)
  await context.route('**/*', async route => {
    const url = route.request().url()
    asked.push(url)
    const answer = url.startsWith(`${sampleOrigin}/`) ? await surface(new Request(url)) : undefined
    if (answer === undefined) return route.abort()
    return route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    })
  })
  const page = await context.newPage()
  page.on('pageerror', failure => complaints.push(failure.message))
  page.on('console', message => complaints.push(message.text()))
  await page.goto(`${sampleOrigin}${path}`)
  if (options.javaScriptEnabled !== false) await page.locator('#tools').waitFor({ state: 'visible' })
  return { page, asked, complaints }
}

const axeResult = z.object({
  violations: z.array(
    z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string(), failureSummary: z.string() })) }),
  ),
})

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource)
  const { violations } = axeResult.parse(await page.evaluate('axe.run()'))
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html} ${node.failureSummary}`))
}
