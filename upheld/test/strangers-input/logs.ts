import type { JsonObject } from '../../src/core/json.ts'
import {
  emptyTree,
  encodeEntries,
  encodeHashes,
  generateSignerKey,
  growTree,
  leafHash,
  parseSignerKey,
  signCheckpoint,
  tileHashes,
  tilePath,
  tilesOf,
  tileWidth,
  treeRoot,
  type NoteSigner,
  type TiledTree,
} from '../../src/core/transparency/index.ts'
import { leafBytes } from '../../src/proof/evidence/verify/index.ts'

export const origin = 'northwind-desk.example/upheld/evidence'
export const signer = parseSignerKey(generateSignerKey(origin))

interface SmallLog {
  readonly leaves: readonly Buffer[]
  readonly tree: TiledTree
  readonly checkpoint: string
}

/** A log over these leaves, signed. */
export function logOf(values: readonly JsonObject[], by: NoteSigner = signer): SmallLog {
  const leaves = values.map(value => leafBytes(value) ?? Buffer.of())
  const tree = growTree(emptyTree, leaves.map(leafHash))
  return { leaves, tree, checkpoint: signCheckpoint({ size: tree.size, root: treeRoot(tree) }, by) }
}

/** Every file of it, by its path below the address of the log. */
export function filesOf({ leaves, tree, checkpoint }: SmallLog, key: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>([
    ['key', Buffer.from(`${key}\n`)],
    ['checkpoint', Buffer.from(checkpoint)],
  ])
  for (const tile of tilesOf(tree.size)) {
    files.set(tilePath(tile), encodeHashes(tileHashes(tree, tile)))
    const { index, level, width } = tile
    const start = index * tileWidth
    if (level === 0)
      files.set(tilePath({ level: 'entries', index, width }), encodeEntries(leaves.slice(start, start + width)))
  }
  return files
}
