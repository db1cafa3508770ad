export { installAudit } from './install.ts'
export type { Event, Pending } from './ports.ts'
