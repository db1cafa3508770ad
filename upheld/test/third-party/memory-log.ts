import { canonicalJson, type JsonObject } from '../../src/core/json.ts'
import {
  emptyTree,
  growTree,
  leafHash,
  signCheckpoint,
  treeRoot,
  type NoteSigner,
} from '../../src/core/transparency/index.ts'
import type { LogView } from '../../src/proof/evidence/index.ts'

/** A log as the database would hold it, without one: the same view, so the same bytes are served. */
export function memoryLog(signer: NoteSigner, values: readonly JsonObject[]): LogView {
  const leaves = values.map(value => ({ value, bytes: Buffer.from(canonicalJson(value)) }))
  const tree = growTree(
    emptyTree,
    leaves.map(({ bytes }) => leafHash(bytes)),
  )
  const root = treeRoot(tree)
  return {
    origin: signer.verifier.name,
    key: signer.verifier.encoded,
    checkpoint: signCheckpoint({ size: tree.size, root }, signer),
    size: tree.size,
    root,
    signedAt: new Date('2026-11-20T12:00:00.000Z'),
    tree,
    leaves,
  }
}
