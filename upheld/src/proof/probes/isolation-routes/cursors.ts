import type { DeclaredRoute, Paging } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Crawl, Side } from './crawl.ts'
import { draftOf, nameOf, type Draft } from './draft.ts'
import { rolesOf } from './swaps.ts'
import { credentialsOf, mustBeAnswer } from './trial.ts'

/**
 * A cursor that was given to the victim, in the thief's hands. It may be refused, or say where in the thief's own list to
 * go on: then nothing of theirs is in the answer, and it is the same whenever it is asked for.
 */
export async function attackByCursor(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const { paging } = route
  if (paging === undefined) return
  const role = rolesOf(route)[0]
  const theirs = await cursorOf(crawl, crawl.victim, route, paging, role)
  const mine = await cursorOf(crawl, crawl.thief, route, paging, role)
  await crawl.settle()
  await present(crawl, { attack: 'a cursor of theirs', route, paging, role }, theirs)
  for (const cursor of forgeries(crawl, mine, theirs)) {
    await present(crawl, { attack: 'a cursor that was tampered with', route, paging, role }, cursor)
  }
}

/** Positive control: each of the two lists goes on, so a cursor that leads nowhere would be seen. */
async function cursorOf(
  crawl: Crawl,
  side: Side,
  route: DeclaredRoute,
  paging: Paging,
  role: string | undefined,
): Promise<string> {
  const draft = draftOf(route, side.own())
  const first: Draft = { ...draft, query: merged(draft.query, Object.entries(paging.first)) }
  const answer = mustBeAnswer(await crawl.ask(first, credentialsOf(side.own(), role)), route)
  const cursor = answer.status < 400 ? paging.next(answer.body) : undefined
  if (cursor === undefined)
    throw cannotProbe(`${nameOf(route)} gives no cursor after a first page that is too small for all.`)
  return cursor
}

interface Presented {
  readonly attack: string
  readonly route: DeclaredRoute
  readonly paging: Paging
  readonly role: string | undefined
}

async function present(crawl: Crawl, { attack, route, paging, role }: Presented, cursor: string): Promise<void> {
  const own = crawl.thief.own()
  const draft = draftOf(route, own)
  const asked = { ...draft, query: merged(draft.query, [[paging.cursor, cursor]]) }
  const answer = mustBeAnswer(await crawl.ask(asked, credentialsOf(own, role)), route)
  const saw = crawl.thief.traces().in(answer, [])
  if (saw === undefined) crawl.report.observe(attack, nameOf(route))
  else crawl.report.refute({ attack, where: nameOf(route), saw })
}

function merged(query: Draft['query'], more: Draft['query']): Draft['query'] {
  const names = new Set(more.map(([name]) => name))
  return [...query.filter(([name]) => !names.has(name)), ...more]
}

/** One's own cursor with every trace of oneself replaced by theirs; as it is, and as what base64 and JSON may hide in it. */
function forgeries(crawl: Crawl, mine: string, theirs: string): readonly string[] {
  const [from, to] = [crawl.victim.theirs, crawl.thief.theirs]
  const swap = (text: string): string => {
    const pairs: (readonly [string, string])[] = [
      [from.organization, to.organization],
      [from.organization.replaceAll('-', ''), to.organization.replaceAll('-', '')],
      ...Object.keys(from.ids).map((kind): readonly [string, string] => [from.ids[kind] ?? '', to.ids[kind] ?? '']),
    ]
    return pairs.reduce((rest, [one, other]) => (one === '' ? rest : rest.replaceAll(one, other)), text)
  }
  const hidden = Buffer.from(mine, 'base64url').toString()
  const halves = mine.slice(0, Math.ceil(mine.length / 2)) + theirs.slice(Math.ceil(mine.length / 2))
  const all = [swap(mine), Buffer.from(swap(hidden)).toString('base64url'), halves, `${theirs}A`]
  return [...new Set(all)].filter(one => one !== mine && one !== theirs)
}
