import type { Credentials, DeclaredRoute, Furnishing } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { difference, formsOfId, type Told } from './compare.ts'
import type { Crawl, Other, Side } from './crawl.ts'
import { nameOf, writes, type Draft } from './draft.ts'
import type { Answer } from './wire.ts'

/** One attack on one route: the same request about somebody else's thing, and about things that are not there. */
export interface Trial {
  readonly attack: string
  readonly route: DeclaredRoute
  /** Undefined for nobody. */
  readonly role: string | undefined
  /** The thief on the victim, unless it is the other way round. */
  readonly side?: Side
  readonly make: (own: Furnishing, other: Other) => Draft
}

interface Asked {
  /** Before it and after it; or before it alone, where that says already that nothing tells them apart. */
  readonly absent: readonly [before: Told, ...after: Told[]]
  readonly theirs: Told
}

/** What differs by chance is among what differs between many answers about nothing: whatever looks different is held against more of them. */
const triesMax = 3
const moreAbsent = 6

/** Makes the attack and reports it. Gives the answer about what is not there. */
export async function tryOn(crawl: Crawl, trial: Trial): Promise<Told> {
  const where = nameOf(trial.route)
  const { attack } = trial
  const stateful = writes(trial.route)
  let asked = await askThree(crawl, trial, false)
  const [first, last = first] = asked.absent
  // What is used up by the first request is given anew before each.
  if (stateful && first.answer.status !== last.answer.status) asked = await askThree(crawl, trial, true)
  const absent: Told[] = [...asked.absent]
  for (let tries = 1; ; tries += 1) {
    const saw = difference(absent, asked.theirs)
    if (saw === undefined) {
      crawl.report.observe(attack, where)
      return first
    }
    if (tries === triesMax || (stateful && saw.startsWith('status'))) {
      crawl.report.refute({ attack, where, saw: `${saw}, where nothing is there` })
      return first
    }
    for (let more = 0; more < moreAbsent; more += 1)
      absent.push(await askOne(crawl, trial, crawl.absent[more % 2 === 0 ? 0 : 1], stateful))
    // What the first try made is taken away again: a second one must not meet it.
    asked = await askThree(crawl, trial, stateful)
    absent.push(...asked.absent)
  }
}

/** What is like one answer about nothing is like several: each of those only adds to what may differ. */
async function askThree(crawl: Crawl, trial: Trial, anew: boolean): Promise<Asked> {
  const { side = crawl.thief } = trial
  const before = await askOne(crawl, trial, crawl.absent[0], anew)
  const theirs = await askOne(crawl, trial, side.theirs, anew)
  if (writes(trial.make(side.own(), side.theirs))) await mustBeUnchanged(crawl, trial.attack, nameOf(trial.route))
  if (difference([before], theirs) === undefined) return { absent: [before], theirs }
  return { absent: [before, await askOne(crawl, trial, crawl.absent[1], anew)], theirs }
}

async function askOne(crawl: Crawl, trial: Trial, other: Other, anew: boolean): Promise<Told> {
  const { side = crawl.thief, route, attack } = trial
  if (anew) await crawl.refresh()
  const draft = trial.make(side.own(), other)
  const answer = await crawl.ask(draft, credentialsOf(side.own(), trial.role))
  const named = other.named
  const saw = side.traces().in(answer, named.flatMap(formsOfId))
  if (saw !== undefined) crawl.report.refute({ attack, where: nameOf(route), saw })
  return { answer: mustBeAnswer(answer, route), named }
}

/** @throws claims.cannot_probe where the application defends itself against many requests: nothing is learned then */
export function mustBeAnswer(answer: Answer, route: DeclaredRoute): Answer {
  if (answer.status === 429 || answer.status === 503)
    throw cannotProbe(`${nameOf(route)} turned the probe away with ${answer.status}.`)
  return answer
}

/** @throws claims.cannot_probe when the application opened no way in for this role */
export function credentialsOf({ roles }: Furnishing, role: string | undefined): Credentials | undefined {
  if (role === undefined) return undefined
  const credentials = roles[role]
  if (credentials === undefined) throw cannotProbe(`There is no way in for the role ${role}.`)
  return credentials
}

/** What is told as one thing: used where an answer is held against others. */
export function told(answer: Answer, named: readonly string[]): Told {
  return { answer, named }
}

/** State, and not only the answer. */
export async function mustBeUnchanged(crawl: Crawl, attack: string, where: string): Promise<void> {
  if (await crawl.unchanged()) return
  crawl.report.refute({ attack, where, saw: 'rows of the other organization were changed' })
}
