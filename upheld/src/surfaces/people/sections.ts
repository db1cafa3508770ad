import { html } from 'hono/html'
import type { HousePermission } from '../../guards/access/index.ts'
import type { Entry } from '../../guards/identity/index.ts'
import type { Markup } from '../look/index.ts'
import { paths } from './paths.ts'

interface Section {
  readonly path: `/${string}`
  readonly label: string
  /** The one that its page asks for. */
  readonly permission: HousePermission | 'member'
}

/** The pages of an organization, in the order in which they are shown. Nobody is shown a way that is closed to them. */
export const sections: readonly Section[] = Object.freeze([
  { path: paths.members, label: 'Members', permission: 'organization.members.read' },
  { path: paths.invitations, label: 'Invitations', permission: 'organization.members.read' },
  { path: paths.roles, label: 'Roles', permission: 'member' },
  { path: paths.keys, label: 'API keys', permission: 'organization.keys' },
  { path: paths.signingIn, label: 'Sign-in', permission: 'organization.sign-in' },
  { path: paths.rules, label: 'Rules', permission: 'member' },
  { path: paths.support, label: 'Support', permission: 'organization.support' },
  { path: paths.reviews, label: 'Access reviews', permission: 'organization.reviews' },
])

export function sectionsFor({ set, organizationName }: Entry, pathname: string): Markup {
  const open = sections.filter(({ permission }) => (permission === 'member' ? set.inPerson : set.may(permission)))
  return html`<nav class="sections" aria-label="Organization">
    <p class="name">${organizationName}</p>
    <ul>
      ${open.map(({ path, label }) => html`<li><a href="${path}" ${currentAt(path, pathname)}>${label}</a></li>`)}
    </ul>
  </nav>`
}

function currentAt(path: string, pathname: string): Markup | '' {
  if (pathname === path) return html`aria-current="page"`
  return pathname.startsWith(`${path}/`) ? html`aria-current="true"` : ''
}
