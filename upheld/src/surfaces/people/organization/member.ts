import { html } from 'hono/html'
import type { MemberFacts } from '../../../guards/identity/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { called, form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { act, notes, statusOf, withDone, type Said } from './act.ts'
import { exceptionsOf, exceptionSections, type Draft } from './exceptions.ts'
import { actsSection } from './member-acts.ts'
import { shut } from './members.ts'
import { permissionSections } from './permissions.ts'
import { howTheyCame, memberPath, roleBadges, roleChecks, rolesIn } from './words.ts'

interface Shown extends Said {
  /** What was typed into the form for an exception. */
  readonly draft?: Draft
}

/** One member: who they are here, what they may do and why, and what can be changed of it. */
export async function memberPage(visit: Member, id: string, { draft, ...said }: Shown): Promise<Answer> {
  const { house, entry } = visit
  const facts = await house.identity.memberFacts(entry, id)
  const set = await house.roles.setOf(entry.organization, id)
  const exceptions = await exceptionsOf(visit, id)
  return {
    title: facts.name,
    ...statusOf(said),
    body: html`<h1>${called(facts.name)}${id === entry.memberId ? ' (you)' : ''}</h1>
      <p class="soft">${facts.email}</p>
      ${notes(said)} ${factList(facts)} ${rolesSection(visit, facts)}
      ${exceptionSections(visit, { facts, exceptions, draft })}
      ${set === undefined ? '' : permissionSections(house.access, set, exceptions)} ${actsSection(visit, facts)}`,
  }
}

function factList(facts: MemberFacts): Markup {
  const { joinedAt, suspendedAt } = facts
  return html`<dl class="facts">
    ${
      suspendedAt === undefined && !facts.disabled
        ? ''
        : html`<div>
            <dt>Stays outside</dt>
            <dd>${shut(facts)} ${suspendedAt === undefined ? '' : html`<span>since ${moment(suspendedAt)}</span>`}</dd>
          </div>`
    }
    <div>
      <dt>Second factor</dt>
      <dd>${facts.secondFactor ? 'yes' : 'none of their own'}</dd>
    </div>
    <div>
      <dt>Joined</dt>
      <dd><span>${howTheyCame(facts)}, ${moment(joinedAt)}</span></dd>
    </div>
    <div>
      <dt>Last seen</dt>
      <dd>${facts.seenAt === undefined ? 'never here' : moment(facts.seenAt)}</dd>
    </div>
  </dl>`
}

function rolesSection({ house, entry, formToken }: Member, { id, roles }: MemberFacts): Markup {
  const other = id !== entry.memberId
  const ofOwner = roles.includes('owner') && !entry.set.roles.includes('owner')
  const changes = other && !ofOwner && entry.set.may('organization.members.roles')
  const fields = changes ? roleChecks(house.access, entry.set, roles, 'All roles of this member') : []
  const why = other
    ? ofOwner
      ? 'Only an owner changes what an owner may do.'
      : ''
    : 'Nobody changes roles of their own.'
  return html`<section class="stack" aria-labelledby="roles">
    <h2 id="roles">Roles</h2>
    ${
      changes
        ? form({ action: `${memberPath(id)}/roles`, fields, submit: 'Change the roles', formToken })
        : html`<p>${roleBadges(roles)} <span class="soft">${why}</span></p>`
    }
  </section>`
}

/** One thing that is done to one member, judged and refused by the guards. */
async function overMember(
  sent: SentMember,
  done: Parameters<typeof withDone>[1],
  work: (id: string) => Promise<void>,
): Promise<Answer> {
  const id = sent.params['id'] ?? ''
  const page = memberPath(id)
  return act({
    work: () => work(id),
    onward: withDone(done === 'removed' ? paths.members : page, done),
    page,
    again: error => {
      // Of one who is not here, or not any more, there is no page to say it on.
      if (error.status === 404) throw error
      return memberPage(sent, id, { error })
    },
  })
}

const params = { id: idOf('colleague') }
const base = `${paths.members}/:id` as const

export const memberRoutes: readonly Route[] = [
  {
    at: 'organization',
    method: 'GET',
    path: base,
    permission: 'organization.members.read',
    example: { params: { id: idOf('member') } },
    answer: visit =>
      memberPage(visit, visit.params['id'] ?? '', { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${base}/roles`,
    permission: 'organization.members.roles',
    example: { params, form: { role_admin: 'on' } },
    answer: sent =>
      overMember(sent, 'roles', memberId =>
        sent.house.identity.changeRoles(sent.entry, [{ memberId, roles: rolesIn(sent.fields) }]),
      ),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${base}/standing`,
    permission: 'organization.members.remove',
    example: { params, form: { standing: 'suspended' } },
    answer(sent) {
      const { identity } = sent.house
      return text(sent.fields, 'standing') === 'active'
        ? overMember(sent, 'resumed', id => identity.resumeMember(sent.entry, id))
        : overMember(sent, 'suspended', id => identity.suspendMember(sent.entry, id))
    },
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${base}/sessions`,
    permission: 'organization.members.remove',
    example: { params, form: {} },
    answer: sent => overMember(sent, 'ended', id => sent.house.identity.endMemberSessions(sent.entry, id)),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${base}/removal`,
    permission: 'organization.members.remove',
    example: { params, form: {} },
    answer: sent => overMember(sent, 'removed', id => sent.house.identity.removeMember(sent.entry, id)),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${base}/ownership`,
    permission: 'organization.members.roles',
    works: role => role === 'owner',
    example: { params, form: {} },
    answer: sent => overMember(sent, 'owner', id => sent.house.identity.transferOwnership(sent.entry, id)),
  },
]
