import { html } from 'hono/html'
import { assertFresh } from '../../../guards/identity/index.ts'
import type { MappedGroup, ScimToken } from '../../../guards/scim/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { choice, field, form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { act, notes, statusOf, type Said } from './act.ts'
import { signInTabs } from './tabs.ts'

const permission = 'organization.sign-in'
const tokensPath = `${paths.directory}/tokens` as const
const revokePath = `${tokensPath}/:id/revoke` as const
const groupPath = `${paths.directory}/groups/:id` as const
const lives = [30, 90, 180, 365]
/** In the list of roles: none. No role has such a name. */
const nothing = '-'

interface Shown extends Said {
  readonly name?: string | undefined
}

async function directoryPage(visit: Member, { name, ...said }: Shown): Promise<Answer> {
  const { house, entry, formToken } = visit
  const [tokens, groups] = await Promise.all([
    house.scim.tokens(entry.organization),
    house.scim.groups(entry.organization),
  ])
  const now = house.clock.now()
  const live = tokens.filter(({ revokedAt, expiresAt }) => revokedAt === undefined && expiresAt > now)
  const over = tokens.filter(one => !live.includes(one))
  return {
    title: 'Directory',
    ...statusOf(said),
    body: html`<h1>Directory</h1>
      ${signInTabs(paths.directory)} ${notes(said)}
      <p>
        Your directory says by SCIM 2.0 who is a member and who is one no longer. It is told this address, and a token:
      </p>
      <pre><code>${house.origin}${paths.scim}</code></pre>
      ${
        live.length === 0
          ? html`<p class="empty">There is no token yet.</p>`
          : html`<ul class="rows">
              ${live.map(one => tokenRow(one, formToken))}
            </ul>`
      }
      ${tokenForm(formToken, { name, ...said }, live.length === 0)} ${over.length === 0 ? '' : ended(over)}
      ${groupSection(visit, groups)}`,
  }
}

function tokenRow({ id, name, createdAt, expiresAt, usedAt }: ScimToken, formToken: string): Markup {
  return html`<li class="row">
    <span class="title">${name}</span>
    <span class="meta">made ${moment(createdAt)}, ends ${moment(expiresAt)}</span>
    <span class="meta">${usedAt === undefined ? 'never used' : html`last used ${moment(usedAt)}`}</span>
    <span class="end">
      ${form({
        action: `${tokensPath}/${id}/revoke`,
        fields: [],
        submit: 'Revoke',
        about: name,
        formToken,
        tone: 'danger',
      })}
    </span>
  </li>`
}

function tokenForm(formToken: string, { name, error }: Shown, open: boolean): Markup {
  const fields = [
    field({
      name: 'name',
      label: 'Name of the directory',
      autocomplete: 'off',
      value: name,
      lengthMax: 100,
      error,
    }),
    choice({
      name: 'days',
      label: 'How long it works',
      value: '180',
      options: lives.map(days => ({ value: String(days), label: `${days} days` })),
    }),
  ]
  return html`<details ${open || name !== undefined ? html`open` : ''}>
    <summary>Make a token</summary>
    ${form({ action: tokensPath, fields, submit: 'Make it', formToken })}
  </details>`
}

function ended(tokens: readonly ScimToken[]): Markup {
  return html`<details>
    <summary>Ended (${tokens.length})</summary>
    <ul class="rows">
      ${tokens.map(
        ({ name, revokedAt, expiresAt }) =>
          html`<li class="row">
            <span class="title">${name}</span>
            <span class="meta">
              ${revokedAt === undefined ? html`ended ${moment(expiresAt)}` : html`revoked ${moment(revokedAt)}`}
            </span>
          </li>`,
      )}
    </ul>
  </details>`
}

