export { toCedar, type CedarExport } from './cedar.ts'
export {
  defineAccess,
  type Access,
  type AccessInput,
  type BuiltInRole,
  type FieldRule,
  type Permission,
} from './definition.ts'
export { refuse as refuseAccess } from './errors.ts'
export type { Granting } from './grants.ts'
export { housePermissions, type HousePermission, type PermissionRule } from './house.ts'
export { jsonOnce } from './json-text.ts'
export { declareRoutes, type DeclaredRoutes, type Need, type RouteCell, type RouteToDeclare } from './routes.ts'
export type { AccessSet, Decision, MemberAccess, MemberOverride, Reason } from './set.ts'
export type { Author, NewOverride, RoleChange } from './changes.ts'
export type { StoredOverride } from './rows.ts'
export { accessStore, type AccessStore } from './store.ts'
