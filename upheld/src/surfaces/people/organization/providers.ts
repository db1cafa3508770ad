import { html } from 'hono/html'
import { assertFresh } from '../../../guards/identity/index.ts'
import type { Connection, LinkedIdentity } from '../../../guards/sso/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import type { House } from '../ports.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { act, notes, statusOf, type Said } from './act.ts'
import { signInTabs } from './tabs.ts'

const permission = 'organization.sign-in'
const disablePath = `${paths.providers}/:id/disable` as const
const unlinkPath = `${paths.signingIn}/linked/:id/unlink` as const

async function signingInPage({ house, entry, formToken }: Member, said: Said): Promise<Answer> {
  const { organization } = entry
  const [connections, linked] = await Promise.all([
    house.sso.connections.list(organization),
    house.sso.linked(organization),
  ])
  const live = connections.filter(one => one.disabledAt === undefined)
  const over = connections.filter(one => one.disabledAt !== undefined)
  return {
    title: 'Sign-in',
    ...statusOf(said),
    body: html`<h1>Sign-in</h1>
      ${signInTabs(paths.signingIn)} ${notes(said)}
      <p>Members may sign in at a provider of yours, by OpenID Connect. Their password and passkeys go on working.</p>
      ${
        live.length === 0
          ? html`<p class="empty">No provider is connected.</p>`
          : html`<ul class="rows">
                ${live.map(one => connectionRow(one, formToken))}
              </ul>
              ${address(house, entry.organizationId)}`
      }
      <p><a class="button" href="${paths.providers}">Connect a provider</a></p>
      ${over.length === 0 ? '' : ended(over)} ${linkedSection(linked, formToken)}`,
  }
}

function connectionRow(one: Connection, formToken: string): Markup {
  const second = one.secondFactor.length === 0 ? 'never counts as a second factor' : one.secondFactor.join(', ')
  return html`<li class="row">
    <span class="title">${one.name}</span>
    <span class="meta">${one.issuer}</span>
    <span class="meta">client ${one.clientId}; second factor: ${second}</span>
    <span class="meta">
      ${
        one.provision
          ? html`lets new members of your domains
            in${one.roles.length === 0 ? ', without a role' : ` as ${one.roles.join(', ')}`}`
          : 'lets nobody in who is no member'
      }
    </span>
    <span class="end">
      ${form({
        action: `${paths.providers}/${one.id}/disable`,
        fields: [],
        submit: 'End it',
        about: one.name,
        formToken,
        tone: 'danger',
      })}
    </span>
  </li>`
}

function address({ origin }: House, organizationId: string): Markup {
  return html`<p>The address that your people begin at, such as for a tile at your provider:</p>
    <pre><code>${origin}${paths.sso}?organization=${organizationId}</code></pre>`
}

function ended(connections: readonly Connection[]): Markup {
  return html`<details>
    <summary>Ended (${connections.length})</summary>
    <ul class="rows">
      ${connections.map(
        ({ name, issuer, disabledAt }) =>
          html`<li class="row">
            <span class="title">${name}</span>
            <span class="meta">${issuer}, ended ${disabledAt === undefined ? '' : moment(disabledAt)}</span>
          </li>`,
      )}
    </ul>
  </details>`
}

const sources = {
  link: 'linked by themselves',
  'sign-in': 'came by their first sign-in',
  directory: 'named by the directory',
} as const

function linkedSection(linked: readonly LinkedIdentity[], formToken: string): Markup {
  return html`<section class="stack" aria-labelledby="linked">
    <h2 id="linked">Who signs in there</h2>
    ${
      linked.length === 0
        ? html`<p class="empty">Nobody yet. Whoever tries is asked to sign in as before, once, and is linked then.</p>`
        : html`<ul class="rows">
            ${linked.map(one => linkedRow(one, formToken))}
          </ul>`
    }
  </section>`
}

function linkedRow(
  { memberId, name, email, issuer, source, linkedAt, seenAt }: LinkedIdentity,
  formToken: string,
): Markup {
  return html`<li class="row">
    <span class="title">${name}</span>
    <span class="meta">${email}, at ${issuer}</span>
    <span class="meta">
      ${sources[source]} ${moment(linkedAt)}, ${seenAt === undefined ? 'not used since' : html`last ${moment(seenAt)}`}
    </span>
    <span class="end">
      ${form({
        action: `${paths.signingIn}/linked/${memberId}/unlink`,
        fields: [],
        submit: 'Unlink',
        about: name,
        formToken,
        tone: 'danger',
      })}
    </span>
  </li>`
}

function sent(visit: SentMember, done: string, work: () => Promise<void>): Promise<Answer> {
  return act({
    work: async () => {
      assertFresh(visit.entry.session, 'change-sign-in', visit.house.clock.now())
      await work()
    },
    onward: `${paths.signingIn}?done=${done}`,
    page: paths.signingIn,
    again: error => signingInPage(visit, { error }),
  })
}

export const signingInRoutes: readonly Route[] = [
  {
    at: 'organization',
    permission,
    method: 'GET',
    path: paths.signingIn,
    answer: visit => signingInPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: disablePath,
    example: { params: { id: idOf('sso-connection') }, form: {} },
    answer(visit) {
      const { house, entry, params } = visit
      return sent(visit, 'provider-ended', () =>
        house.sso.connections.disable(entry.organization, entry.memberId, params['id'] ?? ''),
      )
    },
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: unlinkPath,
    example: { params: { id: idOf('member') }, form: {}, honest: false },
    answer(visit) {
      const { house, entry, params } = visit
      return sent(visit, 'unlinked', () => house.sso.unlink(entry.organization, entry.memberId, params['id'] ?? ''))
    },
  },
]
