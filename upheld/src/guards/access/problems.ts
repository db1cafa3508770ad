import { z } from 'zod'
import type { FieldRule, Permission } from './definition.ts'
import { houseWord, type PermissionRule } from './house.ts'

/** A definition that passed every check. Its records have no prototype: no name finds something that nobody defined. */
export interface CheckedDefinition {
  readonly permissions: Readonly<Record<string, Permission>>
  readonly roles: Readonly<Record<string, readonly string[]>>
  readonly resources: Readonly<Record<string, Readonly<Record<string, FieldRule>>>>
}

export interface LooseInput {
  readonly permissions: Readonly<Record<string, PermissionRule>>
  readonly roles: Readonly<Record<string, readonly string[] | 'all'>>
  readonly resources?: Readonly<Record<string, Readonly<Record<string, FieldRule>>>>
}

const permissionForm = /^[a-z][a-z0-9-]{0,39}(\.[a-z][a-z0-9-]{0,39}){1,3}$/
const permissionLengthMax = 100
const roleForm = /^[a-z][a-z0-9-]{0,39}$/
const fieldForm = /^[a-z][A-Za-z0-9_]{0,62}$/
const permissionsMax = 1_000
const rolesMax = 100
const resourcesMax = 200
const fieldsMax = 200

const ruleForm = z.strictObject({
  says: z.string().min(3).max(200),
  privileged: z.boolean().optional(),
  staff: z.enum(['never', 'read', 'write']).optional(),
  keys: z.boolean().optional(),
})
const roleRuleForm = z.union([z.literal('all'), z.array(z.string()).max(permissionsMax)])
const fieldRuleForm = z.strictObject({
  read: z.string().optional(),
  write: z.string().optional(),
  holds: z.enum(['value', 'list', 'json']).optional(),
})

/** Collects problems as sentences; each goes on with what is left. */
interface Check {
  readonly problems: string[]
  readonly permissions: Record<string, Permission>
}

export function checked(
  input: LooseInput,
  house: Readonly<Record<string, PermissionRule>>,
): { readonly problems: readonly string[]; readonly definition: CheckedDefinition } {
  const check: Check = { problems: [], permissions: bare() }
  if (!isTable(input)) return checked({ permissions: {}, roles: {} }, house)
  const stranger = ownKeys(input).find(key => !['permissions', 'roles', 'resources'].includes(key))
  if (stranger !== undefined) check.problems.push(`A definition has no ${stranger}.`)
  addPermissions(check, house)
  for (const name of ownKeys(input.permissions)) {
    if (name.startsWith(houseWord)) check.problems.push(`The permission ${name}: this first word is Upheld's own.`)
  }
  addPermissions(check, input.permissions)
  const definition: CheckedDefinition = Object.freeze({
    permissions: Object.freeze(check.permissions),
    roles: Object.freeze(rolesOf(check, input.roles)),
    resources: Object.freeze(resourcesOf(check, input.resources ?? {})),
  })
  return { problems: check.problems, definition }
}

function addPermissions({ problems, permissions }: Check, rules: LooseInput['permissions']): void {
  for (const [name, rule] of entriesOf(problems, 'permissions', rules, permissionsMax)) {
    if (!permissionForm.test(name) || name.length > permissionLengthMax) {
      problems.push(
        `The permission ${name}: a name is words in lower case with dots between them, such as ticket.close.`,
      )
      continue
    }
    const parsed = ruleForm.safeParse(rule)
    if (!parsed.success) {
      problems.push(`The permission ${name}: ${faultsOf(parsed.error)}`)
      continue
    }
    const { says, privileged = false, staff = 'never', keys = false } = parsed.data
    permissions[name] = Object.freeze({ says, privileged, staff, keys })
  }
}

