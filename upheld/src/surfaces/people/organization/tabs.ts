import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { paths } from '../paths.ts'
import type { House } from '../ports.ts'

/** Pages that belong together, as a row of links: the one that is open is marked. */
function tabs(label: string, pages: readonly (readonly [path: string, says: string])[], open: string): Markup {
  return html`<nav class="filters" aria-label="${label}">
    ${pages.map(([path, says]) => html`<a href="${path}" ${path === open ? html`aria-current="page"` : ''}>${says}</a>`)}
  </nav>`
}

/** Where the application lets no visitors in there is one page, and nothing to choose. */
export function keyTabs({ visitors }: House, open: string): Markup | '' {
  if (visitors === undefined) return ''
  const pages = [
    [paths.keys, 'Keys'],
    [paths.visitorPages, 'Pages with visitors'],
  ] as const
  return tabs('What lets programs in', pages, open)
}

export function signInTabs(open: string): Markup {
  const pages = [
    [paths.signingIn, 'Providers'],
    [paths.domains, 'Domains'],
    [paths.directory, 'Directory'],
  ] as const
  return tabs('How people come in', pages, open)
}
