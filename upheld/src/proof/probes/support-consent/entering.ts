import { randomBytes, randomUUID } from 'node:crypto'
import { pause } from '../../../core/clock.ts'
import type { Organization, OrganizationId } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { nameOf } from '../isolation-routes/draft.ts'
import type { Browser } from '../people/browser.ts'
import type { Guest } from '../people/guests.ts'
import { judge } from '../judge.ts'
import type { Ground } from './ground.ts'

interface Key {
  readonly organization: OrganizationId
  readonly staffId: string
  readonly grant: { readonly id: string; readonly writes: boolean }
}

/** The application's own handle in somebody's hands: it signs whatever context it is told to. */
export function handleOf({ platform }: Ground, { organization, staffId, grant }: Key): Organization {
  return platform.organization(organization).as({ type: 'staff', id: staffId, purpose: 'support', grant })
}

/** Whether a statement runs; anything but a plain refusal is no answer. */
export async function runs(handle: Pick<Organization, 'query'>, text: string): Promise<boolean> {
  return (await answered(handle, text)) !== undefined
}

/** Whether a row of a table can be seen: there is one to be seen. */
export async function sees(handle: Pick<Organization, 'query'>, table: string): Promise<boolean> {
  return ((await answered(handle, `select 1 from ${table} limit 1`)) ?? 0) > 0
}

/** How many rows a statement gives; undefined where it is refused. */
async function answered(handle: Pick<Organization, 'query'>, text: string): Promise<number | undefined> {
  try {
    return (await handle.query(text)).length
  } catch (error) {
    if (refusals.includes(codeOf(error))) return undefined
    throw cannotProbe(`A statement of staff ended with ${codeOf(error)}, which is neither done nor refused.`, error)
  }
}

const refusals = ['42501', 'tenancy.no_grant', 'tenancy.no_context']

/** Every table, as staff that comes with this: none may open. */
export async function tablesStayShut(ground: Ground, attack: string, key: Key): Promise<void> {
  const handle = handleOf(ground, key)
  for (const table of ground.tables) {
    judge(ground, attack, table, await sees(handle, table), 'it could be read')
  }
}

/** Every page of the application that shows what staff may be granted: none may open. */
export async function pagesStayShut(ground: Ground, attack: string, browser: Browser): Promise<void> {
  for (const page of ground.pages) {
    const { status } = await browser.get(page.path)
    if (status === 429 || status >= 500) throw cannotProbe(`${nameOf(page)} answered the probe with ${status}.`)
    judge(ground, attack, nameOf(page), status === 200, 'status 200')
  }
}

/** A browser that goes by this grant, whoever gave it. */
export function going({ browser }: Guest, organization: string, grantId: string): Browser {
  const own = browser.copy()
  own.setCookie('support', `${organization}.${grantId}`)
  return own
}

/** Without any grant: not by a page, not with the application's own key, not by the login of staff. */
export async function attackWithout(ground: Ground): Promise<void> {
  const { report, staff, house, world, tables, pages } = ground
  const [first] = staff
  report.population('tables of customers', tables.length)
  report.population('pages that staff could be let into', pages.length)
  await pagesStayShut(ground, 'look without a grant', first.browser)
  const inside = first.browser.copy()
  inside.setCookie('organization', house)
  await pagesStayShut(ground, 'look with a cookie of the organization', inside)
  await pagesStayShut(ground, 'look with a grant that is made up', going(first, house, randomUUID()))
  for (const writes of [false, true]) {
    const key = { organization: house, staffId: first.personId, grant: { id: randomUUID(), writes } }
    await tablesStayShut(ground, `read with a grant that is made up, ${writes ? 'to write' : 'to read'}`, key)
  }
  const login = world.login('staff')
  try {
    for (const table of tables) {
      const open = await sees({ query: async text => (await login.query(text)).rows }, table)
      judge(ground, 'read by the stolen login of staff', table, open, 'it could be read')
    }
  } finally {
    await login.close()
  }
  for (const path of houseWays(ground)) {
    const { status } = await inside.get(path)
    judge(ground, 'open a page of the members', path, status === 200, 'status 200')
  }
}

/** Whoever runs the provider of a customer could say of anybody who they are: of staff it is not believed. */
export async function attackVouched(ground: Ground): Promise<void> {
  const { staff, crowd, other, house } = ground
  const [, , third] = staff
  const proof = { personId: third.personId, methods: ['sso-mfa'], way: 'sso-mfa', organizationId: other } as const
  const arrival = await crowd.people.identity.arrive(proof, { address: '127.0.0.1', agent: 'a probe' })
  if (arrival.needs !== 'nothing') throw cannotProbe('What a provider calls multi-factor is none here.')
  const browser = crowd.browser()
  browser.setCookie('session', arrival.token)
  for (const path of ['/staff', '/staff/ask', '/staff/glass', '/staff/reviews']) {
    const { status } = await browser.get(path)
    judge(ground, 'work for the operator by the word of a customer', path, status === 200, 'status 200')
  }
  browser.setCookie('support', `${house}.${randomUUID()}`)
  await pagesStayShut(ground, 'look by the word of a customer', browser)
}

/** Pages of the organization itself: members, keys, rules, sign-in, support, reviews. */
export function houseWays({ crowd }: Ground): readonly string[] {
  return crowd.people.site.routes
    .filter(
      ({ method, path }) =>
        method === 'GET' && /^\/(organization|support|reviews)(\/|$)/.test(path) && !path.includes(':'),
    )
    .map(({ path }) => path)
}

/** Grants that nobody gave: written into the database by a thief of the login of identity, too long, or run out. */
export async function attackForged(ground: Ground): Promise<void> {
  const { staff, house, owner, crowd } = ground
  const [, , third] = staff
  const thief = crowd.people.members.organization(house).as({ type: 'member', id: owner.memberId, purpose: 'support' })
  const put = async (lifeSecs: number): Promise<string> => {
    const id = randomUUID()
    const statement = JSON.stringify({
      type: 'upheld/support-grant@v1',
      id,
      organization: house,
      staff: third.personId,
    })
    await thief.sql`select upheld.grant_support(${id}, ${third.personId}, false, ${lifeSecs}, ${statement}, ${randomBytes(64)})`
    return id
  }
  const forged = await put(60)
  await pagesStayShut(ground, 'look with a grant that was written into the database', going(third, house, forged))
  const long = await put(7_201).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === '23514') return false
      throw error
    },
  )
  judge(ground, 'grant for longer than two hours', 'house', long, 'it was granted')
  const short = await put(1)
  await pause(1_100, ground.report.signal)
  await tablesStayShut(ground, 'read with a grant that has run out', {
    organization: house,
    staffId: third.personId,
    grant: { id: short, writes: false },
  })
}
