import { z } from 'zod'
import { systemClock } from '../../src/core/clock.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { generateSignerKey, parseSignerKey } from '../../src/core/transparency/index.ts'
import {
  cannotProbe,
  claim,
  claimDefinition,
  claimDigest,
  judge,
  readLeaf,
  runClaim,
  type Claim,
  type ClaimReport,
  type Leaf,
  type TrustReport,
} from '../../src/proof/claims/index.ts'
import { doorClaim, openDoors, type Doors } from '../proof/door.ts'
import { memoryLog } from '../third-party/memory-log.ts'

// Real runs of real probes on a small house over HTTP, in a log that is signed, judged as the page judges them.

export const signer = parseSignerKey(generateSignerKey('house.example/upheld/evidence'))

/** What no reader, sheet or viewer may take for anything but words: formula, tag, link, emoji, both directions. */
const hostile = {
  formula: '=HYPERLINK("https://evil.example","x") keeps every door shut.',
  script: 'Doors </script><img src=x onerror=alert(1)> and *bold* [link](https://evil.example) stay shut.',
  strange: 'כל הדלתות נעולות 👩‍👩‍👧‍👦 \u202etxet tuohtiw\u202c, "quoted", and, with, commas.',
} as const

/** A claim that holds, one that is refuted, one whose probe fails, hostile ones, and those that are not attacked. */
export const claims: readonly Claim[] = [
  doorClaim({
    mappings: { asvs: ['v5.0.0-8.4.1', 'v5.0.0-99.1.1'], caiq: ['A&A-01.1'], gdpr: ['Art. 32(1)(b)'] },
    assumptions: ['the house has no window'],
    notCovered: ['the roof'],
  }),
  doorClaim({
    id: 'doors.watched',
    mappings: { asvs: ['v5.0.0-8.4.1'], caiq: ['IAM-16.1', 'A&A-02.1'] },
    run: async (_world, report) => {
      report.population('rooms', 1)
      report.refute({ attack: 'look away', where: '=1+1/attic </script>', saw: 'nobody\nthere 🙈' })
    },
  }),
  doorClaim({
    id: 'doors.aired',
    mappings: { caiq: ['A&A-02.1', 'CEK-03.1'] },
    run: async () => {
      throw cannotProbe('the house did not answer')
    },
  }),
  ...Object.entries(hostile).map(([name, sentence], place) =>
    doorClaim({
      id: `hostile.${name}`,
      sentence,
      says: `@${sentence}`,
      population: `+${sentence}`,
      assumptions: [sentence],
      notCovered: [sentence],
      mappings: { asvs: ['v5.0.0-8.2.2'], caiq: [`DSP-0${place + 1}.1`] },
    }),
  ),
  claim({
    kind: 'planned',
    id: 'garden.fenced',
    sentence: 'The garden has a fence.',
    mappings: { caiq: ['DCS-01.1'] },
  }),
  attested('house.insured', '2027-03-14T00:00:00Z'),
  attested('house.surveyed', '2026-01-01T00:00:00Z'),
]

function attested(id: string, expiresAt: string): Claim {
  return claim({
    kind: 'attested',
    id,
    sentence: 'The house was looked at by somebody who knows.',
    mappings: { caiq: [id === 'house.insured' ? 'STA-01.1' : 'STA-02.1'] },
    by: 'the -surveyor',
    statedAt: '2025-06-01T00:00:00Z',
    expiresAt,
    documentDigest: `sha256:${'ab'.repeat(32)}`,
  })
}

const json = z.record(z.string(), z.json())

/** Every claim declared and, but for those of `unrun`, attacked once. */
export async function attacked(unrun: readonly string[] = []): Promise<readonly JsonObject[]> {
  const doors: Doors = await openDoors()
  try {
    const leaves: JsonObject[] = []
    for (const one of claims) {
      if (one.kind !== 'proven') continue
      const [definition, digest] = [claimDefinition(one), claimDigest(one)]
      const at = systemClock.now().toISOString()
      leaves.push({ type: 'upheld/claim@v1', claim: one.id, digest, definition, at })
      if (unrun.includes(one.id)) continue
      const ports = { stage: doors.stage, clock: systemClock }
      leaves.push(json.parse(await runClaim(one, 1, ports, new AbortController().signal)))
    }
    return leaves
  } finally {
    await doors.close()
  }
}

/** The report on a log of these leaves, as somebody reads it `laterMs` from now. */
export function reportOn(leaves: readonly JsonObject[], laterMs = 0): TrustReport {
  const now = new Date(Date.now() + laterMs)
  const log = leaves.length === 0 ? undefined : memoryLog(signer, leaves)
  const known = leaves.flatMap((value, index) => {
    const read = readLeaf(value)
    return read.kind === 'ours' ? [{ index, leaf: read.leaf }] : []
  })
  const head =
    log === undefined
      ? undefined
      : {
          origin: log.origin,
          size: log.size,
          root: log.root.toString('base64'),
          checkpoint: log.checkpoint,
          key: log.key,
          signedAt: now.toISOString(),
        }
  const newest = known
    .map(({ leaf }) => timeOf(leaf))
    .toSorted()
    .at(-1)
  return {
    service: 'A house',
    at: now.toISOString(),
    claims: claims.map(one => claimReport(one, known, now)),
    log: head === undefined ? undefined : { ...head, signedAt: newest ?? head.signedAt },
  }
}

function timeOf(leaf: Leaf): string {
  return leaf.type === 'upheld/run@v1' ? leaf.finished_at : leaf.at
}

function claimReport(
  one: Claim,
  known: readonly { readonly index: number; readonly leaf: Leaf }[],
  now: Date,
): ClaimReport {
  const own = known.filter(({ leaf }) => leaf.claim === one.id)
  const digest = claimDigest(one)
  const runs = own.flatMap(({ index, leaf }) => (leaf.type === 'upheld/run@v1' ? [{ index, record: leaf }] : []))
  const last = runs.at(-1)
  return {
    claim: one,
    digest,
    standing: judge(one, digest, { leaves: own.map(({ leaf }) => leaf) }, now),
    ...(last === undefined ? {} : { lastRun: last }),
    runsTotal: runs.length,
    days: [],
    reds: [],
  }
}

/** The same report over a record that does not hold, with every word of promise still in it. */
export function faulty(report: TrustReport): TrustReport {
  return { ...report, recordFault: 'Run 2 of doors.locked is in the log, but its attempt is gone.' }
}
