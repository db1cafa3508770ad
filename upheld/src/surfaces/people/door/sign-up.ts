import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import type { Markup } from '../../look/index.ts'
import { field, form } from '../forms.ts'
import { paths } from '../paths.ts'
import type { House } from '../ports.ts'
import { passwordField } from '../proof-fields.ts'
import { text } from '../reading.ts'
import type { Answer, Route } from '../route.ts'
import { refused, told, type Shown } from '../told.ts'
import { arrived } from './sign-in.ts'
import { answering, workField } from './work.ts'

interface Draft extends Shown {
  readonly name?: string
}

const newPassword = (error: UpheldError | undefined): Markup =>
  field({
    name: 'password',
    label: 'Password',
    type: 'password',
    autocomplete: 'new-password',
    hint: '15 characters or more: a sentence is a good one. There are no other rules.',
    error,
  })

function signUpPage({ product }: House, { error, email, name }: Draft): Answer {
  const fields = [
    field({ name: 'name', label: 'Your name', autocomplete: 'name', value: name, lengthMax: 200, error }),
    field({
      name: 'email',
      label: 'E-mail',
      type: 'email',
      autocomplete: 'username',
      value: email,
      hint: 'A link goes there. It opens your account.',
      lengthMax: 254,
      error,
    }),
    newPassword(error),
    workField(error),
  ]
  return {
    title: 'Sign up',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>An account at ${product}</h1>
      ${told(error)} ${form({ action: paths.signUp, fields, submit: 'Send me a link' })}
      <p><a href="${paths.signIn}">I have an account</a></p>`,
  }
}

interface Confirming extends Shown {
  /** Given by whoever did not choose what the sign-up says, and chooses now. */
  readonly name?: string | undefined
}

/** The password once more: whoever reads the mail did not necessarily choose it. They may choose their own instead. */
function confirmPage(link: string, { error, name }: Confirming): Answer {
  const hidden = html`<input type="hidden" name="link" value="${link}" />`
  const anew = name !== undefined
  const old = passwordField(error, 'The password that you chose')
  const fields = anew
    ? [
        hidden,
        field({ name: 'name', label: 'Your name', autocomplete: 'name', value: name, lengthMax: 200, error }),
        newPassword(error),
      ]
    : [hidden, old]
  if (error?.code === 'identity.link_over') return overPage(error, paths.signUp, 'Sign up once more')
  return {
    title: 'Confirm your address',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Confirm your address</h1>
      ${told(error)} ${form({ action: paths.signUpConfirm, fields, submit: 'Open my account' })}
      ${
        anew
          ? ''
          : html`<p>
              <a href="${paths.signUpConfirm}?anew=yes&link=${encodeURIComponent(link)}"
                >I did not choose one, or do not know it any more</a
              >
            </p>`
      }`,
  }
}

/** A link that opens nothing any more: the form would be in vain, so the way to another link stands in its place. */
export function overPage(error: UpheldError, path: `/${string}`, submit: string): Answer {
  return {
    title: 'This link is over',
    status: error.status,
    body: html`<h1>This link is over</h1>
      ${told(error)}
      <p><a class="button" href="${path}">${submit}</a></p>`,
  }
}

/** The same whoever has the address: what is the matter with it stands in the mail. */
export function sentPage(what: string): Answer {
  return {
    title: 'Look into your mail',
    body: html`<h1>Look into your mail</h1>
      <p>${what}</p>
      <p>Nothing came after a few minutes? Look into your spam folder, then try once more.</p>
      <p><a href="${paths.signIn}">Back to the sign-in</a></p>`,
  }
}

export const signUpRoutes: readonly Route[] = [
  { at: 'door', method: 'GET', path: paths.signUp, answer: ({ house }) => signUpPage(house, {}) },
  {
    at: 'door',
    method: 'POST',
    path: paths.signUp,
    async answer({ house, fields, from }) {
      const [name, email] = [text(fields, 'name'), text(fields, 'email')]
      try {
        await house.identity.signUp({ name, email, password: text(fields, 'password') }, answering(from, fields))
        return { redirect: paths.signUpSent }
      } catch (thrown) {
        return signUpPage(house, { error: refused(thrown), name: name.slice(0, 200), email: email.slice(0, 254) })
      }
    },
  },
  {
    at: 'door',
    method: 'GET',
    path: paths.signUpSent,
    answer: () => sentPage('We have sent you a link. It opens your account, once, within a day.'),
  },
  {
    // Opening the link uses nothing up: a mail scanner or a preview may do it before the person does.
    at: 'door',
    method: 'GET',
    path: paths.signUpConfirm,
    answer: ({ url }) =>
      confirmPage(url.searchParams.get('link') ?? '', { name: url.searchParams.has('anew') ? '' : undefined }),
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.signUpConfirm,
    async answer({ house, fields, from }) {
      const [link, name] = [text(fields, 'link'), fields.get('name')]
      try {
        const given = { link, password: text(fields, 'password'), ...(name === undefined ? {} : { name }) }
        return arrived(house, await house.identity.confirmSignUp(given, from), undefined)
      } catch (thrown) {
        return confirmPage(link, { error: refused(thrown), name: name?.slice(0, 200) })
      }
    },
  },
]
