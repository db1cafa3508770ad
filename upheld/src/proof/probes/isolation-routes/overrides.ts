import type { DeclaredRoute, Furnishing } from '../../../routes.ts'
import type { Crawl, Other } from './crawl.ts'
import { draftOf, nameOf, writes, type Draft } from './draft.ts'
import { withHeaders, withQuery } from './disguises.ts'
import { rolesOf, swappedAll, tellingPlaces } from './swaps.ts'
import { credentialsOf, tryOn } from './trial.ts'

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
const hostHeaders = ['host', 'x-forwarded-host', 'x-host', 'x-forwarded-server']

/** Their organization in headers, cookies, host names, query and body, with one's own ids and with theirs. */
export async function attackByOverride(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const role = rolesOf(route)[0]
  const bases: readonly (readonly [says: string, make: (own: Furnishing, other: Other) => Draft])[] = [
    ['', own => draftOf(route, own)],
    ...(tellingPlaces(crawl, route).length === 0 ? [] : [[' and their ids', swappedAll(route)] as const]),
  ]
  for (const [says, base] of bases) {
    const attempt = (where: string, change: (draft: Draft, organization: string) => Draft): Promise<unknown> =>
      tryOn(crawl, {
        attack: `their organization in ${where}${says}`,
        route,
        role,
        make: (own, other) => change(base(own, other), other.organization),
      })
    await attempt('headers', (draft, id) => withHeaders(draft, Object.fromEntries(headerNames.map(name => [name, id]))))
    await attempt('cookies', (draft, id) => ({
      ...draft,
      cookies: { ...draft.cookies, ...Object.fromEntries(fieldNames.map(name => [name, id])) },
    }))
    await attempt('the host name', (draft, id) =>
      withHeaders(draft, Object.fromEntries(hostHeaders.map(name => [name, `${id}.example`]))),
    )
    for (const names of await bundles(crawl, route, role, (draft, all) => withQuery(draft, all)))
      await attempt('the query', (draft, id) =>
        withQuery(
          draft,
          names.map(name => [name, id]),
        ),
      )
    if (!writes(route) || (route.json === undefined && route.form === undefined)) continue
    for (const names of await bundles(crawl, route, role, (draft, all) => withFields(draft, all)))
      await attempt('the body', (draft, id) =>
        withFields(
          draft,
          names.map(name => [name, id]),
        ),
      )
  }
}

type Fields = readonly (readonly [name: string, value: string])[]

/** All names at once where that is taken like an honest request; one by one where a stranger among them spoils it for the rest. */
async function bundles(
  crawl: Crawl,
  route: DeclaredRoute,
  role: string | undefined,
  change: (draft: Draft, fields: Fields) => Draft,
): Promise<readonly (readonly string[])[]> {
  const own = crawl.thief.own()
  const plain = draftOf(route, own)
  const [nobody] = crawl.absent
  const all: Fields = fieldNames.map(name => [name, nobody.organization])
  const { status } = await crawl.ask(change(plain, all), credentialsOf(own, role))
  if (writes(route) && status < 400) await crawl.refresh()
  return status < 400 ? [fieldNames] : fieldNames.map(name => [name])
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
  await settled(crawl)
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

/** What the victim's own request set going, such as a time of last use, has come to rest. */
export async function settled(crawl: Crawl): Promise<void> {
  let held = await crawl.state('victim')
  for (let looks = 0; looks < 20; looks += 1) {
    const now = await crawl.state('victim')
    if (now === held) return
    held = now
  }
}
