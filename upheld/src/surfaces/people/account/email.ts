import { html } from 'hono/html'
import { field, form } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Inside, Route } from '../route.ts'
import { refused, told, type Shown } from '../told.ts'
import { sentPage } from '../door/sign-up.ts'

function emailPage({ formToken }: Inside, { error, email }: Shown): Answer {
  const fields = field({
    name: 'email',
    label: 'Your new address',
    type: 'email',
    autocomplete: 'email',
    value: email,
    lengthMax: 254,
    error,
  })
  return {
    title: 'Change your address',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Change your address</h1>
      <p>
        A link goes to the new one; the change holds once you open it. The old one is told, and can take the change back
        for three days.
      </p>
      ${told(error)} ${form({ action: paths.email, fields, submit: 'Send me a link', formToken })}`,
  }
}

/** A button, so that a mail scanner which opens the link changes nothing. */
function linkPage(link: string, action: string, words: typeof prove): Answer {
  const fields = html`<input type="hidden" name="link" value="${link}" />`
  return {
    title: words.title,
    body: html`<h1>${words.title}</h1>
      <p>${words.says}</p>
      ${form({ action, fields, submit: words.submit })}`,
  }
}

const prove = {
  title: 'Confirm your new address',
  says: 'You sign in with it from then on. All your other sessions end, and the old address is told.',
  submit: 'This is my address',
}
const undo = {
  title: 'Take the change back',
  says: 'Somebody changed the address of your account. If it was not you: the old one is yours again, every session ends, and you choose a new password next.',
  submit: 'It was not me, take it back',
}

export const emailRoutes: readonly Route[] = [
  { at: 'inside', method: 'GET', path: paths.email, answer: async visit => emailPage(visit, {}) },
  {
    at: 'inside',
    method: 'POST',
    path: paths.email,
    async answer(sent) {
      const { house, token, fields, from } = sent
      const email = text(fields, 'email')
      try {
        await house.identity.askEmailChange(token, email, from)
        return sentPage(
          'We have written to both addresses. The link in the mail to the new one works for half an hour, as long as you stay signed in here.',
        )
      } catch (thrown) {
        const error = refused(thrown)
        if (error.code !== 'identity.bad_email' && error.code !== 'identity.enough_mails') throw error
        return emailPage(sent, { error, email: email.slice(0, 254) })
      }
    },
  },
  {
    at: 'door',
    method: 'GET',
    path: paths.emailConfirm,
    answer: ({ url }) => linkPage(url.searchParams.get('link') ?? '', paths.emailConfirm, prove),
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.emailConfirm,
    async answer({ house, fields, from }) {
      await house.identity.confirmEmailChange(text(fields, 'link'), from)
      return { redirect: paths.account }
    },
  },
  {
    at: 'door',
    method: 'GET',
    path: paths.emailUndo,
    answer: ({ url }) => linkPage(url.searchParams.get('link') ?? '', paths.emailUndo, undo),
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.emailUndo,
    async answer({ house, fields, from }) {
      await house.identity.undoEmailChange(text(fields, 'link'), from)
      return { redirect: paths.forgot }
    },
  },
]
