import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Crawl } from './crawl.ts'
import { draftOf, nameOf, writes } from './draft.ts'
import { attackByRefused } from './refusals.ts'
import { attackBySwap, attackFromThere, lookAsVictim, rolesOf } from './swaps.ts'
import { credentialsOf, mustBeUnchanged } from './trial.ts'

/** The same attacks by somebody who has nothing but HTTP: the plain ones, each on every route, one after the other. */
export async function walkFromOutside(crawl: Crawl): Promise<void> {
  const problems = crawl.routes.filter(route => route.roles !== 'public' && route.roles.length === 0)
  if (problems.length > 0) throw cannotProbe(`Open to no role: ${problems.slice(0, 3).map(nameOf).join(', ')}.`)
  await lookAsVictim(crawl)
  const before = await readings(crawl)
  for (const attack of [attackBySwap, attackByRefused, attackFromThere]) {
    for (const route of crawl.routes) {
      await attack(crawl, route)
      await mustBeUnchanged(crawl, 'something among many', nameOf(route))
    }
  }
  await mustReadTheSame(crawl, before)
}

interface Reading {
  readonly route: DeclaredRoute
  readonly status: number
  readonly marked: boolean
}

const markForm = /canary[0-9a-f]{12}/g

async function look(crawl: Crawl, route: DeclaredRoute): Promise<{ readonly status: number; readonly text: string }> {
  const own = crawl.victim.own()
  const { status, headers, body } = await crawl.ask(draftOf(route, own), credentialsOf(own, rolesOf(route)[0]))
  return { status, text: [...Object.values(headers), body].join('\n') }
}

async function readings(crawl: Crawl): Promise<readonly Reading[]> {
  const found: Reading[] = []
  for (const route of crawl.routes.filter(one => !writes(one))) {
    const { status, text } = await look(crawl, route)
    found.push({ route, status, marked: text.includes(crawl.thief.theirs.mark) })
  }
  return found
}

/** Nobody's word is needed for this: what the victim could read it still reads, and nothing of anybody else stands in it. */
async function mustReadTheSame(crawl: Crawl, before: readonly Reading[]): Promise<void> {
  const { mark } = crawl.thief.theirs
  for (const { route, status, marked } of before) {
    const attack = 'what the other organization reads afterwards'
    const where = nameOf(route)
    const now = await look(crawl, route)
    const foreign = now.text.match(markForm)?.some(one => one !== mark) === true
    if (foreign) crawl.report.refute({ attack, where, saw: 'our text stands in it' })
    else if (now.status !== status)
      crawl.report.refute({ attack, where, saw: `status ${now.status} and not ${status}` })
    else if (marked && !now.text.includes(mark)) crawl.report.refute({ attack, where, saw: 'their own text is gone' })
    else crawl.report.observe(attack, where)
  }
}
