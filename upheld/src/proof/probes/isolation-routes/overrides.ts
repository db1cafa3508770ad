import type { DeclaredRoute, Furnishing } from '../../../routes.ts'
import type { Crawl, Other } from './crawl.ts'
import { draftOf, nameOf, writes, type Draft } from './draft.ts'
import { withHeaders, withQuery } from './disguises.ts'
import { rolesOf, swappedAll, tellingPlaces } from './swaps.ts'
import { credentialsOf, mustBeAnswer, mustBeUnchanged, tryOn, type Trial } from './trial.ts'
import type { Answer } from './wire.ts'

/** Whose data it is comes from who asks, and from nothing else that a request can say. */

const headerNames = [
  'x-organization-id',
  'x-organization',
  'x-org-id',
  'x-org',
  'x-tenant-id',
  'x-tenant',
  'x-account-id',
  'x-account',
  'x-customer-id',
  'x-workspace-id',
  'x-upheld-organization',
  'organization-id',
  'organization',
  'tenant-id',
  'tenant',
]
const fieldNames = [
  'organization_id',
  'organizationId',
  'organization',
  'org_id',
  'org',
  'tenant_id',
  'tenantId',
  'tenant',
  'account_id',
]
/** What lists obey that were made for somebody who may see everything. */
const wide: Fields = [
  ['include', '*'],
  ['expand', '*'],
  ['embed', '*'],
  ['all', 'true'],
  ['scope', 'all'],
  ['admin', 'true'],
  ['debug', 'true'],
  ['limit', '100000'],
  ['per_page', '100000'],
]
const hostHeaders = ['host', 'x-forwarded-host', 'x-host', 'x-forwarded-server']

/** Their organization in headers, cookies, host names, query and body of an honest request, and of one with their ids. */
export async function attackByOverride(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const role = rolesOf(route)[0]
  const attempt = (attack: string, make: Trial['make']): Promise<unknown> => tryOn(crawl, { attack, route, role, make })
  await attempt('their organization in headers and cookies', (own, other) => claiming(draftOf(route, own), other))
  await attempt('their organization in the host name', (own, other) => hosted(draftOf(route, own), other))
  if (tellingPlaces(crawl, route).length > 0) {
    const all = swappedAll(route)
    await attempt('their organization in headers and cookies, with their ids', (own, other) =>
      claiming(all(own, other), other),
    )
  }
  if (!writes(route))
    await attempt('all that there is, asked for in the query', own => withQuery(draftOf(route, own), wide))
  await attackByFields(crawl, route, 'the query', withQuery)
  if (writes(route) && (route.json !== undefined || route.form !== undefined))
    await attackByFields(crawl, route, 'the body', withFields)
}

function claiming(draft: Draft, { organization }: Other): Draft {
  const cookies = { ...draft.cookies, ...Object.fromEntries(fieldNames.map(name => [name, organization])) }
  return withHeaders({ ...draft, cookies }, Object.fromEntries(headerNames.map(name => [name, organization])))
}

function hosted(draft: Draft, { organization }: Other): Draft {
  return withHeaders(draft, Object.fromEntries(hostHeaders.map(name => [name, `${organization}.example`])))
}

type Fields = readonly (readonly [name: string, value: string])[]

/**
 * All names at once where that is taken like an honest request; one by one where a stranger among them spoils it for the
 * rest. A single name that is refused as well has reached nothing; one that is not is held against absent ones.
 */
async function attackByFields(
  crawl: Crawl,
  route: DeclaredRoute,
  place: string,
  change: (draft: Draft, fields: Fields) => Draft,
): Promise<void> {
  const attack = `their organization in ${place}`
  const role = rolesOf(route)[0]
  const naming = (names: readonly string[]) => {
    return (own: Furnishing, { organization }: Other): Draft =>
      change(
        draftOf(route, own),
        names.map(name => [name, organization]),
      )
  }
  const ask = async (names: readonly string[], other: Other): Promise<Answer> => {
    const own = crawl.thief.own()
    return mustBeAnswer(await crawl.ask(naming(names)(own, other), credentialsOf(own, role)), route)
  }
  const bundle = await ask(fieldNames, crawl.absent[0])
  if (writes(route) && bundle.status < 400) await crawl.refresh()
  if (bundle.status < 400) {
    await tryOn(crawl, { attack, route, role, make: naming(fieldNames) })
    return
  }
  for (const name of fieldNames) {
    const answer = await ask([name], crawl.thief.theirs)
    const saw = crawl.thief.traces().in(answer, crawl.thief.theirs.named)
    if (saw !== undefined) crawl.report.refute({ attack, where: nameOf(route), saw })
    else if (answer.status !== bundle.status) await tryOn(crawl, { attack, route, role, make: naming([name]) })
    else crawl.report.observe(attack, nameOf(route))
  }
  await mustBeUnchanged(crawl, attack, nameOf(route))
}

