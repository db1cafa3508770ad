import { z } from 'zod'
import { type ClaimReport, plannedClaims, type PlannedClaim, type TrustReport } from '../../../proof/claims/index.ts'
import { recordOf } from '../record.ts'
import { brokenReports } from './broken.ts'
import { dayMs, iso, minuteMs, provenClaim, reportOf, runOf, sha } from './builders.ts'
import { heldReports, statedReports } from './held.ts'
import { samplePage } from './page.ts'

const further: readonly PlannedClaim[] = [
  {
    kind: 'planned',
    id: 'ledger.balanced',
    sentence: 'What we bill is what you used, and you can recount it.',
    mappings: {},
  },
]

// The catalogue's own plans, but those that this sample shows in another state, and one of the application's own.
const shown = new Set([...heldReports, ...brokenReports, ...statedReports].map(of => of.claim.id))
const planned = [...plannedClaims, ...further]
  .filter(claim => !shown.has(claim.id))
  .map(claim => reportOf(claim, { verdict: 'planned', reason: 'planned', note: '' }))

const gone = reportOf(provenClaim('status.live', 'Our status page is never more than a minute behind.'), {
  verdict: 'unproven',
  reason: 'withdrawn',
  since: iso(9 * dayMs),
  note: '',
})

/** A report in every state that a claim can be in. */
export const sampleReport: TrustReport = {
  service: 'Northwind Desk',
  at: iso(0),
  claims: [
    ...heldReports,
    ...brokenReports,
    ...statedReports,
    ...planned,
    { ...gone, claim: { kind: 'withdrawn', id: gone.claim.id, sentence: gone.claim.sentence, mappings: {} } },
  ],
  log: {
    origin: 'northwind-desk.example/upheld/evidence',
    size: 12_481,
    root: 'Vh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0=',
    checkpoint:
      'northwind-desk.example/upheld/evidence\n12481\nVh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0=\n\n— northwind-desk.example/upheld/evidence 8xJ2c0Zr8bC4o3nN5lq6J9wQe7Qk0Vh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0Vh0aQm8uS2w1uYpP1c0mZr8bC4==\n',
    key: 'northwind-desk.example/upheld/evidence+f3127671+AVh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0',
    signedAt: iso(3 * minuteMs),
  },
}

/** The log that fits the report: claims set down, then runs, then a change and a withdrawal. */
const leaves = [
  ...[...heldReports, ...brokenReports].map(({ claim, digest }) => set(claim, digest, 60)),
  set(gone.claim, gone.digest, 60),
  ...Array.from({ length: 70 }, (_, place) => runLeaf(place)),
  { type: 'upheld/withdrawal@v1', claim: gone.claim.id, digest: gone.digest, at: iso(9 * dayMs) },
  set(provenClaim('isolation.rows', samplePage.sections[0]?.sentences[0]?.text ?? ''), `sha256:${sha('second')}`, 5),
].map(leaf => ({ value: z.record(z.string(), z.json()).parse(leaf) }))

function set(claim: ClaimReport['claim'], digest: string, daysAgo: number) {
  return {
    type: 'upheld/claim@v1',
    claim: claim.id,
    digest,
    definition: { sentence: claim.sentence },
    at: iso(daysAgo * dayMs),
  }
}

function runLeaf(place: number) {
  const claim = provenClaim('isolation.rows', 'Every query is bound.')
  const at = iso((75 - place) * 15 * minuteMs)
  return { ...runOf(claim, { sequence: place + 1, started_at: at, finished_at: at, expires_at: at }) }
}

export const sampleRecord = recordOf(async () => leaves)
