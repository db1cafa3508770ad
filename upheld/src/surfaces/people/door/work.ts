import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import type { From } from '../../../guards/identity/index.ts'
import { challengeOf } from '../../../guards/takeover/index.ts'
import type { Markup } from '../../look/index.ts'

const name = 'work'

/**
 * Stands in a form that was slowed down for strangers. Its script answers the challenge while its sender types; whoever
 * runs no script reads what else there is. A known device, an open session and a passkey are never asked.
 */
export function workField(error: UpheldError | undefined): Markup {
  const challenge = challengeOf(error)
  if (challenge === undefined) return html``
  return html`<input type="hidden" name="${name}" value="" data-work="${challenge}" autocomplete="off" />
    <p class="hint" role="status" data-work-says>
      Where scripts run, this page spares you the wait in a moment. Without them, wait as long as it says above, or come
      with a device that you have signed in with before, a passkey, or the link for a new password.
    </p>`
}

/** Where the form came from, with the answer that it carries. */
export function answering(from: From, fields: ReadonlyMap<string, string>): From {
  const answer = fields.get(name)
  return answer === undefined || answer === '' ? from : { ...from, answer }
}
