import { html } from 'hono/html'
import type { Markup } from '../look/index.ts'
import { paths } from './paths.ts'
import type { House } from './ports.ts'

interface Page {
  readonly title: string
  readonly body: Markup
  /** Of whoever is signed in: the token of their forms. Absent at the door. */
  readonly formToken?: string | undefined
}

/** The whole page around its main part: at the door a narrow column, inside a wider one. */
export function frame({ look, product, home, scriptPath }: House, { title, body, formToken }: Page): Markup {
  const inside = formToken !== undefined
  return html`<!doctype html>
    <html lang="en">
      <head>
        ${look.headTags()}
        <title>${title} · ${product}</title>
        <script type="module" src="${scriptPath}"></script>
      </head>
      <body class="work ${inside ? 'at-account' : 'at-door'}">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="topbar">
          <a class="brand" href="${inside ? home : paths.signIn}">${product}</a>
          ${inside ? signedIn(formToken) : ''}
        </header>
        <main id="main" class="stack ${inside ? 'account' : 'door'}" tabindex="-1">${body}</main>
        <footer class="foot"><a href="/security">Security at ${product}</a></footer>
      </body>
    </html>`
}

function signedIn(formToken: string): Markup {
  return html`<nav aria-label="Account">
      <ul>
        <li><a href="${paths.account}">Your account</a></li>
      </ul>
    </nav>
    <form method="post" action="${paths.signOut}">
      <input type="hidden" name="form_token" value="${formToken}" />
      <button class="button quiet" type="submit">Sign out</button>
    </form>`
}
