import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { field } from '../forms.ts'

interface PasskeyForm {
  /** Where the answer of the browser goes. */
  readonly action: string
  /** Where the question for the browser comes from. */
  readonly options: string
  readonly act: 'get' | 'create'
  readonly submit: string
  readonly formToken?: string | undefined
  readonly next?: string | undefined
  readonly fields?: Markup | readonly Markup[]
}

/** What a new passkey is called: who has several tells them apart by it. */
export const passkeyName = field({
  name: 'name',
  label: 'Name of the passkey',
  autocomplete: 'off',
  hint: 'Such as the device that it is on.',
  lengthMax: 60,
})

/** Hidden until the script finds that this browser knows passkeys. */
export function passkeyForm({ action, options, act, submit, formToken, next, fields }: PasskeyForm): Markup {
  return html`<form class="stack" method="post" action="${action}" data-options="${options}" data-act="${act}" hidden>
    ${formToken === undefined ? '' : html`<input type="hidden" name="form_token" value="${formToken}" />`}
    ${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}" />`}
    <input type="hidden" name="passkey" value="" />
    ${fields ?? ''}
    <div class="actions"><button class="button quiet" type="submit">${submit}</button></div>
    <p role="status"></p>
  </form>`
}

/** What the browser answered, as JSON; undefined where it is none. Its form is judged by whoever verifies it. */
export function passkeyIn(fields: ReadonlyMap<string, string>): { readonly answer: unknown } | undefined {
  const given = fields.get('passkey')
  if (given === undefined) return undefined
  try {
    return { answer: JSON.parse(given) }
  } catch {
    return { answer: undefined }
  }
}
