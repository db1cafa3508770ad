export { boundDrizzle } from './drizzle.ts'
