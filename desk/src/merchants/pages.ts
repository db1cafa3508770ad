import { html } from 'hono/html'
import { input, withId } from '../http/inputs.ts'
import { type Html, moment, pager } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import { byName } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import { getMerchant, listMerchants, type Merchant, type Revenue, revenueOf } from './store.ts'

const list = pageRoute({
  method: 'GET',
  path: '/merchants',
  permission: 'merchant.read',
  input: input.extend({ query: byName }),
  async answer({ session, input: { query }, url }) {
    const found = await listMerchants(session.organization, query)
    return {
      title: 'Merchants',
      body: html`<h1>Merchants</h1>
        <ul class="rows">
          ${found.items.map(row)}
        </ul>
        ${pager(url, found.next)}`,
    }
  },
})

const merchant = pageRoute({
  method: 'GET',
  path: '/merchants/:id',
  permission: 'merchant.read',
  input: withId,
  async answer({ session, input: { params } }) {
    const found = await getMerchant(session.organization, params.id)
    if (found === undefined) return undefined
    const revenue = session.may('revenue.read') ? bars(found, await revenueOf(session.organization, found.id)) : ''
    return {
      title: found.name,
      body: html`<h1>${found.name}</h1>
        <dl class="facts">
          <dt>Website</dt>
          <dd>${found.website}</dd>
          <dt>With us since</dt>
          <dd>${moment(found.created_at)}</dd>
        </dl>
        ${revenue}`,
    }
  },
})

export const merchantPages: readonly Route[] = [list, merchant]

function row(item: Merchant): Html {
  return html`<li>
    <a class="row" href="/merchants/${item.id}">
      <span class="title">${item.name}</span>
      <span class="meta">${item.website}</span>
    </a>
  </li>`
}

/** A bar is a meter: it needs neither script nor inline style, and a screen reader reads the same numbers. */
function bars(of: Merchant, months: readonly Revenue[]): Html {
  const money = new Intl.NumberFormat('en-GB', { style: 'currency', currency: of.currency })
  const unit = 10 ** (money.resolvedOptions().maximumFractionDigits ?? 2)
  const top = Math.max(1, ...months.map(month => month.revenue_minor))
  return html`<h2>Revenue</h2>
    <div class="scroll" role="region" aria-label="Revenue by month" tabindex="0">
      <table class="revenue">
        <thead>
          <tr>
            <th scope="col">Month</th>
            <th scope="col"><span class="unseen">Compared</span></th>
            <th scope="col" class="end">Revenue</th>
            <th scope="col" class="end">Orders</th>
          </tr>
        </thead>
        <tbody>
          ${months.map(
            ({ month, orders, revenue_minor: minor }) =>
              html`<tr>
                <th scope="row">${month}</th>
                <td>
                  <meter
                    class="bar"
                    aria-label="Compared with the best month"
                    min="0"
                    max="${top}"
                    value="${minor}"
                  ></meter>
                </td>
                <td class="end">${money.format(minor / unit)}</td>
                <td class="end">${orders}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`
}
