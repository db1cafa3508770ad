import { html } from 'hono/html'
import { field, form } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Route } from '../route.ts'
import { refused, told, type Shown } from '../told.ts'
import { arrived } from './sign-in.ts'
import { overPage, sentPage } from './sign-up.ts'
import { answering, workField } from './work.ts'

function forgotPage({ error, email }: Shown): Answer {
  const fields = field({
    name: 'email',
    label: 'E-mail',
    type: 'email',
    autocomplete: 'username',
    value: email,
    lengthMax: 254,
    error,
  })
  return {
    title: 'A new password',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>A new password</h1>
      <p>A link goes to your address. It lets you choose a new one.</p>
      ${told(error)} ${form({ action: paths.forgot, fields: [fields, workField(error)], submit: 'Send me a link' })}
      <p><a href="${paths.signIn}">Back to the sign-in</a></p>`,
  }
}

function resetPage(link: string, { error }: Shown): Answer {
  const fields = [
    html`<input type="hidden" name="link" value="${link}" />`,
    field({
      name: 'password',
      label: 'Your new password',
      type: 'password',
      autocomplete: 'new-password',
      hint: '15 characters or more, or 8 where you have a second factor.',
      error,
    }),
  ]
  if (error?.code === 'identity.link_over') return overPage(error, paths.forgot, 'Ask for a new link')
  return {
    title: 'A new password',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Choose a new password</h1>
      <p>
        Every session ends, here and on all other devices. Your second factor stays as it is, and is asked for next.
      </p>
      ${told(error)} ${form({ action: paths.reset, fields, submit: 'Set the password' })}`,
  }
}

export const forgotRoutes: readonly Route[] = [
  { at: 'door', method: 'GET', path: paths.forgot, answer: () => forgotPage({}) },
  {
    at: 'door',
    method: 'POST',
    path: paths.forgot,
    async answer({ house, fields, from }) {
      const email = text(fields, 'email')
      try {
        await house.identity.askReset(email, answering(from, fields))
        return { redirect: paths.forgotSent }
      } catch (thrown) {
        return forgotPage({ error: refused(thrown), email: email.slice(0, 254) })
      }
    },
  },
  {
    at: 'door',
    method: 'GET',
    path: paths.forgotSent,
    answer: () =>
      sentPage('If the address belongs to an account, a link is on its way. It works once, within half an hour.'),
  },
  {
    at: 'door',
    method: 'GET',
    path: paths.reset,
    answer: ({ url }) => resetPage(url.searchParams.get('link') ?? '', {}),
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.reset,
    async answer({ house, fields, from }) {
      const link = text(fields, 'link')
      try {
        return arrived(house, await house.identity.reset({ link, password: text(fields, 'password') }, from), undefined)
      } catch (thrown) {
        return resetPage(link, { error: refused(thrown) })
      }
    },
  },
]
