export { installAudit } from './install.ts'
export type { Event, Pending } from './ports.ts'
export { recordEvent, type Receipt } from './record.ts'
