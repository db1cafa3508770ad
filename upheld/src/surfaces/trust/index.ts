export type { EvidenceFile, ReadEvidence } from './evidence.ts'
export { type Feed, feedSchema } from './feed.ts'
export { type ReadRecord, recordOf, type RecordQuery } from './record.ts'
export { trustSurface, type TrustSurfaceOptions } from './trust.ts'
