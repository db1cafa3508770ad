import type { Report, World } from '../../claims/index.ts'
import { attackEnds, attackTimes, attackWays } from './ends.ts'
import { attackForged } from './forged.ts'
import { grounded, type Ground } from './ground.ts'
import { attackClosed, attackOthers, attackPages, attackScopes, mustWork } from './scopes.ts'
import { ways } from './tokens.ts'

/** A twin was broken on purpose: one finding says so, and the rest is spared. */
class Enough extends Error {}

/** Tokens of visitors, used in every way but the one that they are for. */
export async function attackWidget(world: World, report: Report): Promise<void> {
  const { people, entrance } = world
  if (people === undefined || entrance === undefined) return report.population('routes of visitors', 0)
  const watched: Report = {
    ...report,
    refute(finding) {
      report.refute(finding)
      if (world.place === 'twin') throw new Enough()
    },
  }
  try {
    await grounded(world, { ground: people, entrance, report: watched }, attack)
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown
  }
}

async function attack(ground: Ground): Promise<void> {
  const { routes, house, other, report } = ground
  report.population('routes of visitors', routes.length === 0 ? 0 : routes.length + Object.keys(ways).length)
  const [first] = routes
  if (first === undefined) return
  for (const route of routes) {
    await mustWork(ground, route, house, house.visitor.token)
    await mustWork(ground, route, other, other.visitor.token)
  }
  for (const one of [attackPages, attackOthers, attackScopes]) for (const route of routes) await one(ground, route)
  await attackWays(ground)
  await attackTimes(ground, routes)
  // One function checks tokens: what it is given in their place is tried in full on one route of each method.
  const methods = new Set<string>()
  for (const route of routes) {
    if (!methods.has(route.method)) await attackForged(ground, route)
    methods.add(route.method)
  }
  await attackClosed(ground)
  for (const route of routes) await mustWork(ground, route, house, house.visitor.token)
  await attackEnds(ground, routes)
}
