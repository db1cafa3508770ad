import { html } from 'hono/html'
import type { UpheldError } from 'upheld'
import type { Permission } from '../access/permissions.ts'
import type { Session } from '../access/session.ts'

/** Markup in which every value was escaped. */
export type Html = ReturnType<typeof html>

interface Document {
  /** What every page loads: character set, style sheets, fonts. */
  readonly head: Html
  readonly title: string
  readonly body: Html
  /** Absent where nobody is signed in. */
  readonly session?: Session | undefined
  /** The path that is shown, so that the bar can mark it. */
  readonly path?: string
  readonly status?: number
}

const places: readonly (readonly [path: `/${string}`, name: string, permission: Permission])[] = [
  ['/', 'Inbox', 'conversation.read'],
  ['/contacts', 'Contacts', 'contact.read'],
  ['/merchants', 'Merchants', 'merchant.read'],
  ['/integrations', 'Integrations', 'integration.read'],
  ['/activity', 'Activity', 'activity.read'],
  ['/organization/members', 'Team', 'organization.members.read'],
  ['/organization/keys', 'API keys', 'organization.keys'],
]

export async function document({ head, title, body, session, path, status }: Document): Promise<Response> {
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        ${head}
        <title>${title} · Northwind Desk</title>
      </head>
      <body class="work">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="topbar">
          <a class="brand" href="/">Northwind Desk</a>
          ${session === undefined ? '' : navigation(session, path ?? '')}
        </header>
        <main id="main" class="stack">${session === undefined ? '' : await session.banner()} ${body}</main>
        <footer class="foot"><a href="/security">Security at Northwind Desk</a></footer>
      </body>
    </html>`
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  return new Response(page.toString(), { status: status ?? 200, headers })
}

interface Refusal extends Pick<Document, 'head' | 'session'> {
  readonly problems?: readonly { readonly at: string; readonly problem: string }[]
}

/** A refusal that a person reads: what is the matter and where to go on. */
export function refusal(error: UpheldError, { problems = [], ...rest }: Refusal): Promise<Response> {
  const { publicMessage: title, status } = error
  const body = html`<h1>${title}</h1>
    ${
      problems.length === 0
        ? ''
        : html`<ul class="notice bad">
            ${problems.map(({ at, problem }) => html`<li>${at}: ${problem}</li>`)}
          </ul>`
    }
    <p><a href="/">Back to the inbox</a></p>`
  return document({ ...rest, title, body, status })
}

/** A form of this session. Without its token it would be taken for a forgery. */
export function form(
  session: Session,
  action: `/${string}`,
  fields: Html,
  enctype: 'application/x-www-form-urlencoded' | 'multipart/form-data' = 'application/x-www-form-urlencoded',
): Html {
  return html`<form class="stack" method="post" action="${action}" enctype="${enctype}">
    <input type="hidden" name="form_token" value="${session.formToken}" />
    ${fields}
  </form>`
}

const minutes = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

export function moment(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${minutes.format(at)}</time>`
}

/** The way to the rest of a list, keeping its filters. */
export function pager(url: URL, next: string | null): Html | '' {
  if (next === null) return ''
  const query = new URLSearchParams(url.searchParams)
  query.set('after', next)
  return html`<nav class="pager" aria-label="Pages"><a href="${url.pathname}?${query.toString()}">Show more</a></nav>`
}

function navigation(session: Session, path: string): Html {
  const open = places.filter(([, , permission]) => session.may(permission))
  const current = open.findLast(([place]) =>
    place === '/' ? path === '/' || path.startsWith('/conversations') : path.startsWith(place),
  )
  return html`<nav aria-label="Desk">
      <ul>
        ${open.map(
          place =>
            html`<li><a href="${place[0]}" ${place === current ? html`aria-current="page"` : ''}>${place[1]}</a></li>`,
        )}
      </ul>
    </nav>
    <a href="/account">${[session.name, ...session.roles].join(', ')}<span class="unseen">: your account</span></a>
    <form method="post" action="/sign-out">
      <input type="hidden" name="form_token" value="${session.formToken}" />
      <button class="button quiet" type="submit">Sign out</button>
    </form>`
}
