export { boundPool } from './pool.ts'
export type { BoundPool, BoundPoolClient, BoundQuery } from './shapes.ts'
