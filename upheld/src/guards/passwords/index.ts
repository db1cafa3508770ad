export { openPasswords } from './passwords.ts'
export { openCommonPasswords, type CommonRecord } from './common-set.ts'
export {
  type Circumstances,
  type CommonPasswords,
  type Judgement,
  type PasswordCounts,
  type PasswordOptions,
  type Passwords,
  type Pepper,
  type Peppers,
  type StolenPasswords,
  type Verified,
} from './shapes.ts'
export { refuse } from './errors.ts'
