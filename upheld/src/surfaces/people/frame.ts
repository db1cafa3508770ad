import { html } from 'hono/html'
import type { Entry } from '../../guards/identity/index.ts'
import type { Markup } from '../look/index.ts'
import { paths } from './paths.ts'
import type { House } from './ports.ts'
import { sectionsFor } from './sections.ts'

interface Page {
  readonly title: string
  readonly body: Markup
  /** That staff is let in, above the page; nothing when nobody is. */
  readonly banner: Markup | ''
  /** Of whoever is signed in: the token of their forms. Absent at the door. */
  readonly formToken?: string | undefined
  /** Of a member inside of an organization: its name and its sections stand beside the page. */
  readonly within?: Within | undefined
}

export interface Within {
  readonly entry: Entry
  /** Where they are in it. */
  readonly pathname: string
}

/** The whole page around its main part: at the door a narrow column, inside a wider one, in an organization its sections. */
export function frame(house: House, { title, body, banner, formToken, within }: Page): Markup {
  const { look, product, home, scriptPath } = house
  const inside = formToken !== undefined
  const place = within !== undefined ? 'at-organization' : inside ? 'at-account' : 'at-door'
  const main = html`<main id="main" class="stack ${inside ? 'account' : 'door'}" tabindex="-1">${banner} ${body}</main>`
  return html`<!doctype html>
    <html lang="en">
      <head>
        ${look.headTags()}
        <title>${title} · ${within === undefined ? '' : html`${within.entry.organizationName} · `}${product}</title>
        <script type="module" src="${scriptPath}"></script>
      </head>
      <body class="work ${place}">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="topbar">
          <a class="brand" href="${inside ? home : paths.signIn}">${product}</a>
          ${inside ? signedIn(formToken) : ''}
        </header>
        ${
          within === undefined
            ? main
            : html`<div class="organization">${sectionsFor(within.entry, within.pathname)} ${main}</div>`
        }
        <footer class="foot"><a href="/security">Security at ${product}</a></footer>
      </body>
    </html>`
}

function signedIn(formToken: string): Markup {
  return html`<nav aria-label="Account">
      <ul>
        <li><a href="${paths.organizations}">Organizations</a></li>
        <li><a href="${paths.account}">Your account</a></li>
      </ul>
    </nav>
    <form method="post" action="${paths.signOut}">
      <input type="hidden" name="form_token" value="${formToken}" />
      <button class="button quiet" type="submit">Sign out</button>
    </form>`
}
