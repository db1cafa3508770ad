import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { nameOf, placesOf } from '../isolation-routes/draft.ts'
import { gotThrough } from '../roles-enforced/ground.ts'
import type { Ground, Party } from './ground.ts'
import { mustKeep, mustNotShare, mustNotTell, mustRefuse } from './judged.ts'
import { begin, known, mustGive, ways } from './tokens.ts'

/** Positive control: the visitor does there what visitors may do. @throws claims.cannot_probe */
export async function mustWork(ground: Ground, route: DeclaredRoute, party: Party, token: string): Promise<void> {
  const answer = await ground.ask(route, party, { token, origin: party.visitor.origin })
  if (answer.status >= 400) throw cannotProbe(`${nameOf(route)} refuses an honest visitor: ${answer.status}.`)
}

/** The same token on other pages, and told in other places. */
export async function attackPages(ground: Ground, route: DeclaredRoute): Promise<void> {
  const { house, other } = ground
  const { token, origin } = house.visitor
  const where = nameOf(route)
  const others = [undefined, 'null', '', `${origin}/`, origin.toUpperCase(), `${origin}.evil.invalid`, `${origin}:8443`]
  for (const page of [...others, foreignPage(origin), house.otherPage, other.otherPage, 'https://evil.invalid']) {
    const answer = await ground.ask(route, house, { token, origin: page })
    mustRefuse(ground, answer, { attack: 'use a token on another page', where })
    if (page !== undefined && page !== '')
      mustNotShare(ground, answer, page, { attack: 'read an answer on another page', where })
  }
  // What stands in an address stands in logs, and goes along to other sites.
  const named = { ...route.query, token, access_token: token, authorization: `Bearer ${token}` }
  const told = [
    { ...route, query: named },
    { ...route, cookies: { ...route.cookies, token, visitor: token } },
    { ...route, headers: { ...route.headers, 'x-token': token, 'x-authorization': `Bearer ${token}` } },
  ]
  for (const one of told)
    mustRefuse(ground, await ground.ask(one, house, { origin }), { attack: 'tell a token in another place', where })
  mustRefuse(ground, await ground.ask(route, house, { origin }), { attack: 'ask without a token', where })
  mustRefuse(ground, await ground.ask(route, house, {}), { attack: 'ask without a token', where })
}

function foreignPage(origin: string): string {
  return origin.startsWith('https:') ? origin.replace('https:', 'http:') : `${origin}0`
}

/** Of two visitors, and of two organizations, each has their own. */
export async function attackOthers(ground: Ground, route: DeclaredRoute): Promise<void> {
  const { house, other, visitors } = ground
  const where = nameOf(route)
  const stranger = { origin: house.visitor.origin, token: await known(ground, house, 'probe-b', visitors.rules.scopes) }
  // What a route of visitors takes by its identifier is one visitor's own.
  const another = await ground.ask(route, house, stranger)
  const attack = 'be another visitor of the same organization'
  if (placesOf(route).length > 0) mustRefuse(ground, another, { attack, where })
  else mustKeep(ground, another, house, { attack, where })
  const theirs = await ground.ask(route, house, other.visitor)
  mustNotTell(ground, theirs, house, { attack: 'be a visitor of another organization', where })
}

/**
 * Tokens with one scope each: of several, a route takes one and no other. And whom nobody knows does what anonymous
 * visitors may.
 */
export async function attackScopes(ground: Ground, route: DeclaredRoute): Promise<void> {
  const { house, visitors, report } = ground
  const { scopes, anonymous } = visitors.rules
  const where = nameOf(route)
  const taken: string[] = []
  for (const scope of scopes) {
    // The same visitor as the application let in, where it knows them: their own things are theirs.
    const token = await known(ground, house, house.visitor.name ?? 'probe-a', [scope])
    const { status } = await ground.ask(route, house, { token, origin: house.visitor.origin })
    if (![401, 403].includes(status)) taken.push(scope)
  }
  if (taken.length > 1)
    report.refute({ attack: 'use a token for something else', where, saw: `taken with any of ${taken.length} scopes` })
  else report.observe('use a token for something else', where)
  const fine = taken.length === 0 || taken.some(scope => anonymous.includes(scope))
  const { token } = mustGive(ways.begin, await begin(ground, house, house.visitor.origin))
  const nobody = await ground.ask(route, house, { token, origin: house.visitor.origin })
  if (!fine) mustRefuse(ground, nobody, { attack: 'be nobody where a visitor has to be known', where })
}

/** Everything that is declared for members, staff, keys and directories. */
export async function attackClosed(ground: Ground): Promise<void> {
  const { house, report } = ground
  for (const route of ground.closed) {
    const answer = await ground.ask(route, house, house.visitor)
    const saw = gotThrough(answer)
    const where = nameOf(route)
    if (saw !== undefined) report.refute({ attack: 'use a token where no visitor has a place', where, saw })
    else report.observe('use a token where no visitor has a place', where)
  }
}
