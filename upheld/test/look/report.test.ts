import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, before, suite, test } from 'node:test'
import draft04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import type { Browser } from 'playwright-core'
import { z } from 'zod'
import { outcomeOf, pageOf, sarifOf, thresholds, type LookReport } from '../../src/surfaces/report/index.ts'
import { testBrowser } from '../../src/testing/index.ts'
import { hostileNames, hostileReport, soundReport } from './sample.ts'

const hostile = hostileReport()
const sound = soundReport()

suite('SARIF', () => {
  const folder = new URL('../../../vectors/sarif/', import.meta.url)
  const text = readFileSync(new URL('sarif-schema-2.1.0.json', folder), 'utf8')
  const log = z.looseObject({
    runs: z.array(
      z.looseObject({
        invocations: z.array(
          z.looseObject({ toolExecutionNotifications: z.array(z.looseObject({ level: z.string() })) }),
        ),
        results: z.array(
          z.looseObject({
            ruleId: z.string(),
            ruleIndex: z.number(),
            level: z.string(),
            partialFingerprints: z.record(z.string(), z.string()),
            locations: z.array(z.looseObject({ logicalLocations: z.array(z.looseObject({})).min(1) })).min(1),
          }),
        ),
        tool: z.looseObject({ driver: z.looseObject({ rules: z.array(z.looseObject({ id: z.string() })) }) }),
      }),
    ),
  })
  const read = (report: LookReport): z.infer<typeof log>['runs'][number] => {
    const [run] = log.parse(JSON.parse(sarifOf(report))).runs
    assert.ok(run)
    return run
  }

  test('the schema is the one that OASIS published', () => {
    const digest = createHash('sha256').update(text).digest('hex')
    assert.ok(readFileSync(new URL('README.md', folder), 'utf8').includes(digest))
  })

  test('is valid, whatever the names are, and a broken one is not', () => {
    const ajv = new draft04.default({ strict: false, allErrors: true })
    addFormats.default(ajv)
    const schema: unknown = JSON.parse(text)
    const validate = ajv.compile(z.looseObject({}).parse(schema))
    for (const report of [hostile, sound]) {
      assert.ok(validate(JSON.parse(sarifOf(report))), JSON.stringify(validate.errors))
    }
    const broken: unknown = JSON.parse(sarifOf(hostile).replace('"kind": "fail"', '"kind": "wrong"'))
    assert.ok(!validate(broken))
  })

  test('each result points at its rule, has a level of its danger and a place', () => {
    const run = read(hostile)
    assert.equal(run.results.length, hostile.findings.length)
    for (const [index, result] of run.results.entries()) {
      assert.equal(run.tool.driver.rules[result.ruleIndex]?.id, result.ruleId)
      const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note' }
      assert.equal(result.level, levels[hostile.findings[index]?.severity ?? 'low'])
    }
  })

  test('a finding keeps its fingerprint when others come and go, and no two share one', () => {
    const prints = (report: LookReport): string[] =>
      read(report).results.map(result => Object.values(result.partialFingerprints).join())
    const whole = prints(hostile)
    assert.equal(new Set(whole).size, whole.length)
    const fewer = prints({ ...hostile, findings: hostile.findings.filter((_, index) => index % 2 === 1) })
    assert.deepEqual(
      fewer,
      whole.filter((_, index) => index % 2 === 1),
    )
  })

  test('what was not seen is a warning of the run, what failed an error of it, and neither is a result', () => {
    const [invocation] = read(hostile).invocations
    const levels = invocation?.toolExecutionNotifications.map(({ level }) => level) ?? []
    assert.equal(levels.filter(level => level === 'error').length, hostile.faults.length)
    assert.equal(levels.filter(level => level === 'warning').length, hostile.notSeen.length)
    assert.equal(invocation?.['executionSuccessful'], false)
    assert.equal(read(sound).invocations[0]?.['executionSuccessful'], true)
  })
})

