import { html } from 'hono/html'
import { field, form } from './forms.ts'
import { paths } from './paths.ts'
import type { House } from './ports.ts'
import { text } from './reading.ts'
import type { Answer, Route } from './route.ts'
import { arrived, refused, told, type Shown } from './sign-in.ts'

interface Draft extends Shown {
  readonly name?: string
}

function signUpPage({ product }: House, { error, email, name }: Draft): Answer {
  const fields = [
    field({ name: 'name', label: 'Your name', autocomplete: 'name', value: name, lengthMax: 200 }),
    field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username', value: email, lengthMax: 254 }),
    field({
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'new-password',
      hint: '15 characters or more; a sentence is a good one. Any characters, no rules, and never to be changed by the calendar.',
    }),
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

/** The password once more: whoever reads the mail did not necessarily choose it. */
function confirmPage(link: string, { error }: Shown): Answer {
  const fields = [
    html`<input type="hidden" name="link" value="${link}" />`,
    field({
      name: 'password',
      label: 'The password that you chose',
      type: 'password',
      autocomplete: 'current-password',
    }),
  ]
  return {
    title: 'Confirm your address',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Confirm your address</h1>
      ${told(error)} ${form({ action: paths.signUpConfirm, fields, submit: 'Open my account' })}
      <p><a href="${paths.signUp}">Begin again</a></p>`,
  }
}

/** The same whoever has the address: what is the matter with it stands in the mail. */
export function sentPage(what: string): Answer {
  return {
    title: 'Look into your mail',
    body: html`<h1>Look into your mail</h1>
      <p>${what}</p>
      <p>Nothing came after a few minutes? Look among what your mail provider sorted out, then try once more.</p>
      <p><a href="${paths.signIn}">To the sign-in</a></p>`,
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
        await house.identity.signUp({ name, email, password: text(fields, 'password') }, from)
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
    answer: ({ url }) => confirmPage(url.searchParams.get('link') ?? '', {}),
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.signUpConfirm,
    async answer({ house, fields, from }) {
      const link = text(fields, 'link')
      try {
        return arrived(
          house,
          await house.identity.confirmSignUp({ link, password: text(fields, 'password') }, from),
          undefined,
        )
      } catch (thrown) {
        return confirmPage(link, { error: refused(thrown) })
      }
    },
  },
]
