export { refuseKey } from './chain-errors.ts'
export { type IndexedColumn } from './blind-index.ts'
export { keyTtlMs } from './cache.ts'
export { type Chain, type DataKey } from './chain-port.ts'
export { openChain } from './chain.ts'
export {
  beginOpening,
  beginSealing,
  cobblestone,
  forManyChunks,
  openChunk,
  openMessage,
  plainSize,
  sealChunk,
  sealMessage,
  sealPieces,
  sealedSize,
  type MessageKey,
  wipe,
} from './chunked.ts'
export { planBlindIndex, type IndexPlan, type Population } from './index-plan.ts'
export { type KeyPorts } from './keyring.ts'
export {
  type Floors,
  type Holder,
  type KeyDomain,
  type KeyEvent,
  type KeyRecord,
  type KeyState,
  type KeyStore,
  type OnKeyEvent,
  type RootKey,
} from './ports.ts'
export { type Secret } from './secret.ts'
export { openVault, type Vault, type VaultPorts } from './vault.ts'
export { type Pace, type Progress } from './crowd.ts'
export { closedFloor, kekDomain } from './records.ts'
export { indexDomain, reindex, type Reindexed } from './reindex.ts'
export { copySealed, isOfRows, reseal, type Resealed, type ResealPorts, type Sealer } from './reseal.ts'
export { rewrapRoot, type Rewrapped } from './rewrap.ts'
export { rotateDataKeys, rotateKeks, type DataRotation, type Rotated, type Rotation } from './rotate.ts'
export {
  type SealedChange,
  type SealedColumn,
  type SealedColumns,
  type SealedPlace,
  type SealedRow,
  type SealedRows,
  type Wanted,
} from './sealed-rows.ts'
export { planShred, shred, type Shredded, type Shredding, type ShredPorts } from './shred.ts'
export { watchEveryMs, watchKeys, type KeyWatch, type WatchPorts } from './watch.ts'
export { emptying, type Elsewhere, type Emptied } from './emptying.ts'
export { countSealed, planRotation } from './plan.ts'
