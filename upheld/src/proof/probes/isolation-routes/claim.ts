import { randomInt } from 'node:crypto'
import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe, claim, type Report, type World } from '../../claims/index.ts'
import { crawling, type Crawl } from './crawl.ts'
import { attackByCursor } from './cursors.ts'
import { problemsOf } from './declared.ts'
import { attackByMethod, attackDisguised } from './disguises.ts'
import { nameOf, writes } from './draft.ts'
import { inFews, inLanes } from './lanes.ts'
import { attackByOverride, attackByText } from './overrides.ts'
import { attackByRefused } from './refusals.ts'
import { sabotages } from './sabotages.ts'
import { attackUndeclared } from './strangers.ts'
import { attackBySwap, attackFromThere, lookAsVictim } from './swaps.ts'
import { attackByTime } from './timing.ts'
import { mustBeUnchanged } from './trial.ts'

/** Every route of the application, as every role, with another organization's identifiers wherever it takes one. */
export const isolationRoutes = claim({
  kind: 'proven',
  id: 'isolation.routes',
  sentence:
    'Every request is authorized for the organization that it speaks for. What belongs to somebody else is answered like what does not exist.',
  population: 'every route that the application declares',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 20,
  timeoutSecs: 900,
  assumptions: [
    'the application declares every route that it mounts, and refuses to start where the two differ',
    'requests of a probe are answered by the same code as those of a customer',
  ],
  notCovered: [
    'a path that nobody declared and nobody could guess',
    'differences in time below half a millisecond, and those that show only across a million requests',
    'what the application sends by other ways: mail, webhooks, exports to files',
    'what stands behind the first 8 MiB of a download',
    'odd requests to the pages for people: an eighth of those pages in each run, others each time; plain ones as one role',
    'pages before an organization is entered: other claims are about those, here whoever may not use them is refused',
  ],
  mappings: { asvs: ['v5.0.0-8.4.1', 'v5.0.0-8.2.1', 'v5.0.0-8.2.2'], soc2: ['CC6.1'], iso27001: ['A.5.15', 'A.8.3'] },
  probe: {
    says: 'One organization walks through every route as every role, with another’s identifiers in path, query, header, cookie, body and cursors, written and sent in many ways. Answer, time and the other’s rows must be as for an id that nobody has; whoever may not is refused; what nobody declared is not there.',
    source: import.meta.url,
    run: crawlRoutes,
  },
  sabotages,
})

/** A twin was broken on purpose: one finding says so, and the rest of the walk is spared. */
class Enough extends Error {}

async function crawlRoutes(world: World, report: Report): Promise<void> {
  const { entrance } = world
  const walked = entrance?.routes.declared.filter(({ apart, roles }) => apart !== true || roles !== 'public') ?? []
  report.population('routes', walked.length)
  if (entrance === undefined || entrance.routes.declared.length === 0) return
  const problems = problemsOf(entrance.routes)
  if (problems.length > 0) throw cannotProbe(problems.slice(0, 3).join(' '))
  const platform = world.open({ connectionsMax: 2 })
  const attacked = new Set<string>()
  const inside = {
    world,
    entrance,
    report: watched(world, report, attacked),
    organization: (id: string) => platform.organization(id),
  }
  try {
    await crawling(inside, walk)
    const missed = walked.map(nameOf).filter(name => !attacked.has(name))
    if (missed.length > 0) throw cannotProbe(`Not attacked: ${missed.join(', ')}.`)
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown
  } finally {
    await platform.close()
  }
}

type Attack = (crawl: Crawl, route: DeclaredRoute) => Promise<void>

interface Step {
  readonly attack: Attack
  /** Met by every page of the house in each walk; the odd ones by some of them, by others every time. */
  readonly plain?: true
  /** By one's own session, and nothing that writes where the route does not: several such routes are attacked at once. */
  readonly apace?: true
}

const steps: readonly Step[] = [
  { attack: attackBySwap, plain: true, apace: true },
  { attack: attackByRefused, plain: true, apace: true },
  { attack: attackFromThere, plain: true },
  { attack: attackByCursor },
  { attack: attackByText, apace: true },
  { attack: attackByOverride, apace: true },
  { attack: attackDisguised, apace: true },
  { attack: attackByMethod },
  // It asks more often than all others together.
  { attack: attackByTime },
]
const houseTurns = 8

/** The plain attacks come before the odd ones, and all on the application's own routes before any on those of the house. */
async function walk(crawl: Crawl): Promise<void> {
  const turn = randomInt(houseTurns)
  // What belongs to no organization is refused to whoever may not; there is nothing of another one to be had.
  const meets = ({ attack, plain }: Step, { apart, house }: DeclaredRoute, at: number): boolean =>
    apart === true ? attack === attackByRefused : plain === true || house !== true || at % houseTurns === turn
  await lookAsVictim(crawl)
  for (const house of [false, true]) {
    for (const step of steps) {
      const met = crawl.routes.filter((one, at) => (one.house === true) === house && meets(step, one, at))
      const alone = met.filter(route => step.apace !== true || writes(route))
      await attackApace(crawl, step.attack, new Set(met).difference(new Set(alone)))
      for (const route of alone) {
        await step.attack(crawl, route)
        await mustBeUnchanged(crawl, 'something among many', nameOf(route))
      }
      if (step.attack === attackByCursor && !house) await attackUndeclared(crawl)
    }
  }
}

/** A few at a time, and a look at the other's rows after each few. */
async function attackApace(crawl: Crawl, attack: Attack, routes: Iterable<DeclaredRoute>): Promise<void> {
  for (const few of inFews([...routes])) {
    await inLanes(few, route => attack(crawl, route))
    await mustBeUnchanged(crawl, 'something among many', few.map(nameOf).join(', '))
  }
}

function watched(world: World, report: Report, attacked: Set<string>): Report {
  return {
    ...report,
    observe(attack, where) {
      attacked.add(where)
      report.observe(attack, where)
    },
    refute(finding) {
      attacked.add(finding.where)
      report.refute(finding)
      if (world.place === 'twin') throw new Enough()
    },
  }
}
