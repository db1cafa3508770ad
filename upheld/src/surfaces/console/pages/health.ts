import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { factsOf, type Fact } from '../facts.ts'
import type { Answer, Visit } from '../ports.ts'

/** What the running processes know of themselves. */
export async function healthPage({ house }: Visit): Promise<Answer> {
  const [report, turns] = await Promise.all([house.report(), house.turns()])
  const facts = await factsOf(house, report, turns)
  return {
    title: 'Health',
    body: html`<h1>Health</h1>
      <p>
        What this process can see with the logins that it has. Files, keys and roles are looked at by
        <code>upheld doctor</code>, at the machine.
      </p>
      <ul class="checks">
        ${facts.map(line)}
      </ul>`,
  }
}

function line({ id, ok, says, mend }: Fact): Markup {
  const [word, tone] = ok === true ? ['well', 'good'] : ok === false ? ['not well', 'bad'] : ['unknown', 'warn']
  return html`<li>
    <span class="badge ${tone}">${word}</span>
    <div>
      <strong>${id}</strong>
      <p>${says}</p>
      ${mend === undefined ? '' : html`<p class="hint">${mend}</p>`}
    </div>
  </li>`
}
