import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import type { LookReport, Standing } from '../model.ts'
import { oneLine } from '../words.ts'
import { name } from './name.ts'
import { subjects } from './opening.ts'

const marks: Readonly<Record<Standing, string>> = {
  'hole seen': 'refuted',
  'no hole seen': 'upheld',
  unproven: 'unproven',
  'upheld in the scratch copy': 'upheld',
  'refuted in the scratch copy': 'refuted',
}

/** What may be said of each promise after a look. */
export function claimsPart({ claims }: LookReport): Markup {
  return html`<section class="part">
    <h2>What may be said</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="What may be said of each promise">
      <table>
        <thead>
          <tr>
            <th scope="col">Promise</th>
            <th scope="col">Seen</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          ${claims.map(
            ({ claim, standing, says }) =>
              html`<tr>
                <th scope="row"><code>${claim}</code></th>
                <td class="${marks[standing]}"><span class="verdict">${standing}</span></td>
                <td>${says}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`
}

/** What was looked at, and how much of it. */
export function lookedPart({ looked }: LookReport): Markup {
  return html`<section class="part">
    <h2>What was looked at</h2>
    <div>
      ${looked.map(
        one =>
          html`<h3>${subjects[one.of]} ${name(one.name)}</h3>
            <dl class="facts wide">
              ${one.facts.map(
                ([label, text]) =>
                  html`<dt>${label}</dt>
                    <dd><bdi>${oneLine(text)}</bdi></dd>`,
              )}
            </dl>`,
      )}
    </div>
  </section>`
}
