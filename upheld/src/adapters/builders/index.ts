export { controlOf, isolationOf, type Control } from './control.ts'
export { refuse } from './errors.ts'
export { openSession, type Session } from './session.ts'
