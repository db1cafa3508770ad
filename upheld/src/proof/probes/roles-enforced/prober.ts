import type { Report, World } from '../../claims/index.ts'
import { attackByException } from './exceptions.ts'
import { attackAround, attackByGranting } from './granting.ts'
import { grounded } from './ground.ts'
import { attackByKey } from './keys.ts'
import { admitAll, refuseAll } from './matrix.ts'

/** Every role on every route, from outside. What takes few requests comes first. */
export async function attackRoles(world: World, report: Report): Promise<void> {
  const { people, entrance } = world
  if (people === undefined || entrance === undefined) {
    report.population('routes that are not public', 0)
    return
  }
  await grounded(world, { ground: people, entrance, report }, async ground => {
    await attackByGranting(ground)
    await attackAround(ground)
    await attackByKey(ground)
    await attackByException(ground)
    await refuseAll(ground)
    await admitAll(ground)
  })
}
