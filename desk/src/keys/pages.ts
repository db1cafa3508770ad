import { html } from 'hono/html'
import { z } from 'zod'
import { type KeyRow, listKeys, newKey, revokeKey } from '../access/api-keys.ts'
import { may as mayDo, scopes } from '../access/permissions.ts'
import type { Session } from '../access/sessions.ts'
import { refuse } from '../errors.ts'
import { input, line, withId } from '../http/inputs.ts'
import { form, type Html, moment } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import type { Route } from '../http/route.ts'

// One ticked box comes as a text, several as a list.
const scope = z.enum(scopes)
const ticked = scope.transform(one => [one]).or(z.array(scope).max(scopes.length))

const list = pageRoute({
  method: 'GET',
  path: '/keys',
  permission: 'key.read',
  input,
  async answer({ session }) {
    const keys = await listKeys(session.organization)
    return {
      title: 'API keys',
      body: html`<h1>API keys</h1>
        ${keys.length === 0 ? html`<p class="empty">None yet.</p>` : table(session, keys)}
        <h2>A new key</h2>
        ${form(session, '/keys', newKeyFields)}`,
    }
  },
})

const create = pageRoute({
  method: 'POST',
  path: '/keys',
  permission: 'key.write',
  input: input.extend({ body: z.strictObject({ name: line(100), scopes: ticked }) }),
  async answer({ session, input: { body } }) {
    // Nobody hands out more than they have.
    if (!body.scopes.every(wanted => mayDo(session.member, wanted))) throw refuse.not_permitted()
    const key = await newKey(session.organization, { ...body, createdBy: session.member.id })
    return {
      title: 'A new key',
      body: html`<h1>The key “${body.name}”</h1>
        <p>Keep it now: it is shown here and nowhere else.</p>
        <p class="notice"><code>${key}</code></p>
        <p><a href="/keys">Back to the keys</a></p>`,
    }
  },
})

const revoke = pageRoute({
  method: 'POST',
  path: '/keys/:id/revoke',
  permission: 'key.write',
  input: withId,
  async answer({ session, input: { params } }) {
    const revoked = await revokeKey(session.organization, params.id)
    return revoked ? { redirect: '/keys' } : undefined
  },
})

export const keyPages: readonly Route[] = [list, create, revoke]

function table(session: Session, keys: readonly KeyRow[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">May</th>
          <th scope="col">Made by</th>
          <th scope="col">Last used</th>
          <th scope="col"><span class="unseen">Revoke</span></th>
        </tr>
      </thead>
      <tbody>
        ${keys.map(key => row(session, key))}
      </tbody>
    </table>
  </div>`
}

function row(session: Session, key: KeyRow): Html {
  const button = html`<button class="button danger" type="submit">
    Revoke<span class="unseen"> ${key.name}</span>
  </button>`
  return html`<tr>
    <th scope="row">${key.name}</th>
    <td>${key.scopes.join(', ')}</td>
    <td>${key.created_by_name}</td>
    <td>${key.last_used_at === null ? 'never' : moment(key.last_used_at)}</td>
    <td>
      ${key.revoked_at === null ? form(session, `/keys/${key.id}/revoke`, button) : html`revoked ${moment(key.revoked_at)}`}
    </td>
  </tr>`
}

const newKeyFields = html`<div class="field">
    <label for="name">Name</label>
    <input id="name" name="name" maxlength="100" autocomplete="off" required />
  </div>
  <fieldset class="choices">
    <legend>It may</legend>
    ${scopes.map(name => html`<label><input type="checkbox" name="scopes" value="${name}" /> ${name}</label>`)}
  </fieldset>
  <div class="actions"><button class="button" type="submit">Make the key</button></div>`
