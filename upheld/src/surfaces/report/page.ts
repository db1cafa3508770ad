import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { html, raw } from 'hono/html'
import { embeddedStyle } from '../look/index.ts'
import type { LookReport } from './model.ts'
import { findingsPart } from './pages/findings.ts'
import { attacksPart } from './pages/attacks.ts'
import { notSeenPart } from './pages/not-seen.ts'
import { opening } from './pages/opening.ts'
import { lookedPart, claimsPart } from './pages/parts.ts'
import { oneLine } from './words.ts'

/**
 * The report as one HTML file for somebody who decides: no script, no request to anywhere, its style inside and named
 * in its own policy. About 0.3 MB, most of it fonts.
 */
export async function pageOf(report: LookReport): Promise<string> {
  const style = `${embeddedStyle()}\n${readFileSync(new URL('report.css', import.meta.url), 'utf8')}`
  const digest = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; font-src data:; base-uri 'none'; form-action 'none'`
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>A look at ${report.looked.map(({ name }) => oneLine(name)).join(' and ')}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body class="set report">
        <main id="main">
          ${opening(report)} ${claimsPart(report)} ${findingsPart(report)} ${attacksPart(report)} ${notSeenPart(report)}
          ${lookedPart(report)}
        </main>
        <footer class="foot">
          <p>
            Made by Upheld ${report.version} at <time datetime="${report.at}">${report.at}</time>. A look reads and
            asks, and changes nothing. That no hole was seen does not mean that there is none.
          </p>
          <p>This file tells where the weak places are. Keep it as you would keep a key.</p>
        </footer>
      </body>
    </html>`
  return String(await page)
}
