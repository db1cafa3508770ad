import { html } from 'hono/html'
import type { Access } from '../../../guards/access/index.ts'
import { assertFresh } from '../../../guards/identity/index.ts'
import type { ListedKey } from '../../../guards/keys/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { refuse } from '../errors.ts'
import { called, checks, choice, chosen, field, form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, RouteExample } from '../route.ts'
import { refused } from '../told.ts'
import { notes, statusOf, withDone, type Said } from './act.ts'
import { makersOf } from './makers.ts'
import { keyTabs } from './tabs.ts'

const permission = 'organization.keys'
const revokePath = `${paths.keys}/:id/revoke` as const
const lives = [7, 30, 90, 180, 365]
/** Before the name of each scope in the form. */
const scopePrefix = 'scope_'

interface Draft extends Said {
  readonly name?: string
  readonly days?: string
  readonly networks?: string
  readonly scopes?: readonly string[]
}

async function keysPage(visit: Member, draft: Draft): Promise<Answer> {
  const { house, entry, formToken } = visit
  const keys = await house.keys.list(entry.organizationId)
  const maker = await makersOf(
    visit,
    keys.map(key => key.madeBy),
  )
  const now = house.clock.now()
  const works = keys.filter(key => key.revoked === undefined && key.expiresAt > now)
  const over = keys.filter(key => !works.includes(key))
  return {
    title: 'API keys',
    ...statusOf(draft),
    body: html`<h1>API keys</h1>
      ${keyTabs(house, paths.keys)} ${notes(draft)}
      <p>With a key a program does what its maker may do, and of that only what the key is for.</p>
      ${
        works.length === 0
          ? html`<p class="empty">There is no key yet.</p>`
          : html`<ul class="rows">
              ${works.map(key => liveKey(key, maker(key.madeBy), formToken))}
            </ul>`
      }
      ${makeForm(visit, draft, draft.error !== undefined || works.length === 0)}
      ${
        over.length === 0
          ? ''
          : html`<details>
              <summary>Ended (${over.length})</summary>
              <ul class="rows">
                ${over.map(key => endedKey(key, maker(key.madeBy)))}
              </ul>
            </details>`
      }`,
  }
}

function liveKey(key: ListedKey, madeBy: string, formToken: string): Markup {
  return html`<li class="row">
    <span class="title">${key.name}</span>
    <span class="meta">${key.scopes.join(', ')}</span>
    <span class="meta">${key.networks.length === 0 ? 'from anywhere' : `from ${key.networks.join(', ')}`}</span>
    <span class="meta">made by ${called(madeBy)}, ends ${moment(key.expiresAt)}</span>
    <span class="meta">${key.usedAt === undefined ? 'never used' : html`last used ${moment(key.usedAt)}`}</span>
    <span class="end">
      ${form({
        action: `${paths.keys}/${key.id}/revoke`,
        fields: [],
        submit: 'Revoke',
        about: key.name,
        formToken,
        tone: 'danger',
      })}
    </span>
  </li>`
}

const why = {
  asked: 'revoked',
  leaked: 'found where others can read it, and revoked',
  review: 'ended by an access review',
} as const

function endedKey({ name, scopes, revoked, expiresAt }: ListedKey, madeBy: string): Markup {
  return html`<li class="row">
    <span class="title">${name}</span>
    <span class="meta">${scopes.join(', ')}, made by ${called(madeBy)}</span>
    <span class="meta">
      ${revoked === undefined ? html`ended ${moment(expiresAt)}` : html`${why[revoked.why]} ${moment(revoked.at)}`}
    </span>
  </li>`
}

/** Only what a key may do at all, and what whoever makes it may do themselves. */
function makeForm({ house: { access }, entry: { set }, formToken }: Member, draft: Draft, open: boolean): Markup {
  const options = Object.entries(access.permissions)
    .filter(([name, { keys }]) => keys && set.may(name))
    .map(([value, { says }]) => ({ value, label: value, hint: says }))
  if (options.length === 0)
    return html`<p class="notice">Nothing of what you may do here can be given to a key, so you can make none.</p>`
  const fields = [
    field({
      name: 'name',
      label: 'What it is for',
      autocomplete: 'off',
      value: draft.name,
      hint: 'Such as the program that uses it, and where that runs.',
      lengthMax: 100,
    }),
    checks({ label: 'What it may do', prefix: scopePrefix, options, values: draft.scopes ?? [] }),
    choice({
      name: 'days',
      label: 'How long it works',
      value: draft.days ?? '90',
      options: lives.map(days => ({ value: String(days), label: `${days} days` })),
    }),
    field({
      name: 'networks',
      label: 'Where it may be used from',
      autocomplete: 'off',
      value: draft.networks,
      hint: 'Addresses or networks such as 203.0.113.0/24, with spaces between them. Empty is from anywhere.',
      lengthMax: 2_000,
      optional: true,
    }),
  ]
  return html`<details ${open ? html`open` : ''}>
    <summary>Make a key</summary>
    ${form({ action: paths.keys, fields, submit: 'Make it', formToken })}
  </details>`
}

/** Shown this once: the answer to the form and nothing that could be opened again. */
function madePage(key: string, name: string, expiresAt: Date): Answer {
  return {
    title: 'Your new key',
    body: html`<h1>Your new key</h1>
      <p class="notice warn"><strong>Copy it now.</strong> It is not kept here, and nobody can show it again.</p>
      <pre class="secret"><code>${key}</code></pre>
      <dl class="facts">
        <div>
          <dt>For</dt>
          <dd>${name}</dd>
        </div>
        <div>
          <dt>Works until</dt>
          <dd>${moment(expiresAt)}</dd>
        </div>
        <div>
          <dt>How it is sent</dt>
          <dd>
            <span><code>Authorization: Bearer …</code>, never in an address.</span>
          </dd>
        </div>
      </dl>
      <p><a class="button" href="${paths.keys}">I have it</a></p>`,
  }
}

/** A key that may do the first thing that keys may do at all. */
function exampleOf({ permissions }: Access): RouteExample {
  const scope = Object.keys(permissions).find(name => permissions[name]?.keys === true)
  const form = { name: 'A program', days: '7', networks: '203.0.113.0/24' }
  return scope === undefined ? { form, honest: false } : { form: { ...form, [`${scopePrefix}${scope}`]: 'on' } }
}

export const keyRoutes: readonly Route[] = [
  {
    at: 'organization',
    permission,
    method: 'GET',
    path: paths.keys,
    answer: visit => keysPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: paths.keys,
    example: access => exampleOf(access),
    async answer(sent) {
      const { house, entry, fields } = sent
      const [name, days, networks] = [text(fields, 'name'), text(fields, 'days'), text(fields, 'networks')]
      const scopes = chosen(fields, scopePrefix)
      assertFresh(entry.session, 'make-keys', house.clock.now())
      try {
        if (scopes.length === 0) throw refuse.nothing_chosen()
        const made = await house.keys.create(
          entry.organizationId,
          { memberId: entry.memberId },
          { name, scopes, days: Number(days), networks: networks.split(/[\s,]+/).filter(one => one !== '') },
        )
        return madePage(made.key, name, made.expiresAt)
      } catch (thrown) {
        return keysPage(sent, { error: refused(thrown), name: name.slice(0, 100), days, networks, scopes })
      }
    },
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: revokePath,
    example: { params: { id: idOf('api-key') }, form: {} },
    async answer({ house, entry, params }) {
      await house.keys.revoke(entry.organizationId, { memberId: entry.memberId }, params['id'] ?? '')
      return { redirect: withDone(paths.keys, 'key-revoked') }
    },
  },
]
