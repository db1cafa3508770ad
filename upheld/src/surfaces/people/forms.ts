import { html } from 'hono/html'
import type { Markup } from '../look/index.ts'

interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password'
  /** For the browser and for managers of passwords, as the HTML standard names them. */
  readonly autocomplete: string
  readonly value?: string | undefined
  readonly hint?: string
  readonly numeric?: boolean
  readonly lengthMax?: number
}

/** One labelled field. What was typed comes back, but for passwords and codes. */
export function field(given: Field): Markup {
  const { name, label, type = 'text', autocomplete, value, hint, numeric = false, lengthMax } = given
  const hintId = `${name}-hint`
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      ${value === undefined ? '' : html`value="${value}"`}
      ${hint === undefined ? '' : html`aria-describedby="${hintId}"`}
      ${numeric ? html`inputmode="numeric"` : ''}
      ${lengthMax === undefined ? '' : html`maxlength="${lengthMax}"`}
      required
    />
    ${hint === undefined ? '' : html`<p class="hint" id="${hintId}">${hint}</p>`}
  </div>`
}

interface Form {
  readonly action: string
  readonly fields: Markup | readonly Markup[]
  readonly submit: string
  /** Of a session; a form at the door has none, and is known by its origin. */
  readonly formToken?: string | undefined
  readonly next?: string | undefined
  readonly tone?: 'plain' | 'quiet' | 'danger'
}

export function form({ action, fields, submit, formToken, next, tone = 'plain' }: Form): Markup {
  return html`<form class="stack" method="post" action="${action}">
    ${formToken === undefined ? '' : html`<input type="hidden" name="form_token" value="${formToken}" />`}
    ${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`} ${fields}
    <div class="actions"><button class="button ${tone === 'plain' ? '' : tone}" type="submit">${submit}</button></div>
  </form>`
}

/** Said above a form that was refused: read out at once, and what can be done about it. */
export function problem(says: string | undefined, mend?: string): Markup | '' {
  return says === undefined ? '' : html`<p class="notice bad" role="alert">${says} ${mend ?? ''}</p>`
}

const minutes = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

export function moment(at: Date): Markup {
  return html`<time datetime="${at.toISOString()}">${minutes.format(at)} UTC</time>`
}
