import type { Access } from './definition.ts'
import type { MemberAccess, MemberOverride } from './set.ts'

/** Policies in the language of Cedar, for auditors and their tools, and as a second opinion on our own evaluator. */
export interface CedarExport {
  /** `permit` for each role and each allow, `forbid` for each denial and for who is suspended. */
  readonly policies: string
  readonly schema: string
  /** Roles and members, as Cedar reads entities from JSON. */
  readonly entities: readonly CedarEntity[]
}

interface CedarEntity {
  readonly uid: CedarId
  readonly attrs: Readonly<Record<string, never>>
  readonly parents: readonly CedarId[]
}

interface CedarId {
  readonly type: 'Member' | 'Role'
  readonly id: string
}

/**
 * Asked with the principal `Member::"<id>"`, the action `Action::"<permission>"`, any resource, and the wall time in ms as
 * `context.now`, it decides as `setOf` does at that time. Written from the rows alone: nothing that the evaluator computed
 * is in it. A permission that the definition does not know is left out, and so refused.
 */
export function toCedar(access: Access, members: readonly MemberAccess[]): CedarExport {
  const actions = Object.keys(access.permissions)
  const roles = Object.entries(access.roles)
  const policies = [
    ...roles.filter(([, given]) => given.length > 0).map(rolePolicy),
    ...members.flatMap(member => memberPolicies(access, member)),
  ]
  return Object.freeze({
    policies: `${policies.join('\n\n')}\n`,
    schema: [
      'entity Role;',
      'entity Member in [Role];',
      'entity Organization;',
      `action ${actions.map(quoted).join(', ')} appliesTo { principal: [Member], resource: [Organization], context: { now: Long } };`,
      '',
    ].join('\n'),
    entities: Object.freeze([
      ...[...new Set([...Object.keys(access.roles), ...members.flatMap(member => member.roles)])].map(role =>
        entity('Role', role, []),
      ),
      ...members.map(({ memberId, roles: own }) => entity('Member', memberId, [...new Set(own)])),
    ]),
  })
}

function rolePolicy([role, given]: readonly [string, readonly string[]]): string {
  return `@id(${quoted(`role ${role}`)})\npermit(principal in Role::${quoted(role)}, action in [${given.map(action).join(', ')}], resource);`
}

function memberPolicies(access: Access, { memberId, overrides, suspended }: MemberAccess): readonly string[] {
  const principal = `principal == Member::${quoted(memberId)}`
  const known = overrides.filter(({ permission }) => access.isPermission(permission))
  return [
    ...(suspended ? [`@id(${quoted(`suspended ${memberId}`)})\nforbid(${principal}, action, resource);`] : []),
    ...known.flatMap(override => {
      const condition = conditionOf(override)
      const effect = override.effect === 'allow' ? 'permit' : 'forbid'
      const head = `@id(${quoted(`override ${override.id}`)})\n${effect}(${principal}, action == ${action(override.permission)}, resource)`
      return condition === undefined ? [] : [`${head}${condition};`]
    }),
  ]
}

/** Until when it counts. A time that is none never ends a denial, and never begins an allow. */
function conditionOf({ effect, expiresAt }: MemberOverride): string | undefined {
  const endMs = expiresAt.getTime()
  if (!Number.isNaN(endMs)) return `\nwhen { context.now < ${endMs} }`
  return effect === 'deny' ? '' : undefined
}

function action(permission: string): string {
  return `Action::${quoted(permission)}`
}

function entity(type: 'Member' | 'Role', id: string, roles: readonly string[]): CedarEntity {
  return { uid: { type, id }, attrs: {}, parents: roles.map(role => ({ type: 'Role', id: role })) }
}

/** A string of Cedar: what is not plain ASCII is written by its code point. */
function quoted(text: string): string {
  const inside = Array.from(text, character =>
    /^[ !#-[\]-~]$/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
  return `"${inside.join('')}"`
}
