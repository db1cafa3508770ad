import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { digestOf, type JsonObject } from '../../src/core/json.ts'
import {
  emptyTree,
  generateSignerKey,
  growTree,
  leafHash,
  parseSignerKey,
  signCheckpoint,
  treeRoot,
} from '../../src/core/transparency/index.ts'
import { canonicalJson } from '../../src/core/json.ts'
import { verifyBundle } from '../../src/verify.ts'
import { openLab, type Lab } from './lab.ts'
import { browserFound, skip, visitor, type Visitor } from './visitor.ts'

// The browser judges claims by code of its own. Where it and `upheld verify` differ, one of them is wrong.

const nowMs = Date.parse('2026-11-20T12:00:00.000Z')
const at = (agoMins: number): string => new Date(nowMs - agoMins * 60_000).toISOString()
const definition = {
  kind: 'proven',
  id: 'isolation.rows',
  sentence: 'Every query is bound – “none” sees another’s.',
  freshnessMins: 60,
  observationsMin: 10,
  timeoutSecs: 60,
  instruments: [{ name: 'linter' }, { name: 'prober' }],
  sabotages: [{ name: 'off' }, { name: 'gate', beyond: { linter: 'it lives in the driver' } }],
}
const claim = {
  type: 'upheld/claim@v1',
  claim: definition.id,
  digest: digestOf(definition),
  definition,
  at: at(100),
}

function run(sequence: number, agoMins: number, more: JsonObject = {}): JsonObject {
  return {
    type: 'upheld/run@v1',
    claim: definition.id,
    claim_digest: claim.digest,
    sequence,
    started_at: at(agoMins + 1),
    finished_at: at(agoMins),
    duration_ms: 60_000,
    expires_at: at(agoMins + 1 - 60),
    verdict: 'upheld',
    reason: 'held',
    population: { tables: 9 },
    observations: 270,
    observations_min: 10,
    findings: [],
    findings_total: 0,
    sabotages: [
      {
        name: 'off',
        outcome: 'caught',
        noticed: [
          ['linter', 4, ''],
          ['prober', 9, ''],
        ],
      },
      { name: 'gate', outcome: 'caught', noticed: [['prober', 9, '']] },
    ],
    untouched_twin: 'held',
    note: '',
    ...more,
  }
}

const stated = (statedAt: string, expiresAt: string): JsonObject => {
  const said = { kind: 'attested', id: 'a.b', sentence: 'So it is said.', statedAt, expiresAt }
  return { type: 'upheld/claim@v1', claim: 'a.b', digest: digestOf(said), definition: said, at: at(90) }
}
const planned = { kind: 'planned', id: 'c.d', sentence: 'It will come.' }

/** One change for each thing that a verdict rests on. */
const doubts: readonly JsonObject[] = [
  { reason: 'errored' },
  { observations: 9 },
  { observations_min: 9 },
  { population: {} },
  { population: { tables: 0 } },
  { findings_total: 1 },
  { untouched_twin: 'failed' },
  { sabotages: [] },
  {
    sabotages: [
      { name: 'off', outcome: 'missed' },
      { name: 'gate', outcome: 'caught' },
    ],
  },
  {
    sabotages: [
      { name: 'off', outcome: 'caught', noticed: [] },
      { name: 'gate', outcome: 'caught', noticed: [] },
    ],
  },
  { duration_ms: 60_001 },
  { expires_at: at(-600) },
  { claim_digest: `sha256:${'0'.repeat(64)}` },
  { sequence: 3 },
  { note: 7 },
  { finished_at: 'yesterday' },
  { verdict: 'perfect' },
  { verdict: 'refuted', reason: 'refuted' },
  { verdict: 'unproven', reason: 'timed_out' },
]

const histories: readonly (readonly JsonObject[])[] = [
  [],
  [claim],
  [claim, run(1, 10)],
  [claim, run(1, 70)],
  [claim, run(1, -10)],
  [claim, run(1, 10), run(2, 30)],
  [claim, run(1, 40), run(2, 10)],
  [run(1, 10)],
  [{ ...claim, digest: `sha256:${'1'.repeat(64)}` }, run(1, 10)],
  [claim, run(1, 10), { type: 'upheld/withdrawal@v1', claim: definition.id, digest: claim.digest, at: at(5) }],
  [claim, run(1, 10), { type: 'upheld/withdrawal@v1', claim: definition.id, digest: claim.digest, at: at(5) }, claim],
  [stated(at(10), at(-10))],
  [stated(at(10), at(-10)), stated(at(10), at(5))],
  [stated(at(-10), at(-20))],
  [stated('soon', 'later')],
  [{ type: 'upheld/claim@v1', claim: 'c.d', digest: digestOf(planned), definition: planned, at: at(9) }],
  [{ type: 'somebody/else@v1', claim: definition.id }, { type: 7, claim: 'x' }, claim, run(1, 10)],
  ...doubts.map(doubt => [claim, run(1, 20), run(2, 10, doubt)]),
]

const judgedByBrowser = `async (leaves, nowMs) => {
  const { claimsReader } = await import('/security/verify/standing.js')
  const reader = claimsReader()
  for (const leaf of leaves) await reader.take(leaf)
  return reader.standings(nowMs).map(({ claim, verdict, reason }) => [claim, verdict, reason].join(' '))
}`

function judgedByNode(leaves: readonly JsonObject[]): readonly string[] {
  const signer = parseSignerKey(generateSignerKey('test.example/upheld/evidence'))
  const tree = growTree(
    emptyTree,
    leaves.map(leaf => leafHash(Buffer.from(canonicalJson(leaf)))),
  )
  const checkpoint = signCheckpoint({ size: tree.size, root: treeRoot(tree) }, signer)
  const bundle = canonicalJson({ type: 'upheld/bundle@v1', key: signer.verifier.encoded, checkpoint, leaves })
  const { claims } = verifyBundle(Buffer.from(bundle), { now: new Date(nowMs) })
  return claims.map(({ claim, standing }) => `${claim} ${standing.verdict} ${standing.reason}`)
}

suite('claims judged in the browser', { skip }, () => {
  let lab: Lab
  let reader: Visitor
  before(async () => {
    lab = await openLab()
    reader = await visitor(lab)
  })
  after(async () => {
    await reader.close()
    await lab.close()
    await browserFound().close()
  })

  test('stand as they do for upheld verify, whatever the record holds', async () => {
    const page = await reader.open('/security/verify')
    const verdicts = new Set<string>()
    for (const leaves of histories) {
      const seen: unknown = await page.evaluate(`(${judgedByBrowser})(${JSON.stringify(leaves)}, ${nowMs})`)
      const node = judgedByNode(leaves)
      assert.deepEqual(z.array(z.string()).parse(seen), node, JSON.stringify(leaves.at(-1)))
      for (const one of node) verdicts.add(one.split(' ').slice(1).join(' '))
    }
    for (const one of [
      'upheld held',
      'refuted refuted',
      'unproven expired',
      'unproven clock',
      'unproven changed',
      'unproven withdrawn',
      'unproven record_incomplete',
      'unproven never_run',
      'attested attested',
      'planned planned',
    ]) {
      assert.ok(verdicts.delete(one), one)
    }
  })
})
