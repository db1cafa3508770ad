import { html } from 'hono/html'
import { housePermissions } from '../../../guards/access/index.ts'
import type { Access, AccessSet, Permission } from '../../../guards/access/index.ts'
import type { MemberFacts } from '../../../guards/identity/index.ts'
import type { Markup } from '../../look/index.ts'
import { checks, chosen, moment } from '../forms.ts'
import { paths } from '../paths.ts'

/** Before the name of a role in a form. */
const rolePrefix = 'role_'

export function memberPath(id: string): `/${string}` {
  return `${paths.members}/${id}`
}

const sources: Readonly<Record<string, string>> = Object.freeze({
  founder: 'founded it',
  invitation: 'by invitation',
  import: 'brought by the operator',
  scim: 'by the directory',
  sso: 'by single sign-on',
})

export function howTheyCame({ source }: Pick<MemberFacts, 'source'>): string {
  return sources[source] ?? source
}

export function lastSeen({ seenAt }: Pick<MemberFacts, 'seenAt'>): Markup {
  return seenAt === undefined ? html`never here` : html`seen ${moment(seenAt)}`
}

export function roleBadges(roles: readonly string[]): Markup {
  return roles.length === 0
    ? html`<span class="badge">no role</span>`
    : html`${roles.map(role => html`<span class="badge ${role === 'owner' ? 'info' : ''}">${role}</span> `)}`
}

/** Everything that there is to be permitted: the application's own before what is the same everywhere. */
export function permissionsOf({ permissions }: Access): readonly (readonly [name: string, rule: Permission])[] {
  const all = Object.entries(permissions)
  const ofHouse = ([name]: (typeof all)[number]): boolean => Object.hasOwn(housePermissions, name)
  return [...all.filter(one => !ofHouse(one)), ...all.filter(ofHouse)]
}

/** All roles to choose from, and a word at those that whoever chooses may not give. */
export function roleChecks(access: Access, set: AccessSet, values: readonly string[], label: string): Markup {
  const options = Object.keys(access.roles).map(role => ({
    value: role,
    label: role,
    hint: access.mayGrant(set, [role]).allowed ? undefined : 'More than you may give.',
  }))
  return checks({ label, prefix: rolePrefix, options, values })
}

export function rolesIn(fields: ReadonlyMap<string, string>): readonly string[] {
  return chosen(fields, rolePrefix)
}
