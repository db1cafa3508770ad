import {
  consistencyProof,
  emptyTree,
  generateSignerKey,
  growTree,
  leafHash,
  parseSignerKey,
  signCheckpoint,
  subtreesOf,
  treeRoot,
  type Cosignature,
  type NoteSigner,
  type NoteVerifier,
  type TiledTree,
} from '../../src/core/transparency/index.ts'
import type { Post, WitnessedLog } from '../../src/proof/witness/index.ts'

export const origin = 'northwind-desk.example/upheld/anchor'
export const signer = parseSignerKey(generateSignerKey(origin))

/** A tree of so many leaves; another `kind` gives a log that tells another story. */
export function treeOf(size: number, kind = 'leaf'): TiledTree {
  return growTree(
    emptyTree,
    Array.from({ length: size }, (_, i) => leafHash(Buffer.from(`${kind} ${i}`))),
  )
}

export function noteOf(tree: TiledTree, by: NoteSigner = signer): string {
  return signCheckpoint({ size: tree.size, root: treeRoot(tree) }, by)
}

export function proofOf(tree: TiledTree, oldSize: number): Buffer[] {
  return consistencyProof(subtreesOf(tree), oldSize, tree.size)
}

interface MemoryLog extends WitnessedLog {
  tree: TiledTree
  readonly kept: Map<string, { readonly size: number; readonly checkpoint: string; readonly cosignature: Cosignature }>
}

/** The log's side without a database. */
export function witnessedLog(tree: TiledTree): MemoryLog {
  const kept: MemoryLog['kept'] = new Map()
  const log: MemoryLog = {
    tree,
    kept,
    key: signer.verifier,
    head: async () => ({
      size: log.tree.size,
      checkpoint: noteOf(log.tree),
      proof: async old => proofOf(log.tree, old),
    }),
    sizeAt: async (witness: NoteVerifier) => kept.get(witness.encoded)?.size ?? 0,
    keep: async (size, checkpoint, cosignature) => {
      kept.set(cosignature.witness.encoded, { size, checkpoint, cosignature })
    },
  }
  return log
}

export const post: Post = async (url, body) => {
  const answer = await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(10_000) })
  return { status: answer.status, body: await answer.text() }
}
