export { openCheckpoint, signCheckpoint } from './checkpoint.ts'
export type { Checkpoint, TreeHead } from './checkpoint.ts'
export { generateSignerKey, isKeyName, parseSignerKey, parseVerifierKey } from './keys.ts'
export type { NoteSigner, NoteVerifier } from './keys.ts'
export { consistencyProof, inclusionProof, leafHash, provesConsistency, provesInclusion } from './merkle.ts'
export { parseNote } from './note.ts'
export { formatProof, verifyProof } from './proof.ts'
export type { LogProof } from './proof.ts'
export {
  decodeEntries,
  decodeHashes,
  edgeTiles,
  encodeEntries,
  encodeHashes,
  parseTilePath,
  tilePath,
  tilesOf,
  tileWidth,
} from './tiles.ts'
export type { EntryBundle, Tile } from './tiles.ts'
export {
  emptyTree,
  fullRoot,
  growTree,
  rootFromEdge,
  shrinkTree,
  subtreeAt,
  subtreesOf,
  tileHashes,
  treeRoot,
} from './tree.ts'
export type { TiledTree } from './tree.ts'
