import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { form } from '../forms.ts'
import { passwordField, recoveryField, totpField } from '../proof-fields.ts'
import { passkeyForm, passkeyIn } from '../passkeys/passkey-form.ts'
import { onward, paths } from '../paths.ts'
import type { Answer, Inside, Route } from '../route.ts'
import { refused, told, type Shown } from '../told.ts'

interface Tried extends Shown {
  /** The name of the field that was sent. */
  readonly tried?: string | undefined
}

/** Asked before what a stolen session must not be enough for; afterwards the way goes on to where it was. */
async function confirmPage({ house, token, formToken }: Inside, { error, next, tried }: Tried): Promise<Answer> {
  const { personId, organizationId } = await house.identity.session(token)
  const [factors, { hasPassword }] = await Promise.all([house.factors.of(personId), house.identity.person(token)])
  const own = factors.second || hasPassword
  const app = factors.usable.includes('totp')
  const recovery = recoveryField(tried === 'recovery' ? error : undefined)
  const asked = app
    ? totpField(tried === 'totp' ? error : undefined)
    : factors.second
      ? recovery
      : passwordField(error, 'Your password')
  return {
    title: 'Is it you?',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Is it you?</h1>
      <p>
        What comes next is sensitive, and it is a while since you proved who you are. Then you go on where you were.
      </p>
      ${told(error)} ${organizationId === undefined ? '' : providerLink(organizationId, next)}
      ${own ? form({ action: paths.confirm, fields: asked, submit: 'Go on', formToken, next }) : ''}
      ${
        app && factors.usable.includes('recovery')
          ? html`<details ${tried === 'recovery' ? html`open` : ''}>
              <summary>I do not have it with me</summary>
              ${form({ action: paths.confirm, fields: recovery, submit: 'Go on with this code', formToken, next, tone: 'quiet' })}
            </details>`
          : ''
      }
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

/** Whoever came by the provider of an organization is asked there once more. */
function providerLink(organization: string, next: string | undefined): Markup {
  const query = new URLSearchParams({ organization, again: '1', ...(next === undefined ? {} : { next }) })
  return html`<p><a class="button" href="${paths.sso}?${query.toString()}">Prove it at your provider</a></p>`
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
        return confirmPage(sent, { error, next: fields.get('next'), tried: Object.keys(proof)[0] })
      }
    },
  },
]
