import { cannotProbe, claim, type Report, type World } from '../../claims/index.ts'
import { crawling, type Crawl } from './crawl.ts'
import { attackByCursor } from './cursors.ts'
import { problemsOf } from './declared.ts'
import { attackDisguised } from './disguises.ts'
import { nameOf } from './draft.ts'
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
  report.population('routes', entrance?.routes.declared.length ?? 0)
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
    const missed = entrance.routes.declared.map(nameOf).filter(name => !attacked.has(name))
    if (missed.length > 0) throw cannotProbe(`Not attacked: ${missed.join(', ')}.`)
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown
  } finally {
    await platform.close()
  }
}

/** The plain attacks on all routes come before the odd ones on any: what is badly broken is seen at once. */
async function walk(crawl: Crawl): Promise<void> {
  await lookAsVictim(crawl)
  for (const attack of [
    attackBySwap,
    attackByRefused,
    attackFromThere,
    attackByCursor,
    attackByText,
    attackByOverride,
    attackDisguised,
    // It asks more often than all others together.
    attackByTime,
  ]) {
    for (const route of crawl.routes) {
      await attack(crawl, route)
      await mustBeUnchanged(crawl, 'something among many', nameOf(route))
    }
    if (attack === attackByCursor) await attackUndeclared(crawl)
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
