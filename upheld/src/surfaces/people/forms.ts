import { html } from 'hono/html'
import type { UpheldError } from '../../core/errors.ts'
import type { Markup } from '../look/index.ts'
import { aboutField } from './about-field.ts'

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
  /** May be left empty. */
  readonly optional?: boolean
  /** Where a page has two fields of one name: what this one is called in the page. */
  readonly id?: string
  /** Why the form that holds it was refused. A field that it is about is marked, described by it, and focused. */
  readonly error?: UpheldError | undefined
}

/** Of what `problem` says, for the fields that it is about. */
const problemId = 'refused'

/** One labelled field. What was typed comes back, but for passwords and codes. */
export function field(given: Field): Markup {
  const {
    name,
    label,
    type = 'text',
    autocomplete,
    value,
    hint,
    numeric = false,
    lengthMax,
    optional,
    id = name,
    error,
  } = given
  const hintId = `${id}-hint`
  const wrong = aboutField(error, name)
  const described = [...(wrong ? [problemId] : []), ...(hint === undefined ? [] : [hintId])].join(' ')
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      ${type === 'text' && !numeric ? html`dir="auto"` : ''}
      ${value === undefined ? '' : html`value="${value}"`}
      ${described === '' ? '' : html`aria-describedby="${described}"`}
      ${wrong ? html`aria-invalid="true" autofocus` : ''}
      ${numeric ? html`inputmode="numeric"` : ''}
      ${lengthMax === undefined ? '' : html`maxlength="${lengthMax}"`}
      ${optional === true ? '' : html`required`}
    />
    ${hint === undefined ? '' : html`<p class="hint" id="${hintId}">${hint}</p>`}
  </div>`
}

interface Option {
  readonly value: string
  readonly label: string
  readonly hint?: string | undefined
}

interface Choice {
  readonly name: string
  /** Where a page has two of one name: what this one is called in the page. */
  readonly id?: string
  readonly label: string
  readonly options: readonly Option[]
  readonly value?: string | undefined
}

/** One of many, in a list that unfolds. */
export function choice({ name, label, options, value, id = name }: Choice): Markup {
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <select id="${id}" name="${name}" required>
      ${options.map(
        option =>
          html`<option value="${option.value}" ${option.value === value ? html`selected` : ''}>
            ${option.label}
          </option>`,
      )}
    </select>
  </div>`
}

/** One of a few, all of them in sight. */
export function radios({ name, label, options, value }: Choice): Markup {
  return html`<fieldset class="choices">
    <legend>${label}</legend>
    ${options.map(
      option =>
        html`<label>
          <input
            type="radio"
            name="${name}"
            value="${option.value}"
            required
            ${option.value === value ? html`checked` : ''}
          />
          <span>${option.label}${hintOf(option)}</span>
        </label>`,
    )}
  </fieldset>`
}

interface Checks {
  readonly label: string
  /** Before the value of each, since a form sends each name once: `role_` and `admin` are `role_admin`. */
  readonly prefix: string
  readonly options: readonly Option[]
  readonly values: readonly string[]
}

/** Any of a few. What was chosen is read back by `chosen`. */
export function checks({ label, prefix, options, values }: Checks): Markup {
  return html`<fieldset class="choices">
    <legend>${label}</legend>
    ${options.map(
      option =>
        html`<label>
          <input
            type="checkbox"
            name="${prefix}${option.value}"
            value="on"
            ${values.includes(option.value) ? html`checked` : ''}
          />
          <span>${option.label}${hintOf(option)}</span>
        </label>`,
    )}
  </fieldset>`
}

/** What was chosen in `checks`, in the order in which it was sent. */
export function chosen(fields: ReadonlyMap<string, string>, prefix: string): readonly string[] {
  return [...fields.keys()].filter(name => name.startsWith(prefix)).map(name => name.slice(prefix.length))
}

function hintOf({ hint }: Option): Markup | '' {
  return hint === undefined ? '' : html`<small class="hint">${hint}</small>`
}

interface Form {
  readonly action: string
  readonly fields: Markup | readonly Markup[]
  readonly submit: string
  /** Of a session; a form at the door has none, and is known by its origin. */
  readonly formToken?: string | undefined
  readonly next?: string | undefined
  readonly tone?: 'plain' | 'quiet' | 'danger'
  /** Which of several alike it is, for whoever does not see where the button stands. */
  readonly about?: string | undefined
}

export function form({ action, fields, submit, formToken, next, tone = 'plain', about }: Form): Markup {
  return html`<form class="stack" method="post" action="${action}">
    ${formToken === undefined ? '' : html`<input type="hidden" name="form_token" value="${formToken}" />`}
    ${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`} ${fields}
    <div class="actions">
      <button class="button ${tone === 'plain' ? '' : tone}" type="submit">
        ${submit}${about === undefined ? '' : html`<span class="unseen">: ${about}</span>`}
      </button>
    </div>
  </form>`
}

/** Said above a form that was refused: read out at once, what can be done about it, and the code to ask somebody by. */
export function problem(says: string, mend?: string, code?: string): Markup {
  return html`<p class="notice bad" role="alert" id="${problemId}">
    ${says} ${mend ?? ''} ${code === undefined ? '' : html`<small class="code">${code}</small>`}
  </p>`
}

/** A name among other words: one that is written from right to left turns nothing else round. */
export function called(name: string): Markup {
  return html`<bdi>${name}</bdi>`
}

const minutes = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

export function moment(at: Date): Markup {
  return html`<time datetime="${at.toISOString()}">${minutes.format(at)} UTC</time>`
}
