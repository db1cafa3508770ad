import { apiRoute } from '../http/api-route.ts'
import { input, withId } from '../http/inputs.ts'
import { byName } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import { getMerchant, listMerchants, revenueOf } from './store.ts'

const list = apiRoute({
  method: 'GET',
  path: '/api/v1/merchants',
  permission: 'merchant.read',
  input: input.extend({ query: byName }),
  async answer({ organization, pick, input: { query } }) {
    const { items, next } = await listMerchants(organization, query)
    return { body: { items: items.map(item => pick('merchant', item)), next } }
  },
})

const get = apiRoute({
  method: 'GET',
  path: '/api/v1/merchants/:id',
  permission: 'merchant.read',
  input: withId,
  async answer({ organization, pick, input: { params } }) {
    const merchant = await getMerchant(organization, params.id)
    return merchant && { body: pick('merchant', merchant) }
  },
})

const revenue = apiRoute({
  method: 'GET',
  path: '/api/v1/merchants/:id/revenue',
  permission: 'revenue.read',
  input: withId,
  async answer({ organization, input: { params } }) {
    const merchant = await getMerchant(organization, params.id)
    return merchant && { body: { currency: merchant.currency, months: await revenueOf(organization, merchant.id) } }
  },
})

export const merchantApi: readonly Route[] = [list, get, revenue]
