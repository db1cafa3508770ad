import { html } from 'hono/html'
import type { MemberFacts } from '../../../guards/identity/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { refuse } from '../errors.ts'
import { called } from '../forms.ts'
import { paths } from '../paths.ts'
import type { Answer, Member, Route } from '../route.ts'
import { act, notes, statusOf, withDone, type Said } from './act.ts'
import { howTheyCame, lastSeen, memberPath, roleBadges, roleChecks, rolesIn } from './words.ts'

const rolesPath = `${paths.members}/roles` as const
/** Before the number of each member on the page: a form sends each name once. */
const memberPrefix = 'member_'
const several = 'several'

async function membersPage(visit: Member, said: Said): Promise<Answer> {
  const { house, entry, url } = visit
  const after = url.searchParams.get('after') ?? undefined
  const { members, next } = await house.identity.listMembers(entry, after)
  const chooses = entry.set.may('organization.members.roles') && members.some(one => mayChoose(visit, one))
  return {
    title: 'Members',
    ...statusOf(said),
    body: html`<h1>Members</h1>
      ${notes(said)}
      <ul class="rows members ${chooses ? 'choosing' : ''}">
        ${members.map((one, index) => memberRow(visit, one, chooses ? index : undefined))}
      </ul>
      ${next === undefined ? '' : html`<nav class="pager" aria-label="More members"><a href="${paths.members}?after=${next}">Show more</a></nav>`}
      ${chooses ? rolesOfSeveral(visit) : ''}
      <p class="soft">To leave, go to <a href="${paths.rules}#leave">the rules</a>.</p>`,
  }
}

/** Nobody changes their own roles, and an owner's only another owner. */
function mayChoose({ entry }: Member, { id, roles }: MemberFacts): boolean {
  return id !== entry.memberId && (!roles.includes('owner') || entry.set.roles.includes('owner'))
}

function memberRow(visit: Member, one: MemberFacts, index: number | undefined): Markup {
  const { id, name, email, roles } = one
  const pick =
    index === undefined || !mayChoose(visit, one)
      ? ''
      : html`<input
          class="pick"
          type="checkbox"
          form="${several}"
          name="${memberPrefix}${index}"
          value="${id}"
          aria-label="Choose ${name}"
        />`
  return html`<li class="row">
    ${pick}
    <span class="title"
      ><a href="${memberPath(id)}">${called(name)}</a>${id === visit.entry.memberId ? ' (you)' : ''}</span
    >
    <span class="meta">${email}</span>
    <span class="meta">${secondFactor(one)}, ${howTheyCame(one)}, ${lastSeen(one)}</span>
    <span class="badges">${roleBadges(roles)} ${shut(one)}</span>
  </li>`
}

/** What keeps somebody outside. */
export function shut({ suspendedAt, disabled }: MemberFacts): Markup {
  return html`${suspendedAt === undefined ? '' : html`<span class="badge bad">suspended</span> `}${
    disabled ? html`<span class="badge bad">account closed</span>` : ''
  }`
}

function secondFactor(one: MemberFacts): string {
  return one.secondFactor ? 'with a second factor' : 'without a second factor'
}

function rolesOfSeveral({ house, entry, formToken }: Member): Markup {
  return html`<details>
    <summary>Change the roles of those that are chosen above</summary>
    <form class="stack" method="post" action="${rolesPath}" id="${several}">
      <input type="hidden" name="form_token" value="${formToken}" />
      ${roleChecks(house.access, entry.set, [], 'The roles that each of them has afterwards')}
      <div class="actions"><button class="button" type="submit">Change them</button></div>
    </form>
  </details>`
}

export const membersRoutes: readonly Route[] = [
  {
    at: 'organization',
    method: 'GET',
    path: paths.members,
    permission: 'organization.members.read',
    answer: visit => membersPage(visit, { done: visit.url.searchParams.get('done') ?? undefined }),
  },
  {
    at: 'organization',
    method: 'POST',
    path: rolesPath,
    permission: 'organization.members.roles',
    example: { form: { [`${memberPrefix}0`]: idOf('colleague'), role_admin: 'on' } },
    async answer(sent) {
      const { house, entry, fields } = sent
      const roles = rolesIn(fields)
      const ids = [...fields].filter(([name]) => name.startsWith(memberPrefix)).map(([, id]) => id)
      return act({
        work: async () => {
          if (ids.length === 0) throw refuse.nothing_chosen()
          await house.identity.changeRoles(
            entry,
            ids.map(memberId => ({ memberId, roles })),
          )
        },
        onward: withDone(paths.members, 'roles'),
        page: paths.members,
        again: error => membersPage(sent, { error }),
      })
    },
  },
]
