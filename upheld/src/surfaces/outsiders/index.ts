export { closedToOutsiders, openOutsiders, type OutsidersOptions } from './outsiders.ts'
