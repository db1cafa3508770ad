import type { NewOverride, RoleChange } from './changes.ts'
import type { Access } from './definition.ts'
import { refuse } from './errors.ts'
import type { Granting } from './grants.ts'
import type { HousePermission } from './house.ts'
import type { StoredOverride } from './rows.ts'
import type { AccessSet, MemberAccess } from './set.ts'

type Members = ReadonlyMap<string, MemberAccess>

/** A change of somebody else by somebody: both as they stand in the database, locked. */
export interface Judges {
  roles(changes: readonly RoleChange[]): void
  overrides(overrides: readonly NewOverride[]): void
  withdrawal(overrides: readonly StoredOverride[]): void
}

/**
 * Whether an author may make a change. The first reason against any part of it refuses all of it.
 * @throws access.no_member, denied, own_access, only_owner, unknown_role, unknown_permission, beyond_own, outlives_own
 */
export function judge(access: Access, members: Members, authorId: string, now: Date): Judges {
  const setOf = (memberId: string): AccessSet => {
    const member = members.get(memberId)
    if (member === undefined) throw refuse.no_member()
    return access.setOf(member, now)
  }
  const begin = (need: HousePermission, memberIds: readonly string[]): AccessSet => {
    const author = setOf(authorId)
    if (!author.may(need)) throw refuse.denied({ detail: need })
    // Whether all of them are members here comes first: one of another organization is like one that is not.
    for (const memberId of memberIds) setOf(memberId)
    if (memberIds.includes(authorId)) throw refuse.own_access()
    const ofOwner = memberIds.some(memberId => members.get(memberId)?.roles.includes('owner') === true)
    if (ofOwner && !author.roles.includes('owner')) throw refuse.only_owner()
    return author
  }
  return {
    roles(changes) {
      const author = begin(
        'organization.members.roles',
        changes.map(({ memberId }) => memberId),
      )
      for (const { memberId, roles } of changes) {
        const unknown = roles.filter(role => !access.isRole(role))
        if (unknown.length > 0) throw refuse.unknown_role()
        const before = members.get(memberId)?.roles ?? []
        assertGranting(
          access.mayGrant(
            author,
            roles.filter(role => !before.includes(role)),
          ),
        )
      }
    },
    overrides(overrides) {
      const author = begin(
        'organization.members.overrides',
        overrides.map(({ memberId }) => memberId),
      )
      for (const { permission, effect, expiresAt } of overrides) {
        if (!access.isPermission(permission)) throw refuse.unknown_permission()
        if (effect === 'allow') assertGranting(access.mayGrantPermission(author, permission, expiresAt.getTime()))
      }
    },
    withdrawal(overrides) {
      const memberIds = [...new Set(overrides.map(({ memberId }) => memberId))]
      const author = begin('organization.members.overrides', memberIds)
      const gone = new Set(overrides.map(({ id }) => id))
      for (const memberId of memberIds) assertNothingGained(members.get(memberId), gone, author)
    },
  }

  /** To take a denial away is to give what it denied, even to somebody who is suspended for now. */
  function assertNothingGained(member: MemberAccess | undefined, gone: ReadonlySet<string>, author: AccessSet): void {
    if (member === undefined) throw refuse.no_member()
    const active = { ...member, suspended: false }
    const before = access.setOf(active, now)
    const after = access.setOf({ ...active, overrides: member.overrides.filter(({ id }) => !gone.has(id)) }, now)
    for (const gained of after.list().filter(permission => !before.may(permission))) {
      assertGranting(access.mayGrantPermission(author, gained, after.heldUntilMs(gained)))
    }
  }
}

function assertGranting(granting: Granting): void {
  if (!granting.allowed) throw refuse[granting.code]({ detail: granting.missing.join(', ') })
}
