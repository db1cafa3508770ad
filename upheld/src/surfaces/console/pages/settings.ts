import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import type { Answer, ExplainedSetting, Visit } from '../ports.ts'

/** What is set, from where, and what it means: as `upheld config explain` says it. No secret is shown. */
export function settingsPage({ house }: Visit): Answer {
  return {
    title: 'Settings',
    body: html`<h1>Settings</h1>
      <p>
        As they were at the start, in the words of <code>upheld config explain</code>. They are changed where they come
        from, and count from the next start.
      </p>
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Value</th>
            <th scope="col">From</th>
            <th scope="col">What it is</th>
          </tr>
        </thead>
        <tbody>
          ${house.settings.map(row)}
        </tbody>
      </table>`,
  }
}

function row({ name, value, from, default: fallback, env, says }: ExplainedSetting): Markup {
  const origin = from === 'environment' ? env : from === 'option' ? `--${name}` : 'default'
  return html`<tr>
    <th scope="row">${name}</th>
    <td data-label="Value">${value === null ? 'not set' : html`<code>${value}</code>`}</td>
    <td data-label="From">
      ${origin}${from === 'default' || fallback === null ? '' : html`<br /><span class="hint">default ${fallback}</span>`}
    </td>
    <td data-label="What it is">${says}</td>
  </tr>`
}
