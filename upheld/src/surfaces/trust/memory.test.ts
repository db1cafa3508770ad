import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { TrustReport } from '../../proof/claims/index.ts'
import { feedSchema } from './feed.ts'
import { remembering } from './memory.ts'
import { minuteMs, sampleNowMs } from './sample/builders.ts'
import { sampleRecord, sampleReport } from './sample/report.ts'
import { asking } from './sample/serving.ts'

const away: TrustReport = {
  service: sampleReport.service,
  at: sampleReport.at,
  claims: [],
  log: undefined,
  recordFault: 'The record cannot be read. The database does not answer as it should.',
  unread: true,
}

/** A surface whose database goes away after it was read once, and the time that passed since. */
async function interrupted(later: TrustReport | Error = away, passedMs = 12 * minuteMs) {
  const told: unknown[] = []
  let now: { report: TrustReport | Error; ms: number } = { report: sampleReport, ms: sampleNowMs }
  const give = async <T>(value: T): Promise<T> => {
    if (now.report instanceof Error) throw now.report
    return value
  }
  const ask = asking({
    report: () => (now.report instanceof Error ? Promise.reject(now.report) : Promise.resolve(now.report)),
    record: async query => give(await sampleRecord(query)),
    clock: { now: () => new Date(now.ms), monotonicMs: () => 0 },
    onFailure: failure => told.push(failure),
  })
  assert.equal((await ask('/security')).status, 200)
  now = { report: later, ms: sampleNowMs + passedMs }
  return {
    ask,
    told,
    back: (report: TrustReport | Error) => {
      now = { ...now, report }
    },
  }
}

suite('while the database is away', () => {
  for (const [name, failure] of [
    ['it says that it cannot be read', away],
    ['it does not answer', new Error('away')],
  ] as const) {
    test(`${name}: the page shows what was read last, with its age, and promises none of it`, async () => {
      const { ask, told } = await interrupted(failure)
      const answer = await ask('/security')
      assert.equal(answer.status, 200)
      const html = await answer.text()
      assert.match(html, /data-stale="true"/)
      assert.match(html, /what it said last, <time [^>]*>12 minutes ago/)
      assert.match(html, /Its head was signed <time [^>]*>15 minutes ago/)
      assert.match(html, /our record cannot be read at the moment/)
      assert.doesNotMatch(html, /data-published="true"|data-verdict="(upheld|attested)"/)
      assert.match(html, /data-verdict="refuted"/, 'a red stays a red')
      await ask('/security')
      assert.equal(told.length, 1, 'the operator hears of it once')
    })
  }
  test('the feed says stale, with its age, and the signed head; nothing in it is in place', async () => {
    const { ask } = await interrupted()
    const feed = feedSchema.parse(await (await ask('/security/feed.json')).json())
    assert.deepEqual(feed.stale, { age_secs: 720 })
    assert.equal(feed.at, sampleReport.at)
    assert.equal(feed.checkpoint?.note, sampleReport.log?.checkpoint)
    assert.ok(feed.claims.length > 10)
    for (const claim of feed.claims) assert.equal(claim.in_place, false, claim.id)
    for (const sentence of feed.sentences) assert.equal(sentence.published, false)
    const taken = feed.claims.find(({ id }) => id === 'isolation.rows')
    assert.deepEqual([taken?.verdict, taken?.reason, taken?.since], ['unproven', 'unread', sampleReport.at])
  })
  test('the Atom feed keeps its entries and adds one that says so', async () => {
    const { ask } = await interrupted()
    const text = await (await ask('/security/feed.atom')).text()
    assert.match(text, /<title>Our record cannot be read now<\/title>/)
    assert.match(text, /<title>Refuted: export\.any-time<\/title>/)
    assert.equal(await (await ask('/security/feed.atom')).text(), text)
  })
  test('no badge is green', async () => {
    const { ask } = await interrupted()
    for (const path of ['/security/badge.svg', '/security/claims/isolation.rows/badge.svg']) {
      const text = await (await ask(path)).text()
      assert.match(text, /<text class="unproven"[^>]*>Unproven/)
      assert.doesNotMatch(text, /class="(s )?upheld"/)
    }
  })
  test('entries that nobody remembers are not shown as none', async () => {
    const { ask } = await interrupted(new Error('away'))
    for (const path of ['/security/history', '/security/evidence', '/security/claims/isolation.rows']) {
      const html = await (await ask(path)).text()
      assert.match(html, /Not shown: our record cannot be read now/)
      assert.doesNotMatch(html, /The log holds no (change|entry)/)
    }
  })
  test('once it can be read again everything stands as before', async () => {
    const { ask, back } = await interrupted(away, minuteMs)
    assert.match(await (await ask('/security')).text(), /data-stale/)
    back(sampleReport)
    const html = await (await ask('/security')).text()
    assert.doesNotMatch(html, /data-stale/)
    assert.match(html, /data-verdict="upheld"/)
  })
})

suite('a memory never covers a record that answers and does not hold', () => {
  const forged = { ...sampleReport, recordFault: 'Run 12 is missing.' }
  test('what is wrong is shown, and the memory is gone', async () => {
    const { ask, back } = await interrupted(forged)
    assert.match(await (await ask('/security')).text(), /Run 12 is missing/)
    back(new Error('away'))
    assert.equal((await ask('/security')).status, 503)
  })
  test('nothing is remembered of a report without a signed head, or that was not read', async () => {
    for (const first of [forged, away, { ...sampleReport, log: undefined }]) {
      let report: TrustReport | undefined = first
      const read = remembering(
        () => (report === undefined ? Promise.reject(new Error('away')) : Promise.resolve(report)),
        () => assert.fail('nothing was remembered'),
      )
      assert.equal(await read(), first)
      report = undefined
      await assert.rejects(read())
    }
  })
})
