export { boundPool } from './pool.ts'
export type { BoundPool, BoundPoolClient } from './shapes.ts'