function rolesOf({ problems, permissions }: Check, rules: LooseInput['roles']): Record<string, readonly string[]> {
  const roles = bare<readonly string[]>()
  for (const [role, rule] of entriesOf(problems, 'roles', rules, rolesMax)) {
    const parsed = roleRuleForm.safeParse(rule)
    if (!roleForm.test(role) || role in {}) {
      problems.push(`The role ${role}: a name is one word in lower case.`)
    } else if (!parsed.success) {
      problems.push(`The role ${role}: ${faultsOf(parsed.error)}`)
    } else if (parsed.data === 'all') {
      if (role !== 'owner') problems.push(`The role ${role}: only the owner has all permissions by the word \`all\`.`)
      roles[role] = Object.freeze(Object.keys(permissions))
    } else {
      roles[role] = Object.freeze(parsed.data)
    }
  }
  for (const role of ['owner', 'admin', 'agent']) {
    if (!Object.hasOwn(roles, role)) problems.push(`There is no role ${role}.`)
  }
  for (const [role, given] of Object.entries(roles)) {
    for (const name of strangersIn(permissions, given)) {
      problems.push(`The role ${role} has the permission ${name}, which is not defined.`)
    }
    const twice = given.filter((name, at) => given.indexOf(name) !== at)
    if (twice.length > 0) problems.push(`The role ${role} has twice: ${[...new Set(twice)].join(', ')}.`)
  }
  const owner = roles['owner']
  const lacking = owner === undefined ? [] : Object.keys(permissions).filter(name => !owner.includes(name))
  if (lacking.length > 0) problems.push(`The owner has all permissions, and lacks ${lacking.join(', ')}.`)
  return roles
}

function resourcesOf(
  { problems, permissions }: Check,
  tables: NonNullable<LooseInput['resources']>,
): Record<string, Readonly<Record<string, FieldRule>>> {
  const resources = bare<Readonly<Record<string, FieldRule>>>()
  for (const [resource, table] of entriesOf(problems, 'resources', tables, resourcesMax)) {
    if (!roleForm.test(resource) || resource in {}) {
      problems.push(`The resource ${resource}: a name is one word in lower case.`)
      continue
    }
    const fields = bare<FieldRule>()
    for (const [field, rule] of entriesOf(problems, `the resource ${resource}`, table, fieldsMax)) {
      const parsed = fieldRuleForm.safeParse(rule)
      if (!fieldForm.test(field) || field in {}) {
        problems.push(`The field ${field} of ${resource}: a name begins with a letter in lower case.`)
      } else if (!parsed.success) {
        problems.push(`The field ${field} of ${resource}: ${faultsOf(parsed.error)}`)
      } else {
        const { read, write, holds } = parsed.data
        for (const name of strangersIn(
          permissions,
          [read, write].filter(one => one !== undefined),
        )) {
          problems.push(`The field ${field} of ${resource} needs the permission ${name}, which is not defined.`)
        }
        fields[field] = Object.freeze({
          ...(read === undefined ? {} : { read }),
          ...(write === undefined ? {} : { write }),
          holds: holds ?? 'value',
        })
      }
    }
    resources[resource] = Object.freeze(fields)
  }
  return resources
}

function strangersIn(permissions: Check['permissions'], names: readonly string[]): readonly string[] {
  return names.filter(name => !Object.hasOwn(permissions, name))
}

/** What a plain object says itself. One with a prototype of its own, as `__proto__` in a literal gives it, is refused. */
function entriesOf<T>(
  problems: string[],
  what: string,
  table: Readonly<Record<string, T>>,
  max: number,
): readonly (readonly [string, T])[] {
  if (!isTable(table)) {
    problems.push(`There are no ${what}.`)
    return []
  }
  const prototype: unknown = Object.getPrototypeOf(table)
  if (prototype !== Object.prototype && prototype !== null) problems.push(`In ${what}, \`__proto__\` is no name.`)
  const entries = Object.entries(table)
  if (Reflect.ownKeys(table).length !== entries.length) problems.push(`In ${what} there is a name that is no text.`)
  if (entries.length > max) problems.push(`There are more than ${max} in ${what}.`)
  return entries.slice(0, max)
}

function ownKeys(value: unknown): readonly string[] {
  return isTable(value) ? Object.keys(value) : []
}

/** Types are no promise: a definition may come out of JavaScript, or of a file. */
function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function faultsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')
}

function bare<T>(): Record<string, T> {
  const made: Record<string, T> = {}
  Object.setPrototypeOf(made, null)
  return made
}
