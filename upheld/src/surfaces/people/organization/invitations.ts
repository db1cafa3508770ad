import { html } from 'hono/html'
import type { OpenInvitation } from '../../../guards/identity/index.ts'
import { freshText, idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { called, field, form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route } from '../route.ts'
import { act, notes, statusOf, withDone, type Said } from './act.ts'
import { roleBadges, roleChecks, rolesIn } from './words.ts'

interface Shown extends Said {
  readonly email?: string
  readonly roles?: readonly string[]
}

async function invitationsPage(visit: Member, { email, roles, ...said }: Shown): Promise<Answer> {
  const { house, entry, formToken } = visit
  const open = await house.identity.openInvitations(entry)
  const inviters = open.map(({ invitedBy }) => invitedBy)
  const names = await house.identity.memberNames(entry, inviters)
  const invites = entry.set.may('organization.members.invite')
  const fields = [
    field({
      name: 'email',
      label: 'E-mail',
      type: 'email',
      autocomplete: 'off',
      value: email,
      lengthMax: 254,
      error: said.error,
    }),
    roleChecks(house.access, entry.set, roles ?? [], 'Their roles'),
  ]
  return {
    title: 'Invitations',
    ...statusOf(said),
    body: html`<h1>Invitations</h1>
      ${notes(said)}
      ${
        open.length === 0
          ? html`<p class="soft">Nobody is invited at the moment.</p>`
          : html`<ul class="rows">
              ${open.map(one => invitationRow(one, names.get(one.invitedBy), invites ? formToken : undefined))}
            </ul>`
      }
      ${
        invites
          ? html`<section class="stack" aria-labelledby="invite">
              <h2 id="invite">Invite somebody</h2>
              <p class="soft">A link goes to this address. It works for a week, once, and for this address alone.</p>
              ${form({ action: paths.invitations, fields, submit: 'Invite', formToken })}
            </section>`
          : ''
      }`,
  }
}

function invitationRow(one: OpenInvitation, inviter: string | undefined, formToken: string | undefined): Markup {
  const { id, email, roles, createdAt, expiresAt } = one
  const action = `${paths.invitations}/${id}/revoke`
  return html`<li class="row">
    <span class="title">${email}</span>
    <span class="meta">${roleBadges(roles)}</span>
    <span class="meta"
      >by ${called(inviter ?? 'somebody who left')}, ${moment(createdAt)}; until ${moment(expiresAt)}</span
    >
    <span class="end">
      ${
        formToken === undefined
          ? ''
          : form({ action, fields: [], submit: 'Revoke', about: email, formToken, tone: 'danger' })
      }
    </span>
  </li>`
}

export const invitationsRoutes: readonly Route[] = [
  {
    at: 'organization',
    method: 'GET',
    path: paths.invitations,
    permission: 'organization.members.read',
    answer: visit => invitationsPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    method: 'POST',
    path: paths.invitations,
    permission: 'organization.members.invite',
    example: { form: { email: freshText('probe-*@post.invalid'), role_agent: 'on' } },
    async answer(sent) {
      const { house, entry, fields } = sent
      const [email, roles] = [text(fields, 'email'), rolesIn(fields)]
      return act({
        work: async () => {
          await house.identity.invite(entry, { email, roles })
        },
        onward: withDone(paths.invitations, 'invited'),
        page: paths.invitations,
        again: error => invitationsPage(sent, { error, email: email.slice(0, 254), roles }),
      })
    },
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.invitations}/:id/revoke`,
    permission: 'organization.members.invite',
    example: { params: { id: idOf('invitation') }, form: {} },
    async answer(sent) {
      const { house, entry, params } = sent
      return act({
        work: () => house.identity.revokeInvitation(entry, params['id'] ?? ''),
        onward: withDone(paths.invitations, 'revoked'),
        page: paths.invitations,
        again: error => invitationsPage(sent, { error }),
      })
    },
  },
]
