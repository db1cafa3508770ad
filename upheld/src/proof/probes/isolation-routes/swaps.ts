import type { DeclaredRoute, Furnishing } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { difference, type Told } from './compare.ts'
import type { Crawl, Other } from './crawl.ts'
import { draftOf, idIn, nameOf, placesOf, writes, type Draft, type Place } from './draft.ts'
import { inLanes } from './lanes.ts'
import { credentialsOf, mustBeAnswer, told, tryOn } from './trial.ts'

/** The plainest attack: an honest request of one's own, with one identifier of somebody else's in it. */

export function rolesOf({ roles }: DeclaredRoute): readonly (string | undefined)[] {
  return roles === 'public' ? [undefined] : roles
}

/** The request with the other's id in one place, and one's own in all others. */
export function swapped(route: DeclaredRoute, place: Place): (own: Furnishing, other: Other) => Draft {
  return (own, other) => draftOf(route, own, (kind, at) => (at === place.at ? idOfOther(other, kind) : idIn(own, kind)))
}

/** The request with the other's ids in every place. */
export function swappedAll(route: DeclaredRoute): (own: Furnishing, other: Other) => Draft {
  return (own, other) => draftOf(route, own, kind => idOfOther(other, kind))
}

function idOfOther({ ids }: Other, kind: string): string {
  return ids[kind] ?? ''
}

/** Places in which the two organizations name different things. A year that both have is attacked with its number. */
export function tellingPlaces(crawl: Crawl, route: DeclaredRoute): readonly Place[] {
  const own = crawl.thief.own()
  return placesOf(route).filter(({ kind }) => idOfOther(crawl.thief.theirs, kind) !== idIn(own, kind))
}

/** Each place of a route in each role that may use it, and then the positive control of each role. */
export async function attackBySwap(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const places = tellingPlaces(crawl, route)
  // Pages of the house ask in one place who may: the first role meets it as every other one does.
  const roles = route.house === true ? rolesOf(route).slice(0, 1) : rolesOf(route)
  for (const [turn, role] of roles.entries()) {
    const absent = new Map<Place, Told>()
    for (const place of places) {
      const attack = `their id in the ${place.at}, as ${role ?? 'nobody'}`
      absent.set(place, await tryOn(crawl, { attack, route, role, make: swapped(route, place) }))
    }
    if (places.length > 1)
      await tryOn(crawl, {
        attack: `their ids throughout, as ${role ?? 'nobody'}`,
        route,
        role,
        make: swappedAll(route),
      })
    if (route.honest !== false) await mustWork(crawl, route, role, turn === 0 ? absent : new Map())
  }
}

/**
 * First of all the victim looks at everything that it has: what an application keeps at hand for the next reader is at
 * hand then. Positive control of the mark: whoever reads their answers meets it.
 */
export async function lookAsVictim(crawl: Crawl): Promise<void> {
  const own = crawl.victim.own()
  const met: string[] = []
  const looking = crawl.routes.filter(route => !writes(route))
  await inLanes(looking, async route => {
    const role = rolesOf(route)[0]
    const { headers, body } = await crawl.ask(draftOf(route, own), credentialsOf(own, role))
    if ([body, ...Object.values(headers)].some(text => text.includes(crawl.thief.theirs.mark))) met.push(nameOf(route))
  })
  if (met.length === 0 && looking.some(route => route.roles !== 'public'))
    throw cannotProbe('No answer to an organization holds the mark that was put into its texts.')
  await crawl.settle()
}

/** The same from the victim's chair: a session of theirs is bound to them as ours is to us. */
export async function attackFromThere(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const role = rolesOf(route)[0]
  if (writes(route) || tellingPlaces(crawl, route).length === 0) return
  await tryOn(crawl, { attack: 'our ids in their session', route, role, side: crawl.victim, make: swappedAll(route) })
  await crawl.settle()
}

/**
 * Positive control: with one's own ids the route works for this role, and each id makes a difference. Otherwise an
 * attack that gets nothing has learned nothing.
 */
async function mustWork(
  crawl: Crawl,
  route: DeclaredRoute,
  role: string | undefined,
  absent: ReadonlyMap<Place, Told>,
): Promise<void> {
  const own = crawl.thief.own()
  const named = [...Object.values(own.ids)]
  const held = writes(route) && route.changes !== false ? await crawl.state() : undefined
  const answer = mustBeAnswer(await crawl.ask(draftOf(route, own), credentialsOf(own, role)), route)
  const saw = crawl.thief.traces().in(answer, named)
  if (saw !== undefined) crawl.report.refute({ attack: 'an honest request', where: nameOf(route), saw })
  const as = role === undefined ? '' : ` as ${role}`
  if (answer.status >= 400)
    throw cannotProbe(
      `${nameOf(route)} answers an honest request${as} with ${answer.status}, so no attack on it says anything.`,
    )
  if (held !== undefined && held === (await crawl.state()))
    throw cannotProbe(`${nameOf(route)} changes nothing with its example${as}, so a change would not be seen.`)
  if (route.roles !== 'public') await mustTell(crawl, route, answer, as)
  for (const [place, { answer: without, named: others }] of absent) {
    const same = meansTheSame(told(answer, named), told(without, others))
    if (same) throw cannotProbe(`${nameOf(route)} answers alike whatever the ${place.at} names.`)
  }
  if (writes(route)) await crawl.refresh()
}

/** Who is signed in gets something else than who is not. */
async function mustTell(crawl: Crawl, route: DeclaredRoute, answer: Told['answer'], as: string): Promise<void> {
  const own = crawl.thief.own()
  const stranger = await crawl.ask(draftOf(route, own), undefined)
  if (!meansTheSame(told(answer, []), told(stranger, []))) return
  if (answer.status >= 300)
    throw cannotProbe(`${nameOf(route)} answers${as} as it answers a stranger: it lets nobody in.`)
  const saw = `status ${answer.status}, the same answer as for one who is signed in`
  crawl.report.refute({ attack: 'nobody signed in', where: nameOf(route), saw })
}

/** Whether two answers say one thing, apart from what any two answers differ in, such as their date. */
function meansTheSame(one: Told, other: Told): boolean {
  const plain = ({ answer, named }: Told): Told => {
    const kept = ['location', 'set-cookie'].flatMap(name => {
      const value = answer.headers[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    return { answer: { ...answer, headers: Object.fromEntries(kept) }, named }
  }
  return difference([plain(other)], plain(one)) === undefined
}
