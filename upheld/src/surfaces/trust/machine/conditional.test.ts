import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { minuteMs, reportOf, sampleNowMs } from '../sample/builders.ts'
import { sampleReport } from '../sample/report.ts'
import { asking } from '../sample/serving.ts'

const secondMs = 1_000

/** A surface that was opened an hour ago, over a log that was signed at this moment. */
function signedAt(ms: number) {
  let nowMs = sampleNowMs - 60 * minuteMs
  const { log, claims } = sampleReport
  assert.ok(log !== undefined)
  const report = { ...sampleReport, claims, log: { ...log, signedAt: new Date(ms).toISOString() } }
  const ask = asking({ report: async () => report, clock: { now: () => new Date(nowMs), monotonicMs: () => 0 } })
  nowMs = sampleNowMs
  return (headers: Record<string, string> = {}) => ask('/security/feed.atom', { headers })
}

suite('conditional requests by date', () => {
  const changed = sampleNowMs - 3 * minuteMs
  const stamp = (ms: number): string => new Date(ms).toUTCString()
  test('the date is the one of the last signature, and is answered with 304 from then on', async () => {
    const ask = signedAt(changed)
    assert.equal((await ask()).headers.get('last-modified'), stamp(changed))
    assert.equal((await ask({ 'if-modified-since': stamp(changed) })).status, 304)
    assert.equal((await ask({ 'if-modified-since': stamp(changed + minuteMs) })).status, 304)
    assert.equal((await ask({ 'if-modified-since': stamp(changed - secondMs) })).status, 200)
    assert.equal((await ask({ 'if-modified-since': 'the other day' })).status, 200)
  })
  test('a tag goes before a date, whatever the date says', async () => {
    const ask = signedAt(changed)
    const tag = (await ask()).headers.get('etag') ?? ''
    assert.equal((await ask({ 'if-none-match': '"other"', 'if-modified-since': stamp(changed) })).status, 200)
    assert.equal((await ask({ 'if-none-match': tag, 'if-modified-since': stamp(0) })).status, 304)
  })
  test('a change of this minute, or of a clock that is ahead, is not told as a date', async () => {
    for (const ms of [sampleNowMs - 30 * secondMs, sampleNowMs + minuteMs]) {
      const answer = await signedAt(ms)()
      assert.equal(answer.headers.get('last-modified'), null)
      assert.equal((await signedAt(ms)({ 'if-modified-since': stamp(sampleNowMs) })).status, 200)
    }
  })
})

suite('the tag of the feed', () => {
  const at = (ms: number, change = {}) => ({ ...sampleReport, at: new Date(ms).toISOString(), ...change })
  test('stays while only the moment of reading differs, and moves with any verdict', async () => {
    let report = at(sampleNowMs)
    const ask = asking({ report: async () => report })
    const tag = (await ask('/security/feed.json')).headers.get('etag') ?? ''
    assert.match(tag, /^W\/"/)
    report = at(sampleNowMs - 1)
    assert.equal((await ask('/security/feed.json', { headers: { 'if-none-match': tag } })).status, 304)
    const [first, ...rest] = sampleReport.claims
    assert.ok(first !== undefined)
    const red = reportOf(first.claim, { verdict: 'refuted', reason: 'refuted', note: '' })
    report = at(sampleNowMs, { claims: [red, ...rest] })
    assert.equal((await ask('/security/feed.json', { headers: { 'if-none-match': tag } })).status, 200)
    report = at(sampleNowMs, { recordFault: 'No.' })
    assert.equal((await ask('/security/feed.json', { headers: { 'if-none-match': tag } })).status, 200)
  })
})
