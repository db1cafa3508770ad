import { html } from 'hono/html'
import { field, form } from './forms.ts'
import { passkeyForm, passkeyIn } from './passkey-form.ts'
import { onward, paths } from './paths.ts'
import type { Answer, Inside, Route } from './route.ts'
import { refused, told, type Shown } from './sign-in.ts'

/** Asked before what a stolen session must not be enough for; afterwards the way goes on to where it was. */
async function confirmPage({ house, token, formToken }: Inside, { error, next }: Shown): Promise<Answer> {
  const factors = await house.factors.of((await house.identity.session(token)).personId)
  const asked = factors.usable.includes('totp')
    ? field({ name: 'totp', label: 'Code of your app', autocomplete: 'one-time-code', numeric: true, lengthMax: 12 })
    : factors.second
      ? field({ name: 'recovery', label: 'A recovery code', autocomplete: 'off', lengthMax: 60 })
      : field({ name: 'password', label: 'Your password', type: 'password', autocomplete: 'current-password' })
  return {
    title: 'Is it you?',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Is it you?</h1>
      <p>What comes next is sensitive, and some time has passed since you proved who you are.</p>
      ${told(error)} ${form({ action: paths.confirm, fields: asked, submit: 'Go on', formToken, next })}
      ${
        factors.usable.includes('passkey')
          ? passkeyForm({
              action: paths.confirm,
              options: paths.confirmOptions,
              act: 'get',
              submit: 'Use a passkey',
              formToken,
              next,
            })
          : ''
      }`,
  }
}

export const confirmRoutes: readonly Route[] = [
  {
    at: 'inside',
    method: 'GET',
    path: paths.confirm,
    answer: visit => confirmPage(visit, { next: visit.url.searchParams.get('next') ?? undefined }),
  },
  {
    at: 'inside',
    method: 'POST',
    path: paths.confirm,
    async answer(sent) {
      const { house, token, fields, from } = sent
      const [totp, recovery, password] = [fields.get('totp'), fields.get('recovery'), fields.get('password')]
      const passkey = passkeyIn(fields)
      const proof =
        passkey !== undefined
          ? { passkey: passkey.answer }
          : totp !== undefined
            ? { totp }
            : recovery !== undefined
              ? { recovery }
              : { password: password ?? '' }
      try {
        const renewed = await house.identity.stepUp(token, proof, from)
        return { redirect: onward(fields.get('next'), paths.account), cookies: [house.cookies.set(renewed.token)] }
      } catch (thrown) {
        const error = refused(thrown)
        if (error.code === 'identity.no_session') throw error
        return confirmPage(sent, { error, next: fields.get('next') })
      }
    },
  },
]
