export { noteOf, type Actor, type Support } from './actor.ts'
export { cellKeys, cells, type CellName } from './cells.ts'
export { refuse } from './errors.ts'
export { assertDml } from './gate.ts'
export { installTenancy, type InstallOptions } from './install.ts'
export { kernel } from './kernel.ts'
export type { ContextKey, ContextKeys } from './keys.ts'
export { byLogin, loginRoles, passwordsByName, type LoginName, type LoginRole } from './logins.ts'
export { migrate } from './migrate.ts'
export { parseTenancyOptions, tenancyOptions, type TenancyOptions } from './options.ts'
export type {
  Answer,
  Binding,
  BoundConnections,
  BoundTransaction,
  Field,
  RowShape,
  Sealing,
  Statement,
  TransactionMode,
} from './ports.ts'
export { rotateContextKey } from './rotate.ts'
export {
  shippedOf,
  type Shipped,
  type ShippedPolicy,
  type ShippedRoutine,
  type ShippedTable,
  type ShippedTrigger,
} from './shipped.ts'
export { asWritten, blindIndex, blindIndexes, rowKey, sealed, type SealedPlace, type ToSeal } from './sealed.ts'
export {
  tenancy,
  type Organization,
  type Place,
  type Sql,
  type Statements,
  type Tenancy,
  type TransactionStatements,
} from './tenancy.ts'
export { guardedForm, signContext } from './token.ts'
export type { Sealed, Unsealed } from './unsealed.ts'