function groupSection({ house, entry, formToken }: Member, groups: readonly MappedGroup[]): Markup {
  const mine = house.scim.roles.filter(role => house.access.mayGrant(entry.set, [role]).allowed)
  return html`<section class="stack" aria-labelledby="groups">
    <h2 id="groups">What its groups become</h2>
    <p>Whoever is in a group has its role here, until they leave it. No group makes owners.</p>
    ${
      groups.length === 0
        ? html`<p class="empty">The directory has told of no group yet.</p>`
        : html`<ul class="rows">
            ${groups.map(group => groupRow(group, mine, formToken))}
          </ul>`
    }
  </section>`
}

function groupRow({ id, name, users, role }: MappedGroup, mine: readonly string[], formToken: string): Markup {
  const kept = role === undefined || mine.includes(role) ? [] : [role]
  const options = [nothing, ...kept, ...mine].map(value => ({ value, label: value === nothing ? 'nothing' : value }))
  return html`<li class="row">
    <span class="title">${name}</span>
    <span class="meta"
      >${users === 1 ? '1 person, who becomes' : `${users} people, who become`} ${role ?? 'nothing'}</span
    >
    <div class="below">
      ${form({
        action: `${paths.directory}/groups/${id}`,
        fields: choice({
          name: 'role',
          id: `role-${id}`,
          label: `What ${name} becomes`,
          value: role ?? nothing,
          options,
        }),
        submit: 'Set',
        about: name,
        formToken,
        tone: 'quiet',
      })}
    </div>
  </li>`
}

/** Shown this once. */
function madePage(token: string, origin: string): Answer {
  return {
    title: 'The token of your directory',
    body: html`<h1>The token of your directory</h1>
      <p class="notice warn"><strong>Copy it now.</strong> It is not kept here, and nobody can show it again.</p>
      <pre class="secret"><code>${token}</code></pre>
      <p>Its address:</p>
      <pre><code>${origin}${paths.scim}</code></pre>
      <p><a class="button" href="${paths.directory}">I have it</a></p>`,
  }
}

function sent(visit: SentMember, done: string, work: () => Promise<void>): Promise<Answer> {
  return act({
    work: async () => {
      assertFresh(visit.entry.session, 'change-sign-in', visit.house.clock.now())
      await work()
    },
    onward: `${paths.directory}?done=${done}`,
    page: paths.directory,
    again: error => directoryPage(visit, { error }),
  })
}

export const directoryRoutes: readonly Route[] = [
  {
    at: 'organization',
    permission,
    method: 'GET',
    path: paths.directory,
    answer: visit => directoryPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: tokensPath,
    example: { form: { name: 'A directory', days: '30' } },
    async answer(visit) {
      const { house, entry, fields } = visit
      const [name, lifeDays] = [text(fields, 'name').trim(), Number(text(fields, 'days'))]
      assertFresh(entry.session, 'change-sign-in', house.clock.now())
      let made = ''
      const page = await act({
        work: async () => {
          const days = lives.includes(lifeDays) ? lifeDays : 30
          made = (await house.scim.issue(entry.organization, entry.memberId, { name, lifeDays: days })).token
        },
        onward: paths.directory,
        page: paths.directory,
        again: error => directoryPage(visit, { error, name: name.slice(0, 100) }),
      })
      return made === '' ? page : madePage(made, house.origin)
    },
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: revokePath,
    example: { params: { id: idOf('scim-token') }, form: {} },
    answer: visit =>
      sent(visit, 'token-revoked', () =>
        visit.house.scim.revoke(visit.entry.organization, visit.entry.memberId, visit.params['id'] ?? ''),
      ),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: groupPath,
    example: { params: { id: idOf('scim-group') }, form: { role: 'agent' } },
    answer(visit) {
      const { house, entry, params, fields } = visit
      const role = text(fields, 'role')
      return sent(visit, 'mapped', () =>
        house.scim.mapGroup(
          entry.organization,
          entry.memberId,
          params['id'] ?? '',
          role === nothing ? undefined : role,
        ),
      )
    },
  },
]
