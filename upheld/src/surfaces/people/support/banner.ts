import { html } from 'hono/html'
import { liveSupport, type LiveSupport } from '../../../guards/support/index.ts'
import type { Markup } from '../../look/index.ts'
import { called, form } from '../forms.ts'
import { paths } from '../paths.ts'
import type { Entered, House } from '../ports.ts'

/** How old what a page says may be. */
const keptMs = 1_000
const keptMax = 10_000

interface Kept {
  readonly untilMs: number
  readonly live: Promise<LiveSupport | undefined>
}

/** What of somebody inside is needed for it. */
type Bannered = Pick<Entered, 'organizationName' | 'formToken' | 'support' | 'may'> & {
  readonly organization: Pick<Entered['organization'], 'id'>
}

/**
 * What stands above every page of the application and of the organization while staff is let in, for members and for staff
 * itself. An organization is asked for once a second at most, by one look into an index that is empty nearly always.
 */
export function supportBanner(house: Pick<House, 'members' | 'clock'>): (entered: Bannered) => Promise<Markup | ''> {
  const kept = new Map<string, Kept>()
  const asked = (id: string): Promise<LiveSupport | undefined> => {
    const nowMs = house.clock.monotonicMs()
    const known = kept.get(id)
    if (known !== undefined && known.untilMs > nowMs) return known.live
    if (kept.size >= keptMax) kept.clear()
    const live = liveSupport(house.members.organization(id), house.clock.now())
    kept.set(id, { untilMs: nowMs + keptMs, live })
    live.catch(() => kept.delete(id))
    return live
  }
  return async entered => {
    if (entered.support !== undefined) return own(entered, entered.support)
    const live = await asked(entered.organization.id)
    return live === undefined || live.endsAt <= house.clock.now() ? '' : told(entered, live)
  }
}

function told(entered: Bannered, { kind, writes, endsAt, requestId }: LiveSupport): Markup {
  const what = writes ? 'read and change your data' : 'read your data'
  const why = kind === 'break-glass' ? 'In an emergency, and without your consent, support' : 'Support'
  const action = `${paths.support}/${requestId}/end`
  return html`<aside class="notice warn visitors" aria-label="Support access">
    <p><strong>${why} staff may ${what} until ${clockTime(endsAt)}.</strong></p>
    ${
      entered.may('organization.support')
        ? html`<p><a href="${paths.support}/${requestId}">What it is about</a></p>
            ${form({ action, fields: [], submit: 'End it', formToken: entered.formToken, tone: 'danger' })}`
        : ''
    }
  </aside>`
}

function own({ organizationName, formToken }: Bannered, support: NonNullable<Entered['support']>): Markup {
  return html`<aside class="notice warn visitors" aria-label="Support access">
    <p>
      <strong>You are in ${called(organizationName)} as support</strong>, for ${support.caseId}, until
      ${clockTime(support.until)}, ${support.writes ? 'to read and to change' : 'to read'}. Everything stands in their
      log.
    </p>
    ${form({ action: `${paths.staff}/leave`, fields: [], submit: 'Leave', formToken, tone: 'quiet' })}
  </aside>`
}

const hours = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' })

function clockTime(at: Date): Markup {
  return html`<time datetime="${at.toISOString()}">${hours.format(at)} UTC</time>`
}
