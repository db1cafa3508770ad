import type { PeopleBend } from '../../../index.ts'
import type { DeclaredRoute } from '../../../routes.ts'
import type { Sabotage } from '../../claims/index.ts'
import { writes } from '../isolation-routes/draft.ts'
import { besiege, isOf } from '../isolation-routes/insider.ts'
import { cannotProbe, type TwinWorld, type World } from '../../claims/index.ts'
import { byPart } from '../people/breaking.ts'
import { sabotage } from '../breaking.ts'
import { byRight } from './matrix.ts'

type Access = Parameters<NonNullable<PeopleBend['access']>>[0]
type MemberAccess = Parameters<Access['setOf']>[0]
type Identity = Parameters<NonNullable<PeopleBend['identity']>>[0]

const source = import.meta.url
const longFromNow = new Date(8_640_000_000_000_000)

/** What decides sees other rows than there are; `make` gives the eyes of one process. */
function misread(name: string, says: string, make: () => (member: MemberAccess) => MemberAccess): Sabotage {
  return byPart(source, { name, says }, () => {
    const read = make()
    return {
      access: sound =>
        Object.freeze({ ...sound, setOf: (member, now) => sound.setOf(read(member), now) } satisfies Access),
    }
  })
}

/** Roles are written as they were asked for, where `about` says so. */
function unjudged(
  name: string,
  says: string,
  about: (entry: Parameters<Identity['changeRoles']>[0], memberId: string, roles: readonly string[]) => boolean,
): Sabotage {
  return byPart(source, { name, says }, () => ({
    identity: sound => ({
      ...sound,
      async changeRoles(entry, changes) {
        const rows = await entry.organization.query(
          'select id::text, roles from upheld_access.member where id = any ($1::uuid[])',
          [changes.map(({ memberId }) => memberId)],
        )
        const before = new Map(rows.map(row => [String(row['id']), namesIn(row['roles'])]))
        if (!changes.every(({ memberId }) => about(entry, memberId, before.get(memberId) ?? [])))
          return sound.changeRoles(entry, changes)
        for (const { memberId, roles } of changes)
          await entry.organization.query('update upheld_access.member set roles = $2 where id = $1', [
            memberId,
            [...roles],
          ])
      },
    }),
  }))
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** One route is answered as to the owner, whoever asks. */
function unchecked(name: string, says: string, which: (route: DeclaredRoute) => boolean): Sabotage {
  const apply = async (twin: TwinWorld): Promise<World> => {
    const roles = twin.people?.access.roles
    if (roles === undefined) throw cannotProbe('There are no roles that could be left unasked.')
    return besiege(twin, async (insider, visit) => {
      const open = byRight({ routes: insider.routes, roles }).find(which)
      const house = visit.from ?? insider.houses()[0]
      if (open === undefined || house === undefined || !isOf(visit, open)) return undefined
      return insider.sendAs(visit, house, 'owner')
    })
  }
  return sabotage(source, { name, says, apply })
}

export const sabotages: readonly Sabotage[] = Object.freeze([
  unchecked('page-unchecked', 'a page is shown to everybody who asks for it', route => !writes(route)),
  unchecked('form-unchecked', 'the link to a form is hidden, and the form is taken from everybody', writes),
  misread('denial-loses', 'what was given to a member wins over what was denied', () => member => {
    const given = new Set(member.overrides.filter(one => one.effect === 'allow').map(one => one.permission))
    const overrides = member.overrides.filter(one => one.effect === 'allow' || !given.has(one.permission))
    return { ...member, overrides }
  }),
  misread('never-over', 'an exception goes on after its end', () => member => ({
    ...member,
    overrides: member.overrides.map(one => ({ ...one, expiresAt: longFromNow })),
  })),
  misread('remembered', 'what a member may do is remembered from the first look', () => {
    const remembered = new Map<string, MemberAccess>()
    return member => {
      const known = remembered.get(member.memberId) ?? member
      remembered.set(member.memberId, known)
      return known
    }
  }),
  unjudged('raises-own', 'a member may change roles of their own', (entry, memberId) => entry.memberId === memberId),
  unjudged('owner-demoted', 'an administrator may take the owner’s role', (_, __, before) => before.includes('owner')),
  byPart(source, { name: 'gives-anything', says: 'whoever may change roles gives any of them' }, () => ({
    access: sound => Object.freeze({ ...sound, mayGrant: () => ({ allowed: true }) } satisfies Access),
  })),
  byPart(source, { name: 'any-scope', says: 'a key opens whatever its maker may do' }, () => ({
    keys: sound => Object.freeze({ ...sound, open: request => sound.open(request) } satisfies typeof sound),
  })),
])
