import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  type ClaimReport,
  type Reason,
  reasonWords,
  type Standing,
  type TrustReport,
} from '../../proof/claims/index.ts'
import { feed } from './feed.ts'
import { readAt } from './reading.ts'
import { iso, provenClaim, reportOf, runOf, sampleNowMs } from './sample/builders.ts'
import { samplePage } from './sample/page.ts'
import { sampleReport } from './sample/report.ts'
import { asking, sampleOrigin } from './sample/serving.ts'

const sentence = 'No stranger reads the ledger of the harbor.'
const claim = provenClaim('harbor.ledger', sentence)
const page = { ...samplePage, sections: [{ title: 'Harbor', sentences: [{ text: sentence, claims: [claim.id] }] }] }
const held: Standing = { verdict: 'upheld', reason: 'held', since: iso(9_000_000), note: '' }

function report(of: ClaimReport, change: Partial<TrustReport> = {}): TrustReport {
  return { ...sampleReport, claims: [of], ...change }
}

function upheld(change: Parameters<typeof runOf>[1] = {}): ClaimReport {
  const record = runOf(claim, change)
  return reportOf(claim, held, { digest: runOf(claim).claim_digest, lastRun: { record, index: 7 }, runsTotal: 1 })
}

async function textOf(path: string, shown: TrustReport): Promise<string> {
  const response = await asking({ page, report: async () => shown })(path)
  assert.equal(response.status, 200)
  return response.text()
}

/** The page without what is struck out: what a reader takes for promised. */
function unstruck(html: string): string {
  return html.replaceAll(/<s>.*?<\/s>/gs, '')
}

async function assertNotPromised(shown: TrustReport): Promise<string> {
  const html = await textOf('/security', shown)
  assert.match(html, /data-published="false"/)
  assert.ok(!unstruck(html).includes(sentence))
  const own = await textOf(`/security/claims/${claim.id}`, shown)
  assert.ok(!unstruck(own).includes(`>${sentence}</h1>`))
  const said = feedOf(shown)
  assert.equal(said.claims[0]?.in_place, false)
  assert.equal(said.sentences[0]?.published, false)
  const headers = [...(await asking({ page, report: async () => shown })('/security')).headers].join('\n')
  assert.ok(!headers.includes(sentence))
  return html
}

function feedOf(shown: TrustReport) {
  const look = { fetch: () => undefined, headTags: () => Promise.reject(new Error('a feed has no head')) }
  const view = {
    report: readAt(shown, sampleNowMs),
    page,
    record: async () => [],
    look,
    nowMs: sampleNowMs,
    witnesses: [],
  }
  return feed({ ...view, origin: sampleOrigin })
}

suite('a claim that is upheld', () => {
  test('is published, with when, how often, over what and how many attacks', async () => {
    const html = await textOf('/security', report(upheld()))
    assert.match(html, new RegExp(`<p class="sentence" dir="auto">${sentence}</p>`))
    const said = html.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ')
    for (const words of [
      'Upheld',
      'for 2 hours',
      '3 minutes ago',
      'at least every 15 minutes',
      '9 tables',
      '1,204 attacks beaten',
      'noticed 4 of 4. On a copy that nobody broke, every attack was beaten.',
      'row security was switched off on one table: caught rls-off',
      'entry 7',
    ])
      assert.ok(said.includes(words), words)
    assert.equal(feedOf(report(upheld())).claims[0]?.in_place, true)
  })
})

