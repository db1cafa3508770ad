import { firstNames, type House, lastNames, shopFirst, shopSecond } from './names.ts'
import { namedId, type Random, random } from './random.ts'
import { talk, type Talk } from './talk.ts'
import { dayMs, seedNowMs } from './time.ts'

const months = Array.from({ length: 12 }, (_, back) => monthName(2026 * 12 + 9 - back)).reverse()

/** Times are milliseconds since 1970, for the database to read. */
export interface Member {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: 'owner' | 'admin' | 'agent' | 'auditor'
  readonly at: number
}

interface Merchant {
  readonly id: string
  readonly name: string
  readonly website: string
  readonly currency: string
  readonly at: number
}

interface Revenue {
  readonly merchant_id: string
  readonly month: string
  readonly orders: number
  readonly revenue_minor: number
}

export interface Contact {
  readonly id: string
  readonly merchant_id: string | null
  readonly name: string
  readonly email: string
  readonly phone: string | null
  readonly at: number
}

/** All rows of one organization, but for its id. */
export interface Invented extends Talk {
  /** Those who answer customers. */
  readonly members: readonly Member[]
  /** Looks on, and answers nobody. */
  readonly auditor: Member
  readonly merchants: readonly Merchant[]
  readonly revenue: readonly Revenue[]
  readonly contacts: readonly Contact[]
}

/** A house with its people, customers and conversations: made of its name alone. */
export function invent(house: House): Invented {
  const luck = random(house.slug)
  const members = Array.from({ length: house.agents + 1 }, (_, n) => member(house, n, luck))
  const merchants = Array.from({ length: house.merchants }, (_, n) => merchant(house, n, luck))
  const contacts = Array.from({ length: house.contacts }, (_, n) => contact(house, n, merchants, luck))
  const revenue = merchants.flatMap(shop => revenueOf(shop, luck))
  const told = talk(house, members, contacts, luck)
  const auditor = { ...member(house, house.agents + 1, luck), role: 'auditor' as const }
  return { members, auditor, merchants, revenue, contacts, ...told }
}

/** One owner, an admin for every six agents, begun with the first. Steps through the names keep the addresses apart. */
function member(house: House, n: number, luck: Random): Member {
  const offset = house.conversations
  const first = at(firstNames, n * 5 + offset)
  const last = at(lastNames, n * 7 + offset)
  const role = n === 0 ? 'owner' : n % 6 === 1 ? 'admin' : 'agent'
  return {
    id: namedId(`${house.slug} member ${n}`),
    name: `${first} ${last}`,
    email: `${plain(first)}.${plain(last)}@${house.slug}.example`,
    role,
    at: seedNowMs - luck.between(200, 900) * dayMs,
  }
}

function merchant(house: House, n: number, luck: Random): Merchant {
  const name = `${at(shopFirst, n + house.conversations)} ${at(shopSecond, n * 7 + house.contacts)}`
  return {
    id: namedId(`${house.slug} merchant ${n}`),
    name,
    website: `${plain(name)}.example`,
    currency: luck.pick(['EUR', 'EUR', 'GBP', 'SEK', 'PLN']),
    at: seedNowMs - luck.between(190, 800) * dayMs,
  }
}

/** A level of its own for each shop, more before the holidays, and some luck. */
function revenueOf(shop: Merchant, luck: Random): Revenue[] {
  const usualOrders = luck.between(60, 1800)
  const usualMinor = luck.between(1800, 9500)
  return months.map(month => {
    const season = month.endsWith('-11-01') ? 1.5 : month.endsWith('-12-01') ? 1.8 : 1
    const orders = Math.round(usualOrders * season * (0.8 + 0.4 * luck.fraction()))
    const revenue_minor = Math.round(orders * usualMinor * (0.9 + 0.2 * luck.fraction()))
    return { merchant_id: shop.id, month, orders, revenue_minor }
  })
}

function contact(house: House, n: number, merchants: readonly Merchant[], luck: Random): Contact {
  const first = luck.pick(firstNames)
  const last = luck.pick(lastNames)
  const shop = luck.fraction() < 0.9 ? luck.pick(merchants) : undefined
  const digits = String(luck.between(100_000, 999_999))
  return {
    id: namedId(`${house.slug} contact ${n}`),
    merchant_id: shop?.id ?? null,
    name: `${first} ${last}`,
    email: `${plain(first)}.${plain(last)}.${n}@post.example`,
    // Ofcom keeps 01632 960xxx for drama: it reaches nobody.
    phone: luck.fraction() < 0.4 ? `+44 1632 960${digits.slice(3)}` : null,
    at: seedNowMs - luck.between(181, 600) * dayMs,
  }
}

function at(from: readonly string[], n: number): string {
  return from[n % from.length] ?? ''
}

/** For addresses: no accents, no spaces, lower case. */
function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase()
}

function monthName(count: number): string {
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}-01`
}
