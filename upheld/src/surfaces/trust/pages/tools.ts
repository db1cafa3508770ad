import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { settings, toolSteps } from '../tools/steps.ts'
import { paths, type View } from '../view.ts'
import { frame } from './frame.ts'

/** How to check the log of this site with programs that are not ours: each command as it can be typed. */
export function toolsPage(view: View): Markup {
  const key = view.report.log?.key ?? 'the key that you keep'
  const main = html`<div class="opening">
      <p class="crumb"><a href="${paths.check}">Check it yourself</a> / <code>tools</code></p>
      <h1>Check it with tools of others</h1>
      <p class="lede">
        None of these programs is ours. Type the steps into a shell, in an empty folder and in this order; each ends
        with an error when it does not hold.
      </p>
    </div>
    <section class="part">
      <h2>Before you begin</h2>
      <div class="prose">
        <p>
          The key here came with this page. A page that lies would show its own: put in the one that you were given on
          another way.
        </p>
        <pre>${settings(view.origin, key)}</pre>
      </div>
    </section>
    ${toolSteps.map(
      ({ name, title, needs, says, commands, prints }) =>
        html`<section class="part" id="${name}">
          <h2>${title}</h2>
          <div class="prose">
            <p>${says}</p>
            <pre data-step="${name}">${commands}</pre>
            <p class="soft">Takes ${needs.join(', ')}. Prints ${prints}.</p>
          </div>
        </section>`,
    )}`
  return frame(view, { title: `Tools of others · ${view.page.title}`, current: paths.check, main })
}
