import { html } from 'hono/html'
import type { MemberFacts } from '../../../guards/identity/index.ts'
import type { Markup } from '../../look/index.ts'
import { form } from '../forms.ts'
import type { Member } from '../route.ts'
import { memberPath } from './words.ts'

/** Something that can be done to a member, and what comes of it. */
interface Act {
  /** Below the page of the member. */
  readonly path: string
  readonly submit: string
  readonly says: string
  readonly tone: 'quiet' | 'danger'
  readonly standing?: 'suspended' | 'active'
}

/** Folded, each with what it does: nothing here is one slip of a finger away. */
export function actsSection({ house, entry, formToken }: Member, facts: MemberFacts): Markup | '' {
  const known = facts.roles.filter(role => house.access.isRole(role))
  const removes = entry.set.may('organization.members.remove') && house.access.mayGrant(entry.set, known).allowed
  const owns = entry.set.roles.includes('owner') && !facts.roles.includes('owner')
  const acts = [...(removes ? outside(facts) : []), ...(owns ? [ownership(facts)] : [])]
  if (facts.id === entry.memberId || acts.length === 0) return ''
  return html`<section class="stack" aria-labelledby="acts">
    <h2 id="acts">Here in this organization</h2>
    ${acts.map(act => folded(act, facts.id, formToken))}
  </section>`
}

function outside({ name, suspendedAt }: MemberFacts): readonly Act[] {
  return [
    {
      path: 'sessions',
      submit: 'End their sessions',
      says: `Whatever ${name} has open here is over. They sign in anew.`,
      tone: 'quiet',
    },
    suspendedAt === undefined
      ? {
          path: 'standing',
          submit: 'Suspend',
          says: `${name} enters nowhere here until somebody lets them in again, and keeps what they are.`,
          tone: 'danger',
          standing: 'suspended',
        }
      : {
          path: 'standing',
          submit: 'Let in again',
          says: `${name} may do what they could before.`,
          tone: 'quiet',
          standing: 'active',
        },
    {
      path: 'removal',
      submit: 'Remove',
      says: `${name} is no member any more. Their exceptions go with them, and keys that they made open nothing.`,
      tone: 'danger',
    },
  ]
}

function ownership({ name }: MemberFacts): Act {
  return {
    path: 'ownership',
    submit: 'Make the owner',
    says: `${name} owns the organization in your place, and you are an administrator from then on.`,
    tone: 'danger',
  }
}

function folded({ path, submit, says, tone, standing }: Act, memberId: string, formToken: string): Markup {
  const fields = standing === undefined ? [] : html`<input type="hidden" name="standing" value="${standing}" />`
  return html`<details class="act">
    <summary>${submit}</summary>
    <p class="soft">${says}</p>
    ${form({ action: `${memberPath(memberId)}/${path}`, fields, submit, formToken, tone })}
  </details>`
}
