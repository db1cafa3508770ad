import { html } from 'hono/html'
import { severities } from '../../../proof/lint/index.ts'
import type { Markup } from '../../look/index.ts'
import type { LookedFinding, LookReport } from '../model.ts'
import { count, manyLines, oneLine } from '../words.ts'
import { name } from './name.ts'

const placesOpenMax = 8

/** Each rule once, with every place that breaks it; most dangerous first. */
export function findingsPart({ findings }: LookReport): Markup | '' {
  if (findings.length === 0) return ''
  return html`${severities.map(severity => {
    const found = findings.filter(one => one.severity === severity)
    if (found.length === 0) return ''
    const rules = [...new Set(found.map(({ rule }) => rule))]
    return html`<section class="part ${severity}" id="${severity}">
      <h2>${severity[0]?.toUpperCase()}${severity.slice(1)}</h2>
      <div>${rules.map(rule => ruleOf(found.filter(one => one.rule === rule)))}</div>
    </section>`
  })}`
}

function ruleOf(found: readonly LookedFinding[]): Markup | '' {
  const [first] = found
  if (first === undefined) return ''
  const rest = found.slice(placesOpenMax)
  return html`<article class="found">
    <h3>${first.title}</h3>
    <p>${first.why}</p>
    <p class="small soft"><code>${first.rule}</code>, ${count(found.length, 'place')}</p>
    <ul class="places">
      ${found.slice(0, placesOpenMax).map(placeOf)}
    </ul>
    ${
      rest.length === 0
        ? ''
        : html`<details class="how">
            <summary>${count(rest.length, 'more place')}</summary>
            <ul class="places">
              ${rest.map(placeOf)}
            </ul>
          </details>`
    }
  </article>`
}

function placeOf({ of, place, saw, mend }: LookedFinding): Markup {
  return html`<li>
    <p><span class="kind">${place.kind}</span> ${name(place.label)}</p>
    <p class="soft"><bdi>${oneLine(saw)}</bdi></p>
    ${
      mend.length === 0
        ? html`<p class="small soft">No statement mends this.</p>`
        : html`<details class="how">
            <summary>What mends it</summary>
            ${
              of === 'database'
                ? html`<pre><bdi>${manyLines(mend.join('\n'))}</bdi></pre>`
                : html`<ul class="marks">
                    ${mend.map(step => html`<li><bdi>${oneLine(step)}</bdi></li>`)}
                  </ul>`
            }
          </details>`
    }
  </li>`
}
