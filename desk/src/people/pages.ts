import { html } from 'hono/html'
import { z } from 'zod'
import { newLink } from '../access/links.ts'
import { roles } from '../access/permissions.ts'
import type { Session } from '../access/sessions.ts'
import { refuse } from '../errors.ts'
import { email, input, line, withId } from '../http/inputs.ts'
import { form, type Html, pager } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import { byName } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import { addMember, changeRole, listMembers, type Member } from './store.ts'

const role = z.enum(roles)

const team = pageRoute({
  method: 'GET',
  path: '/team',
  permission: 'member.read',
  input: input.extend({ query: byName }),
  async answer({ session, input: { query }, url, may }) {
    const found = await listMembers(session.organization, query)
    const manages = may('member.write')
    return {
      title: 'Team',
      body: html`<h1>Team</h1>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">E-mail</th>
                <th scope="col">Role</th>
              </tr>
            </thead>
            <tbody>
              ${found.items.map(member => row(member, session, manages))}
            </tbody>
          </table>
        </div>
        ${pager(url, found.next)}
        ${
          manages
            ? html`<h2>A new member</h2>
                ${form(session, '/team', newMemberFields)}`
            : ''
        }`,
    }
  },
})

const add = pageRoute({
  method: 'POST',
  path: '/team',
  permission: 'member.write',
  input: input.extend({ body: z.strictObject({ name: line(200), email, role }) }),
  async answer({ session: { organization }, input: { body }, url }) {
    const member = await addMember(organization, body)
    if (member === undefined) throw refuse.email_taken()
    const link = await newLink(organization, member)
    return {
      title: 'A new member',
      body: html`<h1>${body.name} is here</h1>
        <p>This link signs them in once, within 15 minutes. It is shown here and nowhere else.</p>
        <p class="notice"><code>${url.origin}${link ?? ''}</code></p>
        <p><a href="/team">Back to the team</a></p>`,
    }
  },
})

const change = pageRoute({
  method: 'POST',
  path: '/team/:id',
  permission: 'member.write',
  input: withId.extend({ body: z.strictObject({ role }) }),
  async answer({ session, input: { params, body } }) {
    const outcome = await changeRole(session.organization, params.id, body.role)
    if (outcome === 'last_owner') throw refuse.last_owner()
    return outcome === 'changed' ? { redirect: '/team' } : undefined
  },
})

export const peoplePages: readonly Route[] = [team, add, change]

function row(member: Member, session: Session, manages: boolean): Html {
  return html`<tr>
    <th scope="row">${member.name}</th>
    <td>${member.email}</td>
    <td>${manages ? form(session, `/team/${member.id}`, roleFields(member)) : member.role}</td>
  </tr>`
}

function roleFields(member: Member): Html {
  return html`<div class="actions">
    <div class="field">
      <label class="unseen" for="role-${member.id}">Role of ${member.name}</label>
      <select id="role-${member.id}" name="role">
        ${roleOptions(member.role)}
      </select>
    </div>
    <button class="button quiet" type="submit">Save</button>
  </div>`
}

function roleOptions(current: string): Html[] {
  return roles.map(name => html`<option value="${name}" ${name === current ? html`selected` : ''}>${name}</option>`)
}

const newMemberFields = html`<div class="field">
    <label for="name">Name</label>
    <input id="name" name="name" maxlength="200" autocomplete="off" required />
  </div>
  <div class="field">
    <label for="email">E-mail</label>
    <input id="email" name="email" type="email" maxlength="254" autocomplete="off" required />
  </div>
  <div class="field">
    <label for="role">Role</label>
    <select id="role" name="role">
      ${roleOptions('agent')}
    </select>
  </div>
  <div class="actions"><button class="button" type="submit">Add and make a link</button></div>`
