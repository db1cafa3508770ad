export { auditSource } from './source.ts'
export type { SourceOptions } from './source.ts'
export { writeAuditBundle } from './write.ts'
export type { AuditSource, FormerKey, WriteOptions } from './write.ts'