suite('a claim that is not upheld is never shown as in place', () => {
  const reasons: readonly Reason[] = [
    'errored',
    'timed_out',
    'empty',
    'sabotage_missed',
    'sabotage_errored',
    'lost',
    'clock',
    'never_run',
    'expired',
    'overdue',
    'changed',
    'record_incomplete',
  ]
  for (const reason of reasons) {
    test(`unproven, ${reason}: says why, in words`, async () => {
      const html = await assertNotPromised(report({ ...upheld(), standing: { ...held, verdict: 'unproven', reason } }))
      assert.match(html, />Unproven</)
      assert.ok(html.includes(reasonWords[reason]))
    })
  }
  test('refuted: says so, since when, and what came through', async () => {
    const finding = { attack: 'count through a view', where: 'harbor.ledger_view', saw: '12 rows of another' }
    const lastRun = {
      record: runOf(claim, { verdict: 'refuted', reason: 'refuted', findings: [finding], findings_total: 31 }),
      index: 7,
    }
    const red = { ...upheld(), lastRun, standing: { ...held, verdict: 'refuted', reason: 'refuted' } as const }
    const html = await assertNotPromised(
      report({ ...red, reds: [{ from: iso(9_000_000), indexFirst: 7, findings: [finding] }] }),
    )
    for (const words of ['Refuted', ...Object.values(finding), 'and 30 more', '31 came through'])
      assert.ok(html.includes(words), words)
    const history = await textOf(
      '/security/history',
      report({ ...red, reds: [{ from: iso(9_000_000), indexFirst: 7, findings: [finding] }] }),
    )
    assert.match(history, /for 2 hours so far/)
  })
  test('planned: is listed as planned and linked, under the words that nothing of it is promised', async () => {
    const planned = reportOf(
      { kind: 'planned', id: claim.id, sentence, mappings: {} },
      { verdict: 'planned', reason: 'planned', note: '' },
    )
    const html = await textOf('/security', report(planned))
    assert.match(html, /data-published="false"/)
    assert.match(html, /None of this is in place, and none of it is promised/)
    assert.match(html, new RegExp(`data-verdict="planned">.*?Planned: </span><a [^>]*><bdi>${sentence}`, 's'))
    assert.doesNotMatch(html, new RegExp(`class="sentence"[^>]*>${sentence}`))
  })
  test('withdrawn: stays listed, struck out', async () => {
    const gone = { kind: 'withdrawn', id: claim.id, sentence, mappings: {} } as const
    const html = await textOf(
      '/security',
      report(reportOf(gone, { verdict: 'unproven', reason: 'withdrawn', since: iso(0), note: '' })),
    )
    assert.match(html, /What we no longer promise/)
    assert.ok(!unstruck(html).includes(sentence))
  })
  test('a sentence that rests on no known claim is not promised', async () => {
    const html = await textOf('/security', report(reportOf(provenClaim('other.claim', 'Something else.'), held)))
    assert.ok(!unstruck(html).includes(sentence))
  })
})

suite('a report that promises too much is taken back at the page', () => {
  const lies: readonly (readonly [name: string, shown: TrustReport])[] = [
    ['a record that does not hold', report(upheld(), { recordFault: 'Run 12 is missing.' })],
    ['no checkpoint', report(upheld(), { log: undefined })],
    ['evidence that ran out while the report lay in a cache', report(upheld({ expires_at: iso(1) }))],
    ['evidence for another wording', report(upheld({ claim_digest: `sha256:${'0'.repeat(64)}` }))],
    ['a newest run that is red', report(upheld({ verdict: 'refuted', reason: 'refuted' }))],
    ['no run at all', report(reportOf(claim, held))],
    ['a plan', report({ ...upheld(), claim: { kind: 'planned', id: claim.id, sentence, mappings: {} } })],
  ]
  for (const [name, shown] of lies) {
    test(name, async () => {
      const html = await textOf('/security', shown)
      assert.match(html, /data-published="false"/)
      assert.equal(feedOf(shown).claims[0]?.in_place, false)
      assert.doesNotMatch(html, /data-verdict="upheld"/)
    })
  }
  test('an attestation past its end', async () => {
    const dates = { statedAt: iso(9_000_000), expiresAt: iso(1) }
    const stated = {
      kind: 'attested',
      id: claim.id,
      sentence,
      mappings: {},
      by: 'the captain',
      documentDigest: '',
      ...dates,
    } as const
    await assertNotPromised(report(reportOf(stated, { verdict: 'attested', reason: 'attested', note: '' })))
  })
  test('a record fault stands at the top, plainly', async () => {
    const html = await textOf('/security', report(upheld(), { recordFault: 'Run 12 is missing.' }))
    assert.match(html, /Our own record does not hold\.<\/strong> Run 12 is missing\. Until it does, we promise nothing/)
    assert.ok(html.indexOf('Run 12 is missing') < html.indexOf('<h1'))
  })
  test('while the record does not hold, an empty list says nothing good', async () => {
    const shown = report(upheld(), { recordFault: 'Run 12 is missing.' })
    for (const path of ['/security/history', '/security/evidence', `/security/claims/${claim.id}`]) {
      const html = await textOf(path, shown)
      assert.match(html, /Run 12 is missing/)
      assert.match(html, /Not shown: our record does not hold/)
      assert.doesNotMatch(html, /No attack has come through|never refuted|class="days"/)
    }
  })
})
