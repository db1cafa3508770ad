import { html } from 'hono/html'
import type { UpheldError } from '../../core/errors.ts'
import type { Markup } from '../look/index.ts'
import { paths } from './paths.ts'
import type { House } from './ports.ts'

const sections = [
  { path: paths.claims, label: 'Claims' },
  { path: paths.runs, label: 'Runs' },
  { path: paths.orders, label: 'Orders' },
  { path: paths.settings, label: 'Settings' },
  { path: paths.health, label: 'Health' },
] as const

interface Framed {
  readonly title: string
  readonly body: Markup
  /** Of whoever is signed in; absent at the door. */
  readonly formToken?: string | undefined
  readonly pathname: string
}

/** The whole page around its main part. */
export function frame({ look, product, script }: House, { title, body, formToken, pathname }: Framed): Markup {
  const inside = formToken !== undefined
  return html`<!doctype html>
    <html lang="en">
      <head>
        ${look.headTags('console')}
        <title>${title} · Console of ${product}</title>
        <script type="module" src="${script.path}"></script>
      </head>
      <body class="work console">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="topbar">
          <a class="brand" href="${paths.claims}">${product}</a>
          ${inside ? signedIn(formToken, pathname) : ''}
        </header>
        <main id="main" class="stack ${inside ? '' : 'door'}" tabindex="-1">${body}</main>
        <footer class="foot"><a href="/security">Security at ${product}</a></footer>
      </body>
    </html>`
}

function signedIn(formToken: string, pathname: string): Markup {
  return html`<nav aria-label="Console">
      <ul>
        ${sections.map(({ path, label }) => html`<li><a href="${path}" ${currentAt(path, pathname)}>${label}</a></li>`)}
      </ul>
    </nav>
    <form method="post" action="${paths.signOut}">
      <input type="hidden" name="form_token" value="${formToken}" />
      <button class="button quiet" type="submit">Sign out</button>
    </form>`
}

function currentAt(path: string, pathname: string): Markup | '' {
  if (pathname === path) return html`aria-current="page"`
  const below = path === paths.claims ? `${paths.claims}/claims/` : `${path}/`
  return pathname.startsWith(below) ? html`aria-current="true"` : ''
}

/** Said above what was refused: read out at once, what can be done, and the code to ask somebody by. */
export function told({ publicMessage, mend, code }: UpheldError): Markup {
  return html`<p class="notice bad" role="alert">${publicMessage} ${mend ?? ''} <small class="code">${code}</small></p>`
}

/** A form of one button. */
export function orderForm(
  formToken: string,
  fields: Readonly<Record<string, string>>,
  submit: string,
  tone: 'plain' | 'quiet' = 'plain',
): Markup {
  const about = fields['sabotage']
  return html`<form method="post" action="${paths.orders}">
    <input type="hidden" name="form_token" value="${formToken}" />
    ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button class="button ${tone === 'plain' ? '' : tone}" type="submit">
      ${submit}${about === undefined ? '' : html`<span class="unseen">: ${about}</span>`}
    </button>
  </form>`
}
