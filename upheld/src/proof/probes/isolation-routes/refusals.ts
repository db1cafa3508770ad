import type { Credentials, DeclaredRoute } from '../../../routes.ts'
import type { Crawl } from './crawl.ts'
import { draftOf, nameOf, writes } from './draft.ts'
import { rolesOf, swapped, tellingPlaces } from './swaps.ts'
import { credentialsOf, mustBeAnswer, tryOn } from './trial.ts'
import type { Answer } from './wire.ts'

/** Who may not use a route is refused whatever is named: nobody, a role without the right, credentials that are none. */
export async function attackByRefused(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  if (route.roles === 'public') return
  const stranger = await mustRefuse(crawl, route, 'nobody signed in', undefined, undefined)
  const own = crawl.thief.own()
  for (const role of Object.keys(own.roles)) {
    if (route.roles.includes(role)) continue
    await mustRefuse(crawl, route, `beyond the rights of ${role}`, credentialsOf(own, role), stranger)
    await bothRefusedAlike(crawl, route, role)
  }
  await bothRefusedAlike(crawl, route, undefined)
  const [first] = rolesOf(route)
  const credentials = credentialsOf(crawl.thief.own(), first)
  if (credentials === undefined) return
  await mustRefuse(crawl, route, 'credentials that were never given out', changed(credentials, spoiled), stranger)
  const moved = changed(credentials, text => movedTo(crawl, text))
  if (JSON.stringify(moved) !== JSON.stringify(credentials))
    await mustRefuse(crawl, route, 'credentials that were moved to their organization', moved, stranger)
}

async function bothRefusedAlike(crawl: Crawl, route: DeclaredRoute, role: string | undefined): Promise<void> {
  for (const place of tellingPlaces(crawl, route)) {
    const attack = `their id in the ${place.at}, as ${role ?? 'nobody'}`
    await tryOn(crawl, { attack, route, role, make: swapped(route, place) })
  }
}

/** One's own ids, without the right to use them. Refused is an error, or what a stranger is told; and nothing was done. */
async function mustRefuse(
  crawl: Crawl,
  route: DeclaredRoute,
  attack: string,
  credentials: Credentials | undefined,
  stranger: Answer | undefined,
): Promise<Answer> {
  const where = nameOf(route)
  const own = crawl.thief.own()
  const held = writes(route) ? await crawl.state() : undefined
  const answer = mustBeAnswer(await crawl.ask(draftOf(route, own), credentials), route)
  const saw = crawl.thief.traces().in(answer, [])
  const moved = answer.status >= 300 && answer.status < 400
  const likeStranger = stranger === undefined ? moved : sameAs(answer, stranger)
  const done = held !== undefined && held !== (await crawl.state())
  if (saw !== undefined) crawl.report.refute({ attack, where, saw })
  else if (done) crawl.report.refute({ attack, where, saw: `it was done, and answered with ${answer.status}` })
  else if (answer.status < 400 && !likeStranger)
    crawl.report.refute({ attack, where, saw: `status ${answer.status} and no refusal` })
  else crawl.report.observe(attack, where)
  if (done) await crawl.refresh()
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

function movedTo(crawl: Crawl, text: string): string {
  const [from, to] = [crawl.victim.theirs.organization, crawl.thief.theirs.organization]
  return text.replaceAll(from, to).replaceAll(from.replaceAll('-', ''), to.replaceAll('-', ''))
}
