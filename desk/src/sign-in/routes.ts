import { html } from 'hono/html'
import { readCredential } from '../access/secrets.ts'
import { endSession, redeemLink } from '../access/sessions.ts'
import { refuse } from '../errors.ts'
import { endedCookie, sessionCookie } from '../http/cookies.ts'
import { input } from '../http/inputs.ts'
import { document } from '../http/layout.ts'
import { pageRoute, publicRoute, redirect } from '../http/page-route.ts'
import type { Route } from '../http/route.ts'

const how = publicRoute({
  method: 'GET',
  path: '/sign-in',
  answer: ({ head }) =>
    document({
      head,
      title: 'Sign in',
      body: html`<h1>Sign in</h1>
        <p>The terminal that this desk was started from shows links for signing in. Each works once, for 15 minutes.</p>
        <p>A member who was added by an owner has such a link from them.</p>`,
    }),
})

/** Opening the link uses nothing up: a mail scanner or a preview may do it before the person does. */
const arrive = publicRoute({
  method: 'GET',
  path: '/sign-in/:link',
  async answer({ head, params }) {
    const link = params['link'] ?? ''
    if (readCredential(link) === undefined) throw refuse.link_refused()
    return document({
      head,
      title: 'Sign in',
      body: html`<h1>Sign in</h1>
        <p>This link works once.</p>
        <form method="post" action="/sign-in/${link}">
          <button class="button" type="submit">Continue</button>
        </form>`,
    })
  },
})

const redeem = publicRoute({
  method: 'POST',
  path: '/sign-in/:link',
  async answer({ upheld, url, params }) {
    // Asked first: where no cookie may be set, the link is not used up either.
    sessionCookie(url, '')
    const token = await redeemLink(upheld, params['link'] ?? '')
    if (token === undefined) throw refuse.link_refused()
    return redirect('/', sessionCookie(url, token))
  },
})

const leave = pageRoute({
  method: 'POST',
  path: '/sign-out',
  permission: 'session.end',
  input,
  async answer({ session, url }) {
    await endSession(session)
    return { redirect: '/sign-in', cookie: endedCookie(url) }
  },
})

export const signInRoutes: readonly Route[] = [how, arrive, redeem, leave]
