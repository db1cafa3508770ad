export { decodeBase64 } from './base64.ts'
export { openCheckpoint, parseCheckpoint, parseDecimal, signCheckpoint } from './checkpoint.ts'
export type { Checkpoint, TreeHead } from './checkpoint.ts'
export { generateCosignerKey, openCosigned, parseCosignerKey, parseWitnessKey } from './cosignature.ts'
export type { Cosignature, CosignedCheckpoint, Cosigner } from './cosignature.ts'
export { generateSignerKey, isKeyName, parseSignerKey, parseVerifierKey, signerKeyFromSeed } from './keys.ts'
export type { NoteSigner, NoteVerifier } from './keys.ts'
export { growEdge } from './edge.ts'
export type { EdgeTile } from './edge.ts'
export { isObject, leafBytes, readCanonical, readLeaf } from './leaf.ts'
export { consistencyProof, inclusionProof, leafHash, provesConsistency, provesInclusion } from './merkle.ts'
export { noteText, parseNote } from './note.ts'
export { openByPolicy, parsePolicy, readByPolicy } from './policy.ts'
export type { AcceptedCheckpoint, Policy, PolicyWitness } from './policy.ts'
export { formatProof, verifyProof, verifyProofByPolicy } from './proof.ts'
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
