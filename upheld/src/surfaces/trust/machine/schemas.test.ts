import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'
import type { TrustReport } from '../../../proof/claims/index.ts'
import { iso, provenClaim, reportOf, runOf } from '../sample/builders.ts'
import { sampleReport } from '../sample/report.ts'
import { asking } from '../sample/serving.ts'

const hostile = `"'><script>\u202e\u0000]]>💥 العربية`
const claim = provenClaim('x.y', hostile, { mappings: { asvs: [hostile] } })
const wild = reportOf(
  claim,
  { verdict: 'refuted', reason: 'refuted', since: iso(0), note: hostile },
  {
    lastRun: {
      record: runOf(claim, { findings: [{ attack: hostile, where: hostile, saw: hostile }], verdict: 'refuted' }),
      index: 3,
    },
    reds: [{ from: iso(0), indexFirst: 3, findings: [] }],
  },
)
const states: readonly (readonly [name: string, report: TrustReport])[] = [
  ['every verdict at once', sampleReport],
  ['hostile text', { ...sampleReport, service: hostile, claims: [wild] }],
  ['a record that does not hold', { ...sampleReport, recordFault: hostile }],
  ['no checkpoint yet', { ...sampleReport, log: undefined }],
  ['no claims', { ...sampleReport, claims: [] }],
]
const json = z.looseObject({})

async function validator() {
  const ajv = new Ajv2020({ strict: true, allErrors: true })
  addFormats.default(ajv)
  return ajv.compile(json.parse(await (await asking()('/security/feed.schema.json')).json()))
}

suite('the published JSON Schema, by a validator that is not ours', () => {
  test('is of draft 2020-12, and the feed names it', async () => {
    const answer = await asking()('/security/feed.schema.json')
    const schema = json.parse(await answer.json())
    assert.equal(schema['$schema'], 'https://json-schema.org/draft/2020-12/schema')
    assert.equal(answer.headers.get('content-type'), 'application/schema+json; charset=utf-8')
    const feed = await asking()('/security/feed.json')
    assert.match(feed.headers.get('link') ?? '', /^<\/security\/feed\.schema\.json>; rel="describedby"/)
  })
  for (const [name, report] of states) {
    test(`accepts the feed: ${name}`, async () => {
      const validate = await validator()
      const feed: unknown = await (await asking({ report: async () => report })('/security/feed.json')).json()
      assert.ok(validate(feed), JSON.stringify(validate.errors))
    })
  }
  test('accepts the feed of a record that cannot be read any more', async () => {
    let away = false
    const ask = asking({
      report: async () => (away ? { ...sampleReport, recordFault: 'Away.', unread: true } : sampleReport),
      onFailure: () => undefined,
    })
    await ask('/security/feed.json')
    away = true
    const feed = json.parse(await (await ask('/security/feed.json')).json())
    const validate = await validator()
    assert.ok(validate(feed), JSON.stringify(validate.errors))
    assert.deepEqual(feed['stale'], { age_secs: 0 })
  })
  test('refuses what is no feed: an unknown verdict, a missing field, a time that is none, one field more', async () => {
    const validate = await validator()
    const feed = json.parse(await (await asking()('/security/feed.json')).json())
    const first = z.array(json).parse(feed['claims'])[0] ?? {}
    const wrong = [
      { ...feed, claims: [{ ...first, verdict: 'green' }] },
      { ...feed, claims: [Object.fromEntries(Object.entries(first).filter(([name]) => name !== 'in_place'))] },
      { ...feed, at: 'yesterday' },
      { ...feed, extra: 1 },
    ]
    for (const one of wrong) assert.equal(validate(one), false)
  })
})
