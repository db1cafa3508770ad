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

/** In plain words, for somebody who meets the promises here for the first time. */
const sentences: Readonly<Record<string, string>> = {
  'isolation.rows': 'No organization reaches the rows of another',
  'production.least-privilege': 'Each login can do its own duty and nothing beyond it',
  'tls.only': 'All traffic is encrypted',
  'headers.graded': 'Pages and cookies are hardened against other sites',
  'disclosure.open': 'Whoever finds a weakness knows where to report it',
}

/** What may be said of each promise after a look. On a narrow screen a row is a stack, and stays a row for a reader. */
export function claimsPart({ claims }: LookReport): Markup {
  return html`<section class="part">
    <h2>What may be said</h2>
    <table class="standings" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th scope="col" role="columnheader">Promise</th>
          <th scope="col" role="columnheader">Seen</th>
          <th scope="col" role="columnheader">From</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${claims.map(
          ({ claim, standing, says }) =>
            html`<tr role="row">
              <th scope="row" role="rowheader">${sentences[claim] ?? claim} <code>${claim}</code></th>
              <td role="cell" class="${marks[standing]}"><span class="verdict">${standing}</span></td>
              <td role="cell">${says}</td>
            </tr>`,
        )}
      </tbody>
    </table>
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
