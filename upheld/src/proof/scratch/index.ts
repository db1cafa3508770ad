export { probeDatabase } from './probe.ts'
export type { ProbeOptions } from './options.ts'
export { powers, type Attack, type AttackCounts, type Power, type ProbeReport, type ProbeVerdict } from './report.ts'
