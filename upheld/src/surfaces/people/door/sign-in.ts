import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import type { Arrival } from '../../../guards/identity/index.ts'
import { field, form } from '../forms.ts'
import { passkeyForm, passkeyIn } from '../passkeys/passkey-form.ts'
import { onward, paths } from '../paths.ts'
import type { House } from '../ports.ts'
import { passwordField, recoveryField, totpField } from '../proof-fields.ts'
import { text } from '../reading.ts'
import type { Answer, Route } from '../route.ts'
import { refused, told, type Shown } from '../told.ts'
import { endTicket, nextIn, ticketIn, ticketCookies } from './ticket.ts'
import { answering, workField } from './work.ts'

export function signInPage({ product }: House, { error, email, next }: Shown): Answer {
  const fields = [
    field({
      name: 'email',
      label: 'E-mail',
      type: 'email',
      autocomplete: 'username',
      value: email,
      lengthMax: 254,
      error,
    }),
    passwordField(error),
    workField(error),
  ]
  return {
    title: 'Sign in',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Sign in to ${product}</h1>
      ${told(error)} ${form({ action: paths.signIn, fields, submit: 'Sign in', next })}
      ${passkeyForm({ action: paths.passkey, options: paths.passkeyOptions, act: 'get', submit: 'Sign in with a passkey', next })}
      <ul class="ways">
        <li>
          <a href="${paths.sso}${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}"
            >Sign in at my organization</a
          >
        </li>
        <li><a href="${paths.forgot}">I do not know my password</a></li>
        <li><a href="${paths.signUp}">I have no account yet</a></li>
      </ul>`,
  }
}

/** Where an arrival leads: inside, or to the question for the second factor. */
export function arrived(house: House, arrival: Arrival, next: string | undefined): Answer {
  const { cookies, home } = house
  if (arrival.needs === 'second-factor') {
    const ways = new Set(arrival.usable)
    return { redirect: paths.second, cookies: ticketCookies(house, { ticket: arrival.ticket, ways, next }) }
  }
  return {
    redirect: onward(next, home),
    cookies: [cookies.set(arrival.token), cookies.setDevice(arrival.device), ...endTicket(house)],
  }
}

function secondPage(ways: ReadonlySet<string>, error?: UpheldError, tried?: string): Answer {
  const of = (name: string): UpheldError | undefined => (name === tried ? error : undefined)
  const totp = totpField(of('totp'))
  const recovery = recoveryField(of('recovery'))
  return {
    title: 'Second factor',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>One more proof</h1>
      ${told(error)}
      ${ways.has('totp') ? form({ action: paths.second, fields: [totp, workField(error)], submit: 'Go on' }) : ''}
      ${
        ways.has('passkey')
          ? passkeyForm({ action: paths.second, options: paths.secondOptions, act: 'get', submit: 'Use a passkey' })
          : ''
      }
      ${
        ways.has('recovery')
          ? html`<details ${ways.has('totp') && tried !== 'recovery' ? '' : html`open`}>
              <summary>I do not have it with me</summary>
              ${form({ action: paths.second, fields: [recovery, workField(error)], submit: 'Go on with this code', tone: 'quiet' })}
            </details>`
          : ''
      }
      <p><a href="${paths.signIn}">Begin again</a></p>`,
  }
}

export const signInRoutes: readonly Route[] = [
  {
    at: 'door',
    method: 'GET',
    path: paths.signIn,
    answer: ({ house, url }) => signInPage(house, { next: url.searchParams.get('next') ?? undefined }),
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.signIn,
    async answer({ house, fields, from }) {
      const [email, next] = [text(fields, 'email'), fields.get('next')]
      try {
        const given = { email, password: text(fields, 'password') }
        return arrived(house, await house.identity.signIn(given, answering(from, fields)), next)
      } catch (thrown) {
        return signInPage(house, { error: refused(thrown), email: email.slice(0, 254), next })
      }
    },
  },
  {
    at: 'door',
    method: 'GET',
    path: paths.second,
    answer: ({ house, request }) => {
      const open = ticketIn(house, request)
      return open === undefined ? { redirect: paths.signIn } : secondPage(open.ways)
    },
  },
  {
    at: 'door',
    method: 'POST',
    path: paths.second,
    async answer({ house, request, fields, from }) {
      const open = ticketIn(house, request)
      if (open === undefined) return { redirect: paths.signIn }
      const [code, passkey] = [fields.get('recovery'), passkeyIn(fields)]
      const proof =
        passkey !== undefined
          ? { passkey: passkey.answer }
          : code === undefined
            ? { totp: text(fields, 'totp') }
            : { recovery: code }
      try {
        const second = await house.identity.second(open.ticket, proof, answering(from, fields))
        return arrived(house, second, nextIn(house, request))
      } catch (thrown) {
        const error = refused(thrown)
        if (error.code === 'identity.ticket_over') return { redirect: paths.signIn, cookies: endTicket(house) }
        return secondPage(open.ways, error, Object.keys(proof)[0])
      }
    },
  },
]
