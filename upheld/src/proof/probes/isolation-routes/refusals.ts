import type { Credentials, DeclaredRoute } from '../../../routes.ts'
import type { Crawl } from './crawl.ts'
import { draftOf, nameOf, writes } from './draft.ts'
import { rolesOf, swapped, tellingPlaces } from './swaps.ts'
import { credentialsOf, mustBeAnswer, tryOn } from './trial.ts'
import type { Answer } from './wire.ts'

/** Who may not use a route is refused whatever is named: nobody, a role without the right, credentials that are none. */
export async function attackByRefused(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  if (route.roles === 'public') return
  const gate: Gate = { crawl, route, held: undefined }
  const stranger = await mustRefuse(gate, 'nobody signed in', undefined, undefined)
  const refused = Object.keys(crawl.thief.own().roles).filter(role => !route.roles.includes(role))
  for (const role of refused)
    await mustRefuse(gate, `beyond the rights of ${role}`, credentialsOf(crawl.thief.own(), role), stranger)
  const [first] = rolesOf(route)
  const credentials = credentialsOf(crawl.thief.own(), first)
  if (credentials !== undefined)
    await mustRefuse(gate, 'credentials that were never given out', changed(credentials, spoiled), stranger)
  for (const role of toldBy(crawl, route, refused)) await bothRefusedAlike(crawl, route, role)
  if (credentials !== undefined) await refusedElsewhere(crawl, route, stranger)
}

/**
 * Who is asked whether a thing is there: everybody who is refused. Pages of the house refuse in one place: another one of
 * those at each of them, and nobody.
 */
function toldBy(crawl: Crawl, route: DeclaredRoute, refused: readonly string[]): Iterable<string | undefined> {
  if (route.house !== true) return [...refused, undefined]
  return new Set([refused[crawl.routes.indexOf(route) % refused.length], undefined])
}

async function refusedElsewhere(crawl: Crawl, route: DeclaredRoute, stranger: Answer): Promise<void> {
  const credentials = credentialsOf(crawl.thief.own(), rolesOf(route)[0])
  if (credentials === undefined) return
  // What belongs to no organization is the same whichever one is named beside it.
  if (route.apart === true) return
  const movedTo = (organization: string): Credentials =>
    changed(credentials, text => inOrganization(crawl, text, organization))
  const moved = movedTo(crawl.thief.theirs.organization)
  if (JSON.stringify(moved) === JSON.stringify(credentials)) return
  const nowhere = await crawl.ask(draftOf(route, crawl.thief.own()), movedTo(crawl.absent[0].organization))
  const refusal = sameAs(nowhere, stranger) ? stranger : nowhere
  const gate: Gate = { crawl, route, held: undefined }
  await mustRefuse(gate, 'credentials that were moved to their organization', moved, refusal)
}

async function bothRefusedAlike(crawl: Crawl, route: DeclaredRoute, role: string | undefined): Promise<void> {
  for (const place of tellingPlaces(crawl, route)) {
    const attack = `their id in the ${place.at}, as ${role ?? 'nobody'}`
    await tryOn(crawl, { attack, route, role, make: swapped(route, place) })
  }
}

/** Refusals of one route, one behind the other with nothing in between: the state after one is the state before the next. */
interface Gate {
  readonly crawl: Crawl
  readonly route: DeclaredRoute
  held: string | undefined
}

/** One's own ids, without the right to use them. Refused is an error, or what a stranger is told; and nothing was done. */
async function mustRefuse(
  gate: Gate,
  attack: string,
  credentials: Credentials | undefined,
  stranger: Answer | undefined,
): Promise<Answer> {
  const { crawl, route } = gate
  const where = nameOf(route)
  const own = crawl.thief.own()
  const held = writes(route) ? (gate.held ?? (await crawl.state())) : undefined
  const answer = mustBeAnswer(await crawl.ask(draftOf(route, own), credentials), route)
  const saw = crawl.thief.traces().in(answer, [])
  const moved = answer.status >= 300 && answer.status < 400
  const likeStranger = stranger === undefined ? moved : sameAs(answer, stranger)
  gate.held = held === undefined ? undefined : await crawl.state()
  const done = held !== gate.held
  if (saw !== undefined) crawl.report.refute({ attack, where, saw })
  else if (done) crawl.report.refute({ attack, where, saw: `it was done, and answered with ${answer.status}` })
  else if (answer.status < 400 && !likeStranger)
    crawl.report.refute({ attack, where, saw: `status ${answer.status} and no refusal` })
  else crawl.report.observe(attack, where)
  if (done) {
    await crawl.refresh()
    gate.held = undefined
  }
  return answer
}

function sameAs(one: Answer, other: Answer): boolean {
  return one.status === other.status && one.status >= 300 && one.headers['location'] === other.headers['location']
}

function changed(credentials: Credentials, change: (text: string) => string): Credentials {
  const headers = Object.entries(credentials.headers).map(([name, text]): [string, string] => [name, change(text)])
  return { ...credentials, headers: Object.fromEntries(headers) }
}

/** The last letters of each part are others, so that neither a length nor a beginning gives it away. */
function spoiled(text: string): string {
  const turned = (letter: string): string =>
    /\d/.test(letter) ? String((Number(letter) + 3) % 10) : letter === 'a' ? 'b' : 'a'
  const parts = text.split(';').map(part => part.slice(0, -12) + part.slice(-12).replaceAll(/[A-Za-z0-9]/g, turned))
  return parts.join(';')
}

function inOrganization(crawl: Crawl, text: string, to: string): string {
  const from = crawl.victim.theirs.organization
  return text.replaceAll(from, to).replaceAll(from.replaceAll('-', ''), to.replaceAll('-', ''))
}