suite('what may be said, and how a look ends', () => {
  test('nothing but what was seen: no report says upheld of a look', () => {
    for (const { standing } of [...hostile.claims, ...sound.claims]) assert.doesNotMatch(standing, /^upheld/)
    assert.deepEqual(
      sound.claims.map(({ standing }) => standing),
      ['no hole seen', 'no hole seen'],
    )
  })

  const open = { of: 'database', rule: 'r', what: 'w', why: 'y' } as const
  const only = (severity: 'critical' | 'high' | 'medium' | 'low'): LookReport => ({
    ...sound,
    findings: hostile.findings.filter(one => one.severity === severity),
  })
  const blind = (severity: 'high' | 'low'): LookReport => ({ ...sound, notSeen: [{ ...open, severity }] })
  const failed: LookReport = { ...sound, faults: hostile.faults }
  const cases = [
    ['sound', sound, 'passed passed passed passed passed'],
    ['critical', only('critical'), 'found found found found found'],
    ['high', only('high'), 'passed found found found found'],
    ['medium', only('medium'), 'passed passed found found found'],
    ['low', only('low'), 'passed passed passed found found'],
    ['a grave rule that could not see', blind('high'), 'passed not proven not proven not proven not proven'],
    ['a small rule that could not see', blind('low'), 'passed passed passed not proven not proven'],
    ['a part that failed', failed, 'failed failed failed failed failed'],
    [
      'a finding beside a part that failed',
      { ...failed, findings: only('high').findings },
      'failed found found found found',
    ],
  ] as const
  for (const [name, report, expected] of cases) {
    test(`${name}, by threshold: ${expected}`, () =>
      assert.equal(thresholds.map(threshold => outcomeOf(report, threshold)).join(' '), expected))
  }
})

suite('the page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-page-'))
  const file = join(folder, 'report.html')
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
  let browser: Browser | undefined
  let reason = ''
  before(async () => {
    writeFileSync(file, await pageOf(hostile))
    const found = await testBrowser()
    if ('browser' in found) browser = found.browser
    else reason = found.reason
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is one file without script, frame, form or anything from elsewhere, and forbids them itself', () => {
    const text = readFileSync(file, 'utf8')
    const style = /<style>([^]*?)<\/style>/.exec(text)?.[1] ?? ''
    const digest = createHash('sha256').update(style).digest('base64')
    const policy = `default-src 'none'; style-src 'sha256-${digest}'; font-src data:; base-uri 'none'; form-action 'none'`
    assert.ok(text.includes(`content="${policy.replaceAll("'", '&#39;')}"`) || text.includes(`content="${policy}"`))
    const markup = text.replace(style, '')
    for (const [tag] of markup.matchAll(/<[^>]*>/g))
      assert.doesNotMatch(tag, /^<(script|iframe|form|img|object|link|base)\b|\son\w+=|\sstyle=|javascript:/i)
    assert.doesNotMatch(style, /@import|url\((?!data:font\/woff2)/)
    assert.doesNotMatch(markup, /[\u0000-\u0008\u000b-\u001f\u200b\u202a-\u202e]/)
  })

  for (const [width, scheme] of [
    [320, 'light'],
    [1280, 'dark'],
  ] as const) {
    test(`at ${width} px, ${scheme}: nothing runs, nothing is fetched, nothing overflows, everybody can read it`, async context => {
      if (browser === undefined) return context.skip(reason)
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme, bypassCSP: false })
      const asked: string[] = []
      const said: string[] = []
      page.on('request', request => asked.push(request.url().slice(0, 60)))
      page.on('console', message => said.push(message.text()))
      await page.goto(pathToFileURL(file).href)
      assert.deepEqual(
        asked.filter(url => !url.startsWith('data:font')),
        [pathToFileURL(file).href.slice(0, 60)],
      )
      assert.deepEqual(said, [])
      assert.match(await page.title(), /^A look at /)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
      assert.equal(
        await page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily.includes('Upheld Display')"),
        true,
      )
      await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
      assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
      const text = z.string().parse(await page.evaluate('document.body.innerText'))
      for (const name of [hostileNames[0] ?? '', hostileNames[5] ?? '']) assert.ok(text.includes(name), name)
      const checked = await page.evaluate(`${axe}; axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })`)
      const { violations } = z.object({ violations: z.array(z.object({ id: z.string() })) }).parse(checked)
      assert.deepEqual(violations, [])
      await page.close()
      return undefined
    })
  }
})