function withFields(draft: Draft, fields: Fields): Draft {
  if (draft.form !== undefined) return { ...draft, form: [...draft.form, ...fields] }
  if (typeof draft.json !== 'object' || draft.json === null || Array.isArray(draft.json)) return draft
  return { ...draft, json: { ...draft.json, ...Object.fromEntries(fields) } }
}

/** Their very words in a search, and in a field that must be unique: both answer whether somebody has them. */
export async function attackByText(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const role = rolesOf(route)[0]
  const texts = Object.entries(route.query ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [name] : []))
  for (const name of texts) {
    await tryOn(crawl, {
      attack: 'their words in a search',
      route,
      role,
      make: (own, other) => {
        const draft = draftOf(route, own)
        return { ...draft, query: draft.query.map(([one, value]) => [one, one === name ? other.mark : value]) }
      },
    })
  }
  if (writes(route)) await attackUnique(crawl, route, role)
}

/** The victim makes something under a name of its own; the thief then asks for the same name, and for one that nobody has. */
async function attackUnique(crawl: Crawl, route: DeclaredRoute, role: string | undefined): Promise<void> {
  const { victim } = crawl
  const fresh = /"\$fresh"/.test(JSON.stringify([route.json, route.form, route.query, route.params]))
  if (!fresh || role === undefined) return
  const taken = draftOf(route, victim.own())
  const made = await crawl.ask(taken, credentialsOf(victim.own(), role))
  if (made.status >= 400) return
  await crawl.settle()
  await tryOn(crawl, {
    attack: 'a name that they have',
    route,
    role,
    make: (own, other) =>
      other === crawl.thief.theirs ? sameTexts(draftOf(route, own), taken, route) : draftOf(route, own),
  })
  await crawl.refresh()
  crawl.report.observe('a name that they have', nameOf(route))
}

/** Ids stay the thief's; what was made up is the victim's. */
function sameTexts(mine: Draft, taken: Draft, route: DeclaredRoute): Draft {
  const freshOnes = new Set(freshIn([route.json, route.form, route.query, route.params]))
  const pick = (name: string, mineValue: unknown, theirValue: unknown): unknown =>
    freshOnes.has(name) ? theirValue : mineValue
  const pairs = (ours: Draft['query'], theirs: Draft['query']): Draft['query'] =>
    ours.map(([name, value], index) => [name, String(pick(name, value, theirs[index]?.[1]))])
  const json = (ours: unknown, theirs: unknown, name: string): unknown => {
    if (typeof ours !== 'object' || ours === null || typeof theirs !== 'object' || theirs === null)
      return pick(name, ours, theirs)
    if (Array.isArray(ours)) return ours.map((one: unknown, index) => json(one, Reflect.get(theirs, index), name))
    return Object.fromEntries(
      Object.entries(ours).map(([key, one]: [string, unknown]) => [key, json(one, Reflect.get(theirs, key), key)]),
    )
  }
  return {
    ...mine,
    query: pairs(mine.query, taken.query),
    ...(mine.form === undefined ? {} : { form: pairs(mine.form, taken.form ?? []) }),
    ...(mine.json === undefined ? {} : { json: json(mine.json, taken.json, '') }),
  }
}

/** Names under which an example says that its text is made up anew. */
function freshIn(example: unknown, name = ''): string[] {
  if (typeof example !== 'object' || example === null) return []
  if ('$fresh' in example) return [name]
  return Object.entries(example).flatMap(([key, one]: [string, unknown]) =>
    freshIn(one, /^\d+$/.test(key) ? name : key),
  )
}
