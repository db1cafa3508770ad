export { witnessHandler } from './handler.ts'
