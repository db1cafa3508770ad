import { refuse } from './errors.ts'
import { evaluator } from './evaluator.ts'
import { fieldRules } from './fields.ts'
import { grants, type Grants } from './grants.ts'
import { housePermissions, type HousePermission, type PermissionRule } from './house.ts'
import { checked, type CheckedDefinition, type LooseInput } from './problems.ts'
import type { AccessSet, MemberAccess } from './set.ts'

export type BuiltInRole = 'owner' | 'admin' | 'agent'

/** A list of permissions; `all` is for the owner alone, and has what is defined later as well. */
type RoleRule<P extends string> = readonly P[] | 'all'

/** Who may read and write one field of a resource. Whatever is not said is refused. */
export interface FieldRule<P extends string = string> {
  readonly read?: P
  readonly write?: P
  /** What it may be set to: one value (unless told), a list of plain values, or JSON of at most eight levels. */
  readonly holds?: 'value' | 'list' | 'json'
}

export interface AccessInput<P extends string, R extends string, F extends string> {
  /** By name, such as `ticket.close`: words in lower case with dots between them, at most 100 characters. */
  readonly permissions: Readonly<Record<P, PermissionRule>>
  /** `owner` has all of them. */
  readonly roles: Readonly<Record<BuiltInRole | R, RoleRule<NoInfer<P> | HousePermission>>>
  /** By resource, then by field: what is not listed is neither read nor written. */
  readonly resources?: Readonly<Record<F, Readonly<Record<string, FieldRule<NoInfer<P> | HousePermission>>>>>
}

/** A permission as it is used: everything said. */
export interface Permission {
  readonly says: string
  readonly privileged: boolean
  readonly staff: 'never' | 'read' | 'write'
  readonly keys: boolean
}

/** Permissions, roles and fields of one application, checked and frozen. Its records have no prototype. */
export interface Access<P extends string = string, F extends string = string> extends Grants {
  readonly permissions: Readonly<Record<P, Permission>>
  readonly roles: Readonly<Record<string, readonly P[]>>
  readonly resources: Readonly<Record<F, Readonly<Record<string, FieldRule<P>>>>>
  isPermission(name: string): name is P
  isRole(name: string): boolean
  /** What a member may do at this moment. Pure: the same rows and the same time give the same set, in whatever order. */
  setOf(member: MemberAccess, now: Date): AccessSet<P>
  /** Those fields of a row that may be read, as a new object: everything else is left out. */
  pick(resource: F, set: AccessSet<P>, row: object): Readonly<Record<string, unknown>>
  /**
   * What somebody sent to be written: the JSON text, the pairs of a form (URLSearchParams, FormData, Map), or one flat
   * object. All of it or nothing. An object that was parsed before does not show any more that a name came twice: pass
   * the text.
   * @throws access.field_malformed, access.field_refused
   */
  accept(resource: F, set: AccessSet<P>, sent: string | object): Readonly<Record<string, unknown>>
  /** Names of the fields that this set may read; those that it may write. */
  readable(resource: F, set: AccessSet<P>): readonly string[]
  writable(resource: F, set: AccessSet<P>): readonly string[]
}

/**
 * Checks everything before anything starts. A permission that no role names is nobody's but the owner's.
 * @throws access.bad_definition with every problem at once
 */
export function defineAccess<const P extends string, const R extends string = never, const F extends string = never>(
  input: AccessInput<P, R, F>,
): Access<P | HousePermission, F>
export function defineAccess(input: LooseInput): Access {
  const { problems, definition } = checked(input, housePermissions)
  if (problems.length > 0) throw refuse.bad_definition({ detail: problems.join(' ') })
  return accessOf(definition)
}

function accessOf(definition: CheckedDefinition): Access {
  const { permissions, roles, resources } = definition
  const evaluate = evaluator(definition)
  return Object.freeze({
    permissions,
    roles,
    resources,
    isPermission: (name: string): name is string => Object.hasOwn(permissions, name),
    isRole: (name: string) => Object.hasOwn(roles, name),
    setOf: evaluate,
    ...fieldRules(resources),
    ...grants(definition),
  })
}
