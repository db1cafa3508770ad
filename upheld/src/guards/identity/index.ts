export { normalizeEmail, normalizeName } from './address.ts'
export { refuse as refuseIdentity } from './errors.ts'
export {
  methods,
  type Entrance,
  type Entry,
  type Halt,
  type IdentityPort,
  type Method,
  type VerifiedSession,
} from './port.ts'
