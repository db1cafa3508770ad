import type { Organization } from 'upheld'
import { type Page, page, type Position } from '../http/paging.ts'

export interface Merchant {
  readonly id: string
  readonly name: string
  readonly website: string
  readonly currency: string
  readonly created_at: Date
}

/** What a merchant sold in one month. */
export interface Revenue {
  /** Such as 2026-10. */
  readonly month: string
  readonly orders: number
  /** In the smallest unit of the merchant's currency; exact. */
  readonly revenue_minor: number
}

export async function listMerchants(
  organization: Organization,
  { limit, after: [name, id] }: { readonly limit: number; readonly after: Position },
): Promise<Page<Merchant>> {
  const rows = await organization.sql<Merchant>`
    select id, name, website, currency, created_at from desk.merchant
    where (name, id) > (${name}, ${id}::uuid)
    order by name, id
    limit ${limit + 1}`
  return page(rows, limit, row => [row.name, row.id])
}

/** For choosing one in a form: at most 500. */
export function listMerchantNames(organization: Organization): Promise<{ id: string; name: string }[]> {
  return organization.sql<{ id: string; name: string }>`select id, name from desk.merchant order by name, id limit 500`
}

export async function getMerchant(organization: Organization, id: string): Promise<Merchant | undefined> {
  const [row] = await organization.sql<Merchant>`
    select id, name, website, currency, created_at from desk.merchant where id = ${id}`
  return row
}

/** The newest twelve months, oldest first. */
export async function revenueOf(organization: Organization, merchantId: string): Promise<Revenue[]> {
  // A bigint comes as text; the table bounds it to what a number holds exactly.
  const rows = await organization.sql<{ month: string; orders: number; revenue_minor: string }>`
    select to_char(month, 'YYYY-MM') as month, orders, revenue_minor from desk.merchant_revenue
    where merchant_id = ${merchantId}
    order by merchant_revenue.month desc
    limit 12`
  return rows.map(row => ({ ...row, revenue_minor: Number(row.revenue_minor) })).reverse()
}
