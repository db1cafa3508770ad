import { canonicalJson } from '../../../core/json.ts'
import type { JsonObject } from '../../../core/json.ts'
import {
  emptyTree,
  generateSignerKey,
  growTree,
  leafHash,
  parseSignerKey,
  signCheckpoint,
  treeRoot,
} from '../../../core/transparency/index.ts'
import type { NoteSigner } from '../../../core/transparency/index.ts'
import type { AuditSource } from '../index.ts'
import { sampleEntry, sampleSigner, sampleSource } from './source.ts'
import type { SampleOptions } from './source.ts'

// Logs with a past: keys that were changed, and logs that were closed.

export const sampleNextSigner = parseSignerKey(generateSignerKey(sampleSigner.verifier.name))

/** The entry that names the key which signs from it on. */
function keyEntry(until: number, next: NoteSigner): JsonObject {
  const detail = { epoch: 2, since_size: until, verifier_key: next.verifier.encoded }
  return { ...sampleEntry(until), action: 'audit.key', com: {}, detail }
}

/** A log of `size` entries that changed its key with the entry at `until`. */
export function rotatedSource(
  size: number,
  until: number,
  options: SampleOptions & { readonly from?: NoteSigner; readonly to?: NoteSigner } = {},
): AuditSource {
  const { from = sampleSigner, to = sampleNextSigner, entry = sampleEntry } = options
  const entryAt = (index: number): JsonObject => (index === until ? keyEntry(until, to) : entry(index))
  const leaves = Array.from({ length: until + 1 }, (_, i) => Buffer.from(canonicalJson(entryAt(i))))
  const head = { size: until + 1, root: treeRoot(growTree(emptyTree, leaves.map(leafHash))) }
  const former = [
    {
      key: from.verifier.encoded,
      until,
      leaf: leaves.at(-1) ?? Buffer.of(),
      checkpoint: signCheckpoint(head, from),
    },
  ]
  return sampleSource(size, { ...options, signer: to, entry: entryAt, former })
}

/** A log that follows another one, which was closed. */
export function followingSource(size: number, before: AuditSource, origin: string): AuditSource {
  const signer = parseSignerKey(generateSignerKey(origin))
  const predecessor = before.checkpoint.slice(0, before.checkpoint.indexOf('\n'))
  const first = { type: 'upheld/successor@v1', received_at: '2026-11-20T11:00:00.000Z', predecessor }
  const entry = (index: number): JsonObject =>
    index === 0 ? { ...first, found: before.checkpoint } : sampleEntry(index)
  return sampleSource(size, { signer, entry, before: [{ ...before, before: [] }, ...before.before] })
}
