import { html } from 'hono/html'
import { passkeyForm, passkeyName } from '../passkeys/passkey-form.ts'
import { onward, paths } from '../paths.ts'
import type { Answer, Route } from '../route.ts'

/** Whoever a provider speaks for adds nothing to their account: the provider asks for more, or they come another way. */
function byProvider(organization: string, next: string): Answer {
  const query = new URLSearchParams({ organization, next })
  return {
    title: 'A second factor',
    body: html`<h1>One more lock</h1>
      <p>
        What you may do here is worth more than one factor, and your provider did not say that it asked you for a second
        one. Sign in there with a second factor, or sign in here with your password and add one.
      </p>
      <p><a class="button" href="${paths.sso}?${query.toString()}">Sign in at your provider</a></p>
      <p><a href="${paths.signIn}?next=${encodeURIComponent(next)}">Sign in another way</a></p>`,
  }
}

/** Where somebody is led whom an organization lets in with a second factor alone, and who has none yet. */
export const neededRoutes: readonly Route[] = [
  {
    at: 'inside',
    method: 'GET',
    path: paths.secondNeeded,
    async answer({ house, token, formToken, url }) {
      const { personId, organizationId } = await house.identity.session(token)
      const { second } = await house.factors.of(personId)
      const next = onward(url.searchParams.get('next') ?? undefined, house.home)
      // Who has one by now proves it by signing in: this session began without.
      if (second) return { redirect: `${paths.signIn}?next=${encodeURIComponent(next)}` }
      if (organizationId !== undefined) return byProvider(organizationId, next)
      return {
        title: 'A second factor',
        body: html`<h1>One more lock</h1>
          <p>
            What you may do here is worth more than a password alone. Add a second factor: an authenticator app, or a
            passkey of this device or of a security key. It takes a minute.
          </p>
          <p><a class="button" href="${paths.totp}?next=${encodeURIComponent(next)}">Use an app with codes</a></p>
          ${passkeyForm({
            action: paths.addPasskey,
            options: paths.addPasskeyOptions,
            act: 'create',
            submit: 'Use a passkey',
            formToken,
            next,
            fields: [html`<p>Or without an app:</p>`, passkeyName],
          })}`,
      }
    },
  },
]
