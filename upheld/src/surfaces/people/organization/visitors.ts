import { html } from 'hono/html'
import { assertFresh } from '../../../guards/identity/index.ts'
import type { Markup } from '../../look/index.ts'
import { field, form } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { act, notes, statusOf, type Said } from './act.ts'
import { keyTabs } from './tabs.ts'

const permission = 'organization.keys'
const removePath = `${paths.visitorPages}/remove` as const
const rotatePath = `${paths.visitorPages}/rotate` as const

interface Shown extends Said {
  readonly origin?: string
}

async function visitorsPage({ house, entry, formToken }: Member, { origin, ...said }: Shown): Promise<Answer> {
  const pages = await house.origins.list(entry.organizationId)
  const added = field({
    name: 'origin',
    label: 'Origin of a page',
    autocomplete: 'off',
    value: origin,
    hint: 'As a browser sends it, such as https://www.example.com: no path, and each subdomain by itself.',
    lengthMax: 255,
    error: said.error,
  })
  return {
    title: 'Pages with visitors',
    ...statusOf(said),
    body: html`<h1>Pages with visitors</h1>
      ${keyTabs(house, paths.visitorPages)} ${notes(said)}
      <p>
        Your visitors, who have no account here, are let in on these pages and on no other. A page is named by its
        origin.
      </p>
      ${
        pages.length === 0
          ? html`<p class="empty">No page lets visitors in.</p>`
          : html`<ul class="rows">
              ${pages.map(page => pageRow(page, formToken))}
            </ul>`
      }
      ${form({ action: paths.visitorPages, fields: added, submit: 'Add the page', formToken })}
      <section class="stack" aria-labelledby="snippet">
        <h2 id="snippet">What such a page asks for</h2>
        <p>A token for a visitor whom nobody knows. It holds for that page alone, and for some minutes:</p>
        <pre><code>POST ${house.origin}${paths.visitors}?organization=${entry.organizationId}</code></pre>
        <p>
          Who is signed in at your site is said by your server, with an API key, at <code>${paths.assertVisitor}</code>.
        </p>
      </section>
      ${rotation(formToken)}`,
  }
}

function pageRow(page: string, formToken: string): Markup {
  return html`<li class="row">
    <span class="title">${page}</span>
    <span class="end">
      ${form({
        action: removePath,
        fields: html`<input type="hidden" name="origin" value="${page}" />`,
        submit: 'Remove',
        about: page,
        formToken,
        tone: 'danger',
      })}
    </span>
  </li>`
}

function rotation(formToken: string): Markup {
  const way = (value: string): Markup => html`<input type="hidden" name="older" value="${value}" />`
  return html`<section class="stack" aria-labelledby="rotate">
    <h2 id="rotate">The key that signs their tokens</h2>
    <p>A new one is made every day. If you think that somebody has it, end every token that is out now.</p>
    <div class="actions">
      ${form({ action: rotatePath, fields: way('overlap'), submit: 'Make a new one', formToken, tone: 'quiet' })}
      ${form({ action: rotatePath, fields: way('at-once'), submit: 'End every token now', formToken, tone: 'danger' })}
    </div>
  </section>`
}

function sent(visit: SentMember, done: string, work: () => Promise<void>, origin?: string): Promise<Answer> {
  return act({
    work: async () => {
      assertFresh(visit.entry.session, 'make-keys', visit.house.clock.now())
      await work()
    },
    onward: `${paths.visitorPages}?done=${done}`,
    page: paths.visitorPages,
    again: error => visitorsPage(visit, { error, ...(origin === undefined ? {} : { origin }) }),
  })
}

export const visitorPageRoutes: readonly Route[] = [
  {
    at: 'organization',
    permission,
    method: 'GET',
    path: paths.visitorPages,
    answer: visit => visitorsPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: paths.visitorPages,
    example: { form: { origin: 'https://shop.example.com' } },
    answer(visit) {
      const { house, entry } = visit
      const origin = text(visit.fields, 'origin').trim()
      return sent(
        visit,
        'page-added',
        () => house.origins.add(entry.organizationId, { memberId: entry.memberId }, origin),
        origin.slice(0, 255),
      )
    },
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: removePath,
    example: { form: { origin: 'https://www.example.com' } },
    answer(visit) {
      const { house, entry, fields } = visit
      return sent(visit, 'page-removed', () =>
        house.origins.remove(entry.organizationId, { memberId: entry.memberId }, text(fields, 'origin')),
      )
    },
  },
  {
    at: 'organization',
    permission,
    method: 'POST',
    path: rotatePath,
    example: { form: { older: 'overlap' } },
    answer(visit) {
      const { house, entry, fields } = visit
      const older = text(fields, 'older') === 'at-once' ? 'at-once' : 'overlap'
      return sent(visit, older === 'at-once' ? 'tokens-ended' : 'rotated', async () => {
        await house.visitors?.rotate(entry.organizationId, { memberId: entry.memberId }, older)
      })
    },
  },
]
