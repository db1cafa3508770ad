export { apiKeys, type ActingMember, type ApiKeys, type KeyPorts, type ListedKey, type WantedKey } from './keys.ts'
export { keysIn, recognizeKey, type WrittenKey } from './key-form.ts'
export type { KeyOpening, KeyRequest, OpenedKey } from './open.ts'
export { keyWriters } from './letters.ts'
export { origins, type Origins } from './origins.ts'
export {
  visitors,
  type AssertedVisitor,
  type Visitor,
  type VisitorAnswer,
  type VisitorOptions,
  type VisitorPorts,
  type Visitors,
  type VisitorToken,
} from './visitors.ts'
export type { VisitorRequest } from './visitor-check.ts'
