export { writeAuditBundle } from './write.ts'
export type { AuditSource, WriteOptions } from './write.ts'
