import { html } from 'hono/html'
import { z } from 'zod'
import { refuse } from '../errors.ts'
import { id, input, line, withId } from '../http/inputs.ts'
import { form, type Html, moment } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import type { Route } from '../http/route.ts'
import type { Session } from '../access/session.ts'
import { getMerchant, listMerchantNames } from '../merchants/store.ts'
import {
  connect,
  credentialLabel,
  disconnect,
  type Integration,
  listIntegrations,
  revealCredential,
  services,
} from './store.ts'

const list = pageRoute({
  method: 'GET',
  path: '/integrations',
  permission: 'integration.read',
  input,
  async answer({ session }) {
    const { organization } = session
    const [found, merchants] = [await listIntegrations(organization), await listMerchantNames(organization)]
    return {
      title: 'Integrations',
      body: html`<h1>Integrations</h1>
        <p class="lede">
          Credentials are sealed before they are stored, each for its own row. Whoever looks at one stands in the
          activity log.
        </p>
        ${found.length === 0 ? html`<p class="empty">None yet.</p>` : rows(session, found)}
        ${
          session.may('integration.write')
            ? html`<h2>Connect a shop</h2>
                ${form(session, '/integrations', newFields(merchants))}`
            : ''
        }`,
    }
  },
})

const create = pageRoute({
  method: 'POST',
  path: '/integrations',
  permission: 'integration.write',
  input: input.extend({
    body: z.strictObject({ merchant_id: id, service: z.enum(services), label: line(100), credential: line(4000) }),
  }),
  async answer({ session, input: { body } }) {
    if ((await getMerchant(session.organization, body.merchant_id)) === undefined) {
      throw refuse.unknown_reference({ detail: 'merchant_id' })
    }
    const made = await connect(session.organization, {
      merchantId: body.merchant_id,
      service: body.service,
      label: body.label,
      credential: body.credential,
      connectedBy: session.memberId(),
    })
    if (made === undefined) throw refuse.already_connected()
    return { redirect: '/integrations' }
  },
})

const reveal = pageRoute({
  method: 'POST',
  path: '/integrations/:id/credential',
  permission: 'credential.read',
  input: withId,
  async answer({ session, input: { params } }) {
    const found = await revealCredential(session.acting({ opens: [credentialLabel] }), params.id)
    return (
      found && {
        title: found.label,
        body: html`<h1>${found.label}</h1>
          <p>This is shown to you now; that you looked is in the activity log.</p>
          <p class="notice"><code>${found.credential}</code></p>
          <p><a href="/integrations">Back to the integrations</a></p>`,
      }
    )
  },
})

const remove = pageRoute({
  method: 'POST',
  path: '/integrations/:id/disconnect',
  permission: 'integration.write',
  input: withId,
  async answer({ session, input: { params } }) {
    return (await disconnect(session.organization, params.id)) ? { redirect: '/integrations' } : undefined
  },
})

export const integrationPages: readonly Route[] = [list, create, reveal, remove]

function rows(session: Session, found: readonly Integration[]): Html {
  return html`<ul class="rows">
    ${found.map(one => row(session, one))}
  </ul>`
}

function row(session: Session, one: Integration): Html {
  const button = (says: string, kind: 'quiet' | 'danger') =>
    html`<button class="button ${kind}" type="submit">${says}<span class="unseen"> ${one.label}</span></button>`
  return html`<li class="row">
    <span class="title">${one.label}</span>
    <span class="meta">${one.service}, ${one.merchant_name}</span>
    <span class="meta">connected ${moment(one.created_at)} by ${one.connected_by_name}</span>
    <div class="end actions">
      ${session.may('credential.read') ? form(session, `/integrations/${one.id}/credential`, button('Show', 'quiet')) : ''}
      ${
        session.may('integration.write')
          ? form(session, `/integrations/${one.id}/disconnect`, button('Disconnect', 'danger'))
          : ''
      }
    </div>
  </li>`
}

function newFields(merchants: readonly { readonly id: string; readonly name: string }[]): Html {
  return html`<div class="field">
      <label for="merchant_id">Merchant</label>
      <select id="merchant_id" name="merchant_id" required>
        ${merchants.map(one => html`<option value="${one.id}">${one.name}</option>`)}
      </select>
    </div>
    <div class="field">
      <label for="service">Service</label>
      <select id="service" name="service">
        ${services.map(name => html`<option>${name}</option>`)}
      </select>
    </div>
    <div class="field">
      <label for="label">Name</label>
      <input id="label" name="label" maxlength="100" autocomplete="off" required />
    </div>
    <div class="field">
      <label for="credential">Access token</label>
      <input id="credential" name="credential" type="password" maxlength="4000" autocomplete="off" required />
    </div>
    <div class="actions"><button class="button" type="submit">Connect</button></div>`
}
