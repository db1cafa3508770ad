import { createHash } from 'node:crypto'
import { canonicalJson } from '../../../core/json.ts'
import type { JsonObject } from '../../../core/json.ts'
import {
  emptyTree,
  formatProof,
  generateCosignerKey,
  generateSignerKey,
  growTree,
  inclusionProof,
  leafHash,
  parseCosignerKey,
  parseSignerKey,
  signCheckpoint,
  subtreesOf,
  treeRoot,
} from '../../../core/transparency/index.ts'
import type { NoteSigner } from '../../../core/transparency/index.ts'
import type { AuditSource } from '../index.ts'
import type { Disclosure } from '../verify/index.ts'

// A log as the database would hold it, without one: for tests and benches of what strangers check.

export const sampleSigner = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/audit/5f1c20'))
const sampleAnchor = parseSignerKey(generateSignerKey('northwind-desk.example/upheld/anchor'))
export const sampleWitness = parseCosignerKey(generateCosignerKey('auditor.example/witness'))
export const samplePolicy = `log ${sampleAnchor.verifier.encoded}\nwitness auditor ${sampleWitness.verifier.encoded}\nquorum auditor\n`
/** As a reader writes it who knows the anchor log from before its key was changed. */
export const sampleTwoKeysPolicy = `log ${parseSignerKey(generateSignerKey(sampleAnchor.verifier.name)).verifier.encoded}\n${samplePolicy}`
export const witnessedSecs = Date.parse('2026-11-20T12:00:00Z') / 1000

const salt = (index: number): Buffer => createHash('sha256').update(`salt ${index}`).digest()
const idOf = (index: number): string => `019aa0a0-0000-7000-8000-${String(index).padStart(12, '0')}`
const hashed = (name: string, index: number, value: string): string =>
  createHash('sha256').update(`upheld/commitment@v1\n${name}\n`).update(salt(index)).update(value).digest('base64')

/** Entry 3 of every 10 has a personal value; that of entry 13 was erased, as entry 19 says. */
export function sampleEntry(index: number): JsonObject {
  const erasure = index === 19
  return {
    type: 'upheld/audit@v1',
    id: idOf(index),
    action: erasure ? 'audit.erase' : index % 10 === 3 ? 'session.started' : 'row.update',
    actor: { type: 'user', id: 'u-42' },
    object: 'desk.ticket',
    outcome: 'success',
    purpose: 'answer',
    received_at: new Date(Date.parse('2026-11-20T10:00:00.000Z') + index * 1000).toISOString(),
    rows: [idOf(index + 1)],
    rows_total: 1,
    ...(erasure ? { detail: { names: ['ip'] }, targets: [{ id: idOf(13), type: 'entry' }] } : {}),
    ...(index % 10 === 3 ? { com: { ip: hashed('ip', index, `192.0.2.${index % 256}`) } } : {}),
  }
}

export function sampleDisclosure(index: number): Disclosure | undefined {
  if (index % 10 !== 3) return undefined
  return index === 13
    ? { entry: index, name: 'ip', erasedBy: { id: idOf(19), index: 19 } }
    : { entry: index, name: 'ip', salt: salt(index), value: `192.0.2.${index % 256}` }
}

export interface SampleOptions {
  readonly signer?: NoteSigner
  readonly minimum?: number
  /** Pieces of the anchor: how many seconds after `witnessedSecs` the witness signed; absent for not at all. */
  readonly witnessedAfterSecs?: number
  readonly anchored?: boolean
  readonly entry?: (index: number) => JsonObject
  readonly disclosure?: (index: number) => Disclosure | undefined
  /** When the head was anchored, in seconds after `witnessedSecs`. */
  readonly anchoredAfterSecs?: number
  readonly former?: AuditSource['former']
  readonly before?: AuditSource['before']
}

export function sampleSource(size: number, options: SampleOptions = {}): AuditSource {
  const { signer = sampleSigner, minimum = 0, entry = sampleEntry, disclosure = sampleDisclosure } = options
  const leaves = Array.from({ length: size }, (_, i) => Buffer.from(canonicalJson(entry(i))))
  const tree = growTree(emptyTree, leaves.map(leafHash))
  const head = { size, root: treeRoot(tree) }
  return {
    key: signer.verifier.encoded,
    checkpoint: signCheckpoint(head, signer),
    minimum,
    policy: samplePolicy,
    anchoring: options.anchored === false ? undefined : anchoringOf(signer, head, options),
    former: options.former ?? [],
    before: options.before ?? [],
    leaves: async (from, to) => leaves.slice(Math.max(from, minimum), to),
    prunedTile: async index => Buffer.concat((tree.levels[0] ?? []).slice(index * 256, index * 256 + 256)),
    disclosures: async (from, to) =>
      Array.from({ length: to - from }, (_, i) => disclosure(from + i)).flatMap(one => one ?? []),
  }
}

/** An anchor log in which this head stands among two others. */
function anchoringOf(
  signer: NoteSigner,
  { size, root }: { readonly size: number; readonly root: Buffer },
  { witnessedAfterSecs = 0, anchoredAfterSecs = 0 }: SampleOptions,
) {
  const log = createHash('sha256').update(signer.verifier.name).digest('base64')
  const headsOf = (at: number) => [{ log, size: at, root: root.toString('base64') }]
  const at = new Date((witnessedSecs + anchoredAfterSecs) * 1000).toISOString()
  const leaves = [1, size, 2].map(one =>
    Buffer.from(canonicalJson({ type: 'upheld/anchor@v1', at, heads: headsOf(one) })),
  )
  const tree = growTree(emptyTree, leaves.map(leafHash))
  const note = signCheckpoint({ size: 3, root: treeRoot(tree) }, sampleAnchor)
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  const checkpoint = note + sampleWitness.cosign(text, witnessedSecs + witnessedAfterSecs)
  const proof = formatProof({ index: 1, hashes: inclusionProof(subtreesOf(tree), 1, 3), checkpoint })
  return { leaf: leaves[1] ?? Buffer.of(), proof }
}
