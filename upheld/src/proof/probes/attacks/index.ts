export { logOf, type AttackLog } from './log.ts'
