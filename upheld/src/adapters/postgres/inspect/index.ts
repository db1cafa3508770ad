export { noneOf } from './fact.ts'
export { inspectServer, type Fact } from './inspect.ts'
