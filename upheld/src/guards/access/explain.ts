import type { CheckedDefinition } from './problems.ts'
import { isLive, type Decision, type MemberAccess, type Reason } from './set.ts'

/** Which rows decided, found again from the rows, not from the bits; `allowed` is what the set answered. */
export function explanation(
  { permissions, roles }: CheckedDefinition,
  member: MemberAccess,
  permission: string,
  { nowMs, allowed }: { readonly nowMs: number; readonly allowed: boolean },
): Decision {
  const live = member.overrides.filter(one => one.permission === permission && isLive(one, nowMs))
  const of = (effect: 'allow' | 'deny'): Reason[] =>
    live
      .filter(one => one.effect === effect)
      .map(({ id, expiresAt }) => Object.freeze({ kind: effect, override: id, expiresAt }))
  const byRole = [...new Set(member.roles)]
    .filter(role => Object.hasOwn(roles, role) && roles[role]?.includes(permission) === true)
    .map((role): Reason => Object.freeze({ kind: 'role', role }))
  const given = [...byRole, ...of('allow')]
  const because = Object.freeze(allowed ? given : taken())
  return Object.freeze({ allowed, permission, because, says: sentence(permission, allowed, because) })

  function taken(): Reason[] {
    if (!Object.hasOwn(permissions, permission)) return [{ kind: 'unknown' }]
    if (member.suspended) return [{ kind: 'suspended' }]
    const denials = of('deny')
    if (denials.length > 0) return denials
    return [{ kind: given.length > 0 ? 'out-of-scope' : 'nothing' }]
  }
}

function sentence(permission: string, allowed: boolean, because: readonly Reason[]): string {
  const rows = because.map(inWords).join(', ')
  return allowed ? `${permission} is allowed by ${rows}.` : `${permission} is refused: ${rows}.`
}

function inWords(reason: Reason): string {
  switch (reason.kind) {
    case 'role':
      return `the role ${reason.role}`
    case 'allow':
    case 'deny': {
      const end = Number.isNaN(reason.expiresAt.getTime())
        ? 'without an end'
        : `until ${reason.expiresAt.toISOString()}`
      return `${reason.kind === 'allow' ? 'the exception' : 'denied by the exception'} ${reason.override} (${end})`
    }
    case 'suspended':
      return 'the member is suspended'
    case 'unknown':
      return 'there is no such permission'
    case 'out-of-scope':
      return 'the key or the grant does not reach that far'
    case 'nothing':
      return 'no role and no exception gives it'
  }
}
