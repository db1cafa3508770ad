import { html } from 'hono/html'
import { UpheldError } from '../../core/errors.ts'
import type { Markup } from '../look/index.ts'
import { problem } from './forms.ts'
import { paths } from './paths.ts'
import type { House } from './ports.ts'
import type { Answer } from './route.ts'

/** What a form says when it is shown again. */
export interface Shown {
  readonly error?: UpheldError
  readonly email?: string
  readonly next?: string | undefined
}

/** What is the fault of too many, or of somebody else's server: whoever sent the form can try again. */
const explained = new Set(['passwords.busy', 'takeover.slow_down', 'sso.provider_unavailable', 'web.unreachable'])

/** A refusal that belongs to the form that was sent: shown above it. Anything else is not ours to explain. */
export function refused(thrown: unknown): UpheldError {
  if (thrown instanceof UpheldError && thrown.status < 500) return thrown
  if (thrown instanceof UpheldError && explained.has(thrown.code)) return thrown
  throw thrown
}

export function told(error: UpheldError | undefined): Markup | '' {
  if (error === undefined) return ''
  const wait = error.retryAfterMs === undefined ? '' : ` Wait ${waitOf(error.retryAfterMs)}.`
  return problem(`${error.publicMessage}${wait}`, error.mend, error.code)
}

/** A page for what was refused where there is no form to say it above, with a way on. */
export function refusedPage({ home, product }: House, error: UpheldError, inside: boolean): Answer {
  const { status, retryAfterMs } = error
  const title = status === 404 ? 'There is nothing here' : 'That did not work'
  return {
    title,
    status,
    retryAfterMs,
    body: html`<h1>${title}</h1>
      ${told(error)}
      <p><a href="${inside ? home : paths.signIn}">${inside ? `Back to ${product}` : 'To the sign-in'}</a></p>`,
  }
}

function waitOf(ms: number): string {
  const secs = Math.max(1, Math.ceil(ms / 1000))
  return secs < 120 ? `${secs} ${secs === 1 ? 'second' : 'seconds'}` : `${Math.ceil(secs / 60)} minutes`
}
