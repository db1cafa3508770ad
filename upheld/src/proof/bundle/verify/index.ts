export type { Anchoring } from './anchor.ts'
export { formatDisclosure } from './disclosures.ts'
export type { Disclosure } from './disclosures.ts'
export { refuse as refuseBundle } from './errors.ts'
export { formatFork, isFork, verifyFork } from './fork.ts'
export type { VerifiedFork } from './fork.ts'
export { growingTree, leavesOf } from './growing.ts'
export { handoverPaths } from './handover.ts'
export {
  anchorFiles,
  beforeMax,
  fileDigest,
  formatManifest,
  formerMax,
  manifestPath,
  plainFiles,
  proofsMax,
  sectionPath,
} from './manifest.ts'
export type { Pieces } from './reader.ts'
export { tarEnd, tarHeader, tarPadding } from './tar.ts'
export { disclosurePath, proofOf, proofPath } from './section.ts'
export { verifyAuditBundle } from './verify.ts'
export type { AuditOptions, VerifiedAudit } from './verify.ts'
