import { html } from 'hono/html'
import type { Access } from '../../../guards/access/index.ts'
import type { Entry } from '../../../guards/identity/index.ts'
import type { ListedReview, ReviewLine } from '../../../guards/reviews/index.ts'
import type { Markup } from '../../look/index.ts'
import { called, moment } from '../forms.ts'

export interface LookingAt {
  readonly review: ListedReview
  readonly entry: Entry
  readonly access: Access
  readonly names: ReadonlyMap<string, string>
}

const dayMs = 86_400_000
/** Access that nobody used for so long is perhaps not needed. */
const idleDays = 90

/** Names of the columns that a line's words are made of. */
function word(facts: ReviewLine['facts'], name: string): string {
  const value = facts[name]
  if (Array.isArray(value)) return value.filter(one => typeof one === 'string').join(', ')
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function memberName(id: string | null, { names, entry }: Pick<LookingAt, 'names' | 'entry'>): string {
  if (id === null) return 'nobody here'
  const name = names.get(id) ?? `member ${id.slice(0, 8)}`
  return id === entry.memberId ? `${name} (you)` : name
}

/** What it is, in one line. */
export function titleOf(line: ReviewLine, at: LookingAt): string {
  const { kind, facts, holder, subject } = line
  const who = memberName(holder, at)
  switch (kind) {
    case 'member':
      return `${who}: membership`
    case 'role':
      return `${who}: role ${word(facts, 'role')}`
    case 'override':
      return `${who}: ${word(facts, 'permission')}, beyond the roles`
    case 'api-key':
      return `API key ${subject.slice(0, 8)} of ${who}`
    case 'sso-link':
      return `Sign-in at ${word(facts, 'name')}`
    case 'scim-link':
      return `Directory ${word(facts, 'name')}`
    case 'support-grant':
      return `Support access of staff ${word(facts, 'staff').slice(0, 8)}`
    default:
      return `${kind} ${subject.slice(0, 40)}`
  }
}

/** What a reviewer has to know: what it lets somebody do, since when, and when it was last used. */
export function lineFacts(line: ReviewLine, at: LookingAt): Markup {
  const { facts, kind } = line
  const permissions =
    kind === 'override' ? [word(facts, 'permission')] : kind === 'api-key' ? listed(facts['scopes']) : []
  const says = permissions.map(name => at.access.permissions[name]?.says ?? name)
  const parts = [
    kind === 'member' && word(facts, 'roles') !== '' ? `Roles: ${word(facts, 'roles')}.` : '',
    says.join(' '),
    kind === 'sso-link' ? `${word(facts, 'says')}.` : '',
    kind === 'api-key' && word(facts, 'networks') !== '' ? `From ${word(facts, 'networks')} alone.` : '',
    kind === 'override' ? `Given by ${memberName(word(facts, 'author'), at)}.` : '',
  ].filter(part => part !== '')
  return html`<p class="meta">
    ${parts.join(' ')} ${since('Since', facts['since'] ?? facts['made'])} ${since('Until', facts['ends'])}
    ${usedWords(line)}
  </p>`
}

function listed(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(one => typeof one === 'string') : []
}

function since(label: string, value: unknown): Markup | '' {
  const at = typeof value === 'string' ? new Date(value) : undefined
  return at === undefined || Number.isNaN(at.getTime()) ? '' : html`${label} ${moment(at)}.`
}

/** As it was when the review began, and as it is now where that is later. */
function usedWords({ usedAt, now }: ReviewLine): Markup {
  if (now === undefined) return html`<strong>It is not there any more.</strong>`
  const later = now.usedAt !== null && now.usedAt.getTime() > (usedAt?.getTime() ?? 0) ? now.usedAt : undefined
  return html`${usedAt === null ? 'Never used when the review began' : html`Last used ${moment(usedAt)}`}${
    later === undefined ? '.' : html`; since then ${moment(later)}.`
  }`
}

/** A hint, never a decision: undefined where there is nothing to say. */
export function hintOf({ restored, usedAt, now, kind, facts }: ReviewLine, { review }: LookingAt): string | undefined {
  if (restored) return 'An earlier review took it away, and it is here again.'
  const since = new Date(word(facts, 'since') || word(facts, 'made') || review.openedAt)
  const last = Math.max(usedAt?.getTime() ?? 0, now?.usedAt?.getTime() ?? 0, since.getTime())
  const idle = review.openedAt.getTime() - last >= idleDays * dayMs
  return idle && kind !== 'support-grant' ? `Not used for ${idleDays} days: consider removing it.` : undefined
}

/** Why this member cannot decide it; undefined where they can. The same is judged again where it is decided. */
export function closedTo({ holder, privileged, reviewer }: ReviewLine, at: LookingAt): string | undefined {
  const { memberId, set } = at.entry
  const owner = set.roles.includes('owner')
  if (holder === memberId && reviewer === null) return 'Yours, and nobody else here may decide it: ask the operator.'
  if (holder === memberId) return 'Yours: somebody else decides it.'
  if (!owner && privileged) return 'It has privileges: an owner decides it.'
  if (!owner && reviewer !== memberId) return `For ${memberName(reviewer, at)} to decide.`
  return undefined
}

/** What was decided, by whom and why, and what came of it. */
export function decidedWords(line: ReviewLine, at: LookingAt): Markup | '' {
  const { decision, how, decidedBy, reason, outcome, tried, failure } = line
  if (decision === null) return ''
  const who = how === 'silence' ? 'nobody answered' : how === 'operator' ? 'the operator' : memberName(decidedBy, at)
  const came =
    outcome === 'not-removed'
      ? `It could not be taken away (${failure ?? 'unknown'}).`
      : tried === 'works'
        ? 'Tried again, it still works.'
        : tried === 'refused'
          ? 'Tried again, it is refused.'
          : ''
  const bad = outcome === 'not-removed' || tried === 'works'
  return html`<p>
    <span class="badge ${bad ? 'bad' : decision === 'keep' ? 'good' : 'warn'}"
      >${decision === 'keep' ? 'Kept' : 'Removed'}</span
    >
    by ${called(who)}${reason === null ? '' : html`: “${called(reason)}”`}. ${came}
  </p>`
}
