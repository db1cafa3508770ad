export { inspectServer, type Fact } from './inspect.ts'
