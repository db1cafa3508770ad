export { faultOf, type Fault } from './fault.ts'
export { openLog, openOutput, type OutputFile } from './log.ts'
