import { html } from 'hono/html'
import type { Look, Markup } from '../../look/index.ts'
import { paths } from '../view.ts'

const refusals = {
  404: ['There is no such page', 'The address may be misspelt, or it never was one of ours.'],
  405: ['This page can only be read', 'It takes GET and HEAD, and nothing else: nobody can change it from outside.'],
  503: ['We cannot read our record now', 'So at this moment we promise nothing. Please come back in a minute.'],
} as const

export type RefusalStatus = keyof typeof refusals

/** A page that needs nothing but its words: it must also stand when the record cannot be read. */
export function refusalPage(look: Look, status: RefusalStatus): Markup {
  const [title, says] = refusals[status]
  return html`<!doctype html>
    <html lang="en">
      <head>
        ${look.headTags('set')}
        <title>${title}</title>
      </head>
      <body class="set">
        <main id="main">
          <div class="opening">
            <h1>${title}</h1>
            <p class="lede">${says}</p>
            <p><a href="${paths.page}">To the security page</a></p>
          </div>
        </main>
      </body>
    </html>`
}
