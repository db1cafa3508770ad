import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { digestOf, type JsonObject } from '../../src/core/json.ts'
import { parseSignerKey, tilePath, tilesOf } from '../../src/core/transparency/index.ts'
import { serveLog } from '../../src/proof/evidence/index.ts'
import { memoryLog } from '../third-party/memory-log.ts'

// Writes vectors/evidence anew: `node upheld/test/evidence/vectors.ts`. Only when a format changes on purpose.

export const vectorFolder = join(import.meta.dirname, '..', '..', '..', 'vectors', 'evidence')

/** Of no use for anything else: everybody can read it. */
const testKey =
  'PRIVATE+KEY+northwind-desk.example/upheld/evidence+6533461c+AXM0ps4f7+nnnbKXmMb+RBa2/uSW053eWe7fkd/AfrFW'

const definition = {
  kind: 'proven',
  id: 'isolation.rows',
  sentence: 'Every query is bound to one organization – none sees into the data of another.',
  population: 'every table that holds customers’ rows',
  freshnessMins: 60,
  observationsMin: 10,
  timeoutSecs: 60,
  assumptions: [],
  notCovered: [],
  mappings: { gdpr: ['32'] },
  probe: { says: 'Reads, counts and changes as another organization.', code: digestOf('probe') },
  sabotages: [
    { name: 'row-security-off', says: 'Row security was switched off on one table.', code: digestOf('sabotage') },
  ],
}
const planned = {
  kind: 'planned',
  id: 'mfa.enforced',
  sentence: 'Administrators sign in with a second factor.',
  mappings: {},
}

function announced(of: JsonObject & { readonly id: string }): JsonObject {
  return { type: 'upheld/claim@v1', claim: of.id, digest: digestOf(of), definition: of, at: '2026-11-20T10:00:00.000Z' }
}

function run(sequence: number, hour: string, more: JsonObject): JsonObject {
  return {
    type: 'upheld/run@v1',
    claim: definition.id,
    claim_digest: digestOf(definition),
    sequence,
    started_at: `2026-11-20T${hour}:00:00.000Z`,
    finished_at: `2026-11-20T${hour}:00:04.250Z`,
    duration_ms: 4250,
    expires_at: `2026-11-20T${Number(hour) + 1}:00:00.000Z`,
    population: { tables: 9 },
    observations: 270,
    observations_min: 10,
    sabotages: [{ name: 'row-security-off', outcome: 'caught' }],
    untouched_twin: 'held',
    note: '',
    ...more,
  }
}

const held = { verdict: 'upheld', reason: 'held', findings: [], findings_total: 0 }
const finding = { attack: 'read by a join', where: 'desk.message', saw: '1 row of another organization' }
const leaves = [
  announced(definition),
  announced(planned),
  run(1, '10', held),
  run(2, '11', {
    verdict: 'refuted',
    reason: 'refuted',
    findings: [finding],
    findings_total: 1,
    sabotages: [],
    untouched_twin: 'not_tried',
    note: '1 of 270 attacks came through.',
  }),
  run(3, '12', held),
]

/** Every file by its path below the folder, as a log with this record serves it. */
export function vectors(): Map<string, Buffer> {
  const view = memoryLog(parseSignerKey(testKey), leaves)
  const tiles = tilesOf(view.size)
  const bundles = tiles.filter(({ level }) => level === 0).map(tile => ({ ...tile, level: 'entries' as const }))
  const paths = ['checkpoint', 'key', 'bundle', ...[...tiles, ...bundles].map(tilePath)]
  const proofs = leaves.map((_, index) => `proof/${index}.tlog-proof`)
  const served = [...paths, ...proofs].map((path): [string, Buffer] => [
    path,
    serveLog(view, path)?.bytes ?? Buffer.of(),
  ])
  return new Map([...served, ['signer.key', Buffer.from(`${testKey}\n`)]])
}

if (import.meta.main) {
  for (const path of ['tile', 'proof']) rmSync(join(vectorFolder, path), { recursive: true, force: true })
  for (const [path, bytes] of vectors()) {
    mkdirSync(dirname(join(vectorFolder, path)), { recursive: true })
    writeFileSync(join(vectorFolder, path), bytes)
  }
}
