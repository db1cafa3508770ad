export { boundPrisma } from './adapter.ts'
