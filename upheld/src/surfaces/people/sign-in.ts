import { html } from 'hono/html'
import { UpheldError } from '../../core/errors.ts'
import type { Arrival } from '../../guards/identity/index.ts'
import type { Markup } from '../look/index.ts'
import { field, form, problem } from './forms.ts'
import { passkeyForm, passkeyIn } from './passkey-form.ts'
import { onward, paths } from './paths.ts'
import type { House } from './ports.ts'
import { text } from './reading.ts'
import type { Answer, Route } from './route.ts'
import { endTicket, nextIn, ticketIn, ticketCookies } from './ticket.ts'

/** What a form says when it is shown again. */
export interface Shown {
  readonly error?: UpheldError
  readonly email?: string
  readonly next?: string | undefined
}

/** A refusal that belongs to the form that was sent: shown above it. Anything else is not ours to explain. */
export function refused(thrown: unknown): UpheldError {
  if (thrown instanceof UpheldError && thrown.status < 500) return thrown
  if (thrown instanceof UpheldError && (thrown.code === 'passwords.busy' || thrown.code === 'takeover.slow_down'))
    return thrown
  throw thrown
}

export function told(error: UpheldError | undefined): Markup | '' {
  if (error === undefined) return ''
  const wait = error.retryAfterMs === undefined ? '' : ` Wait ${waitOf(error.retryAfterMs)}.`
  return problem(`${error.publicMessage}${wait}`, error.mend)
}

function waitOf(ms: number): string {
  const secs = Math.max(1, Math.ceil(ms / 1000))
  return secs < 120 ? `${secs} ${secs === 1 ? 'second' : 'seconds'}` : `${Math.ceil(secs / 60)} minutes`
}

export function signInPage({ product }: House, { error, email, next }: Shown): Answer {
  const fields = [
    field({ name: 'email', label: 'E-mail', type: 'email', autocomplete: 'username', value: email, lengthMax: 254 }),
    field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }),
  ]
  return {
    title: 'Sign in',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>Sign in to ${product}</h1>
      ${told(error)} ${form({ action: paths.signIn, fields, submit: 'Sign in', next })}
      ${passkeyForm({ action: paths.passkey, options: paths.passkeyOptions, act: 'get', submit: 'Sign in with a passkey', next })}
      <ul class="ways">
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

function secondPage(ways: ReadonlySet<string>, error?: UpheldError): Answer {
  const totp = field({
    name: 'totp',
    label: 'Code of your app',
    autocomplete: 'one-time-code',
    hint: 'Six digits, new every half minute.',
    numeric: true,
    lengthMax: 12,
  })
  const recovery = field({
    name: 'recovery',
    label: 'A recovery code',
    autocomplete: 'off',
    hint: 'One of those that you wrote down. It works once.',
    lengthMax: 60,
  })
  return {
    title: 'Second factor',
    status: error?.status ?? 200,
    retryAfterMs: error?.retryAfterMs,
    body: html`<h1>One more proof</h1>
      ${told(error)} ${ways.has('totp') ? form({ action: paths.second, fields: totp, submit: 'Go on' }) : ''}
      ${
        ways.has('passkey')
          ? passkeyForm({ action: paths.second, options: paths.secondOptions, act: 'get', submit: 'Use a passkey' })
          : ''
      }
      ${
        ways.has('recovery')
          ? html`<details ${ways.has('totp') ? '' : html`open`}>
              <summary>I do not have it with me</summary>
              ${form({ action: paths.second, fields: recovery, submit: 'Go on with this code', tone: 'quiet' })}
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
        return arrived(house, await house.identity.signIn({ email, password: text(fields, 'password') }, from), next)
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
        return arrived(house, await house.identity.second(open.ticket, proof, from), nextIn(house, request))
      } catch (thrown) {
        const error = refused(thrown)
        if (error.code === 'identity.ticket_over') return { redirect: paths.signIn, cookies: endTicket(house) }
        return secondPage(open.ways, error)
      }
    },
  },
]
