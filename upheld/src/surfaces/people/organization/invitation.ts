import { html } from 'hono/html'
import type { InvitedTo } from '../../../guards/identity/index.ts'
import type { Markup } from '../../look/index.ts'
import { currentCookie } from '../current.ts'
import { called, form } from '../forms.ts'
import { paths } from '../paths.ts'
import type { House } from '../ports.ts'
import { formTokenOf, text } from '../reading.ts'
import type { Answer, Route, Visit } from '../route.ts'
import { notes, shown, statusOf, type Said } from './act.ts'
import { roleBadges } from './words.ts'

/**
 * A link that somebody opened before they were signed in, kept for a day: signing up takes a mail of its own, and leads
 * back here without it. It opens to the invited address alone, whoever holds it.
 */
const cookie = 'invitation'
const cookieSecs = 86_400
const linkForm = /^[A-Za-z0-9_]{1,100}[A-Za-z0-9_-]{0,100}$/

export function invitationIn(house: House, request: Request): string | undefined {
  const link = house.cookies.readOther(request, cookie)
  return link !== undefined && linkForm.test(link) ? link : undefined
}

/** With whoever signs out goes what they were invited to: the next one at this browser reads nothing of it. */
export function endInvitation(house: House): string {
  return house.cookies.setOther(cookie, '', 0)
}

/** Opening it uses nothing up: a mail scanner or a preview may do it before the person does. */
async function open(visit: Visit): Promise<Answer> {
  const { house, url, request, from } = visit
  const link = url.searchParams.get('link') ?? invitationIn(house, request)
  if (link === undefined || link === '') return { redirect: paths.organizations }
  const invited = await house.identity.invitedTo(link)
  if (invited === undefined) return over(house)
  const session = from.session === undefined ? undefined : await house.identity.verify(from.session)
  if (from.session !== undefined && session !== undefined) return acceptPage(visit, from.session, { link, invited })
  return { ...strangerPage(invited), cookies: [house.cookies.setOther(cookie, link, cookieSecs)] }
}

function over(house: House): Answer {
  return {
    title: 'This invitation is over',
    status: 410,
    cookies: [endInvitation(house)],
    body: html`<h1>This invitation is over</h1>
      <p>It was accepted or revoked, or a week has passed. Whoever invited you can send another one.</p>
      <p><a href="${paths.organizations}">Your organizations</a></p>`,
  }
}

function heading({ organizationName, roles }: InvitedTo): Markup {
  return html`<h1>You are invited to ${called(organizationName)}</h1>
    <p>${roles.length === 0 ? 'As a member, for now without a role.' : html`As ${roleBadges(roles)}`}</p>`
}

function strangerPage(invited: InvitedTo): Answer {
  return {
    title: 'You are invited',
    body: html`${heading(invited)}
      <p>Sign in with the address that the invitation was sent to, and you come back to this page.</p>
      <div class="actions">
        <a class="button" href="${paths.signIn}?next=${encodeURIComponent(paths.invitation)}">Sign in</a>
        <a class="button quiet" href="${paths.signUp}">I have no account yet</a>
      </div>`,
  }
}

interface Opened {
  readonly link: string
  readonly invited: InvitedTo
}

async function acceptPage(
  { house }: Pick<Visit, 'house'>,
  token: string,
  { link, invited, ...said }: Opened & Said,
): Promise<Answer> {
  const { name, email } = await house.identity.person(token)
  const fields = html`<input type="hidden" name="link" value="${link}" />`
  return {
    title: 'You are invited',
    ...statusOf(said),
    body: html`${heading(invited)} ${notes(said)}
      <p>You are signed in as ${called(name)} (${email}).</p>
      ${form({ action: paths.invitation, fields, submit: 'Accept', formToken: formTokenOf(token) })}
      <p class="soft">Not you? Sign out above, and open the link again.</p>`,
  }
}

export const invitationRoutes: readonly Route[] = [
  { at: 'door', method: 'GET', path: paths.invitation, answer: open },
  {
    at: 'inside',
    method: 'POST',
    path: paths.invitation,
    example: { form: { link: '' }, changes: false },
    async answer({ house, token, fields, from }) {
      const link = text(fields, 'link')
      if (link === '') return { redirect: paths.organizations }
      try {
        const { organizationId } = await house.identity.acceptInvitation(token, link, from)
        return {
          redirect: house.home,
          cookies: [currentCookie(house, organizationId), endInvitation(house)],
        }
      } catch (thrown) {
        const error = shown(thrown)
        const invited = await house.identity.invitedTo(link)
        return invited === undefined ? over(house) : acceptPage({ house }, token, { link, invited, error })
      }
    },
  },
]
