import { html } from 'hono/html'
import type { TrustReport } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { contactLink, securityTxtState, type SecurityTxtState } from '../security-txt.ts'
import { day, minuteMs, moment } from '../times.ts'
import { lastEnd } from '../until.ts'
import { paths, type View } from '../view.ts'
import { number } from '../words.ts'
import { faultNotice } from './fault.ts'
import { refusedNotice } from './witnessed.ts'

interface Frame {
  readonly title: string
  /** Which entry of the top bar this page is, if it is one. */
  readonly current?: string
  readonly main: Markup
  /** Path of the script that this page runs. */
  readonly script?: string
}

const bar = [
  ['Promises', paths.page],
  ['History', paths.history],
  ['Evidence', paths.evidence],
] as const

/** The whole page around its main part. */
export function frame(view: View, { title, current, main, script }: Frame): Markup {
  const { service } = view.report
  return html`<!doctype html>
    <html lang="en">
      <head>
        ${view.look.headTags('set')}
        <title>${title}</title>
        <link rel="alternate" type="application/json" href="${paths.feed}" title="Every claim and how it stands" />
        <link rel="alternate" type="application/atom+xml" href="${paths.atom}" title="What changed" />
        <link rel="service-desc" type="application/vnd.oai.openapi+json" href="${paths.openapi}" />
        ${script === undefined ? '' : html`<script type="module" src="${script}"></script>`}
      </head>
      <body class="set">
        <a class="skip" href="#main">Skip to the text</a>
        <header class="topbar">
          <a class="brand" href="/"><bdi>${service}</bdi></a>
          <nav aria-label="Security">
            <ul>
              ${bar.map(([name, path]) => item(name, path, current))}
            </ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">${faultNotice(view.report, view.nowMs)}${refusedNotice(view)}${main}</main>
        ${foot(view)}
      </body>
    </html>`
}

function item(name: string, path: string, current: string | undefined): Markup {
  return path === current
    ? html`<li><a href="${path}" aria-current="page">${name}</a></li>`
    : html`<li><a href="${path}">${name}</a></li>`
}

function foot({ report, page, nowMs, outsiders }: View): Markup {
  const { log } = report
  const head =
    log === undefined
      ? html`<p>There is no signed checkpoint yet.</p>`
      : html`<p>
          Checkpoint <code>${log.origin}</code>, ${number(log.size)} entries, root <code>${log.root}</code>, signed
          ${moment(log.signedAt)}.
        </p>`
  return html`<footer class="foot">
    ${head} ${madeAt(report, nowMs)}
    <ul>
      <li><a href="${paths.check}">Check it yourself</a></li>
      ${outsiders === undefined ? '' : html`<li><a href="${outsiders}">Probe it yourself</a></li>`}
      <li><a href="${paths.evidence}#verify">Verify without us</a></li>
      <li><a href="${paths.bundle}">Download everything</a></li>
      <li><a href="${paths.feed}">Feed</a>, <a href="${paths.atom}">Atom</a></li>
      <li><a href="${paths.securityTxt}">security.txt</a>${ranOut(securityTxtState(page, nowMs))}</li>
      <li>Report a weakness: ${contactLink(page.contact)}</li>
    </ul>
  </footer>`
}

/**
 * When this copy was made, and until when it may be believed at all: a reader of an old copy sees both. To the minute,
 * so that a reader who has the page already can be told so.
 */
function madeAt(report: TrustReport, nowMs: number): Markup {
  const at = new Date(Math.floor(nowMs / minuteMs) * minuteMs).toISOString()
  const end = lastEnd(report)
  return html`<p data-made-at="${at}">
    This page was made on ${moment(at)}.
    ${
      end === undefined
        ? 'It promises nothing.'
        : html`Its last promise ends on ${moment(end)} unless it is proven again: a copy that is read later promises
          nothing. Load it again then.`
    }
  </p>`
}

/** Whose time is up is not to be trusted (RFC 9116, section 2.5.5), so that is said where the file is named. */
function ranOut({ expires, state }: SecurityTxtState): Markup | '' {
  return state === 'expired' ? html` (<strong>ran out</strong> on ${day(expires)}: ask before you rely on it)` : ''
}
