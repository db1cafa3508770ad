import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Standing, TrustReport } from '../../proof/claims/index.ts'
import { iso, provenClaim, reportOf, runOf } from './sample/builders.ts'
import { samplePage } from './sample/page.ts'
import { sampleReport } from './sample/report.ts'
import { asking } from './sample/serving.ts'

suite('hostile text stays text', () => {
  const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>javascript:alert(1)&lt;`
  const bad = provenClaim(`x.y`, hostile, {
    population: hostile,
    assumptions: [hostile],
    notCovered: [hostile],
    mappings: { asvs: [hostile], soc2: [hostile] },
    probe: { says: hostile, source: '', run: async () => undefined },
    sabotages: [{ name: hostile, says: hostile, source: '', apply: async twin => twin }],
  })
  const finding = { attack: hostile, where: hostile, saw: hostile }
  const record = runOf(bad, {
    verdict: 'refuted',
    findings: [finding],
    findings_total: 2,
    population: { [hostile]: 3 },
    note: hostile,
    finished_at: hostile,
  })
  const standing: Standing = { verdict: 'refuted', reason: 'refuted', since: iso(0), note: hostile }
  const red = { from: hostile, to: hostile, indexFirst: 0, findings: [finding] }
  const days = [{ day: hostile, worst: 'refuted' }] as const
  const stated = {
    kind: 'attested',
    id: 'x.z',
    sentence: hostile,
    mappings: {},
    by: hostile,
    documentDigest: hostile,
    statedAt: hostile,
    expiresAt: hostile,
  } as const
  const shown: TrustReport = {
    ...sampleReport,
    service: hostile,
    recordFault: hostile,
    log: { origin: hostile, size: 1, root: hostile, checkpoint: hostile, key: hostile, signedAt: hostile },
    claims: [
      reportOf(bad, standing, {
        digest: hostile,
        lastRun: { record, index: 0 },
        nextRunAt: hostile,
        days,
        reds: [red],
      }),
      reportOf(stated, { verdict: 'attested', reason: 'attested', note: hostile }),
      reportOf(
        { kind: 'planned', id: hostile, sentence: hostile, mappings: {} },
        { verdict: 'planned', reason: 'planned', note: '' },
      ),
      reportOf(
        { kind: 'withdrawn', id: 'x.w', sentence: hostile, mappings: {} },
        { verdict: 'unproven', reason: 'withdrawn', since: iso(0), note: '' },
      ),
    ],
  }
  const source = {
    ...samplePage,
    title: hostile,
    lede: hostile,
    sections: [{ title: hostile, sentences: [{ text: hostile, claims: ['x.y', 'x.z'] }] }],
  }
  const digest = `sha256:${'a'.repeat(64)}`
  const leaves = [
    { type: 'upheld/claim@v1', claim: hostile, digest, definition: { sentence: hostile }, at: iso(0) },
    { type: 'upheld/withdrawal@v1', claim: hostile, digest, at: iso(0) },
    { type: hostile, claim: hostile },
  ]
  const ask = asking({
    page: source,
    report: async () => shown,
    record: async () => leaves.map((leaf, index) => ({ index, leaf })),
  })
  for (const path of [
    '/security',
    '/security/claims/x.y',
    '/security/claims/x.z',
    '/security/claims/x.w',
    '/security/history',
    '/security/evidence',
  ])
    test(path, async () => {
      const response = await ask(path)
      assert.equal(response.status, 200)
      const html = await response.text()
      assert.doesNotMatch(html, /<script|<img|href="javascript|"'>/i)
      assert.ok(html.includes('&lt;script&gt;'))
    })
})
