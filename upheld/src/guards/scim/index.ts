export { type MappedGroup } from './mapping.ts'
export { type ScimOptions } from './options.ts'
export { openScim, type Scim, type ScimPorts } from './scim.ts'
export { type Token as ScimToken } from './tokens.ts'
