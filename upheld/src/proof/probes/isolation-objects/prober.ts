import type { Report, World } from '../../claims/index.ts'
import { atThePlatform, overHttp } from './asking.ts'
import { askByName, spoilByName } from './by-name.ts'
import { attackOn, mustRead, type Ground } from './ground.ts'
import { bringBack, moveBlobs, readKeys } from './in-store.ts'
import { alterLinks, askForLinks, mustOpen, outlive, pointElsewhere, useOtherwise, type Linking } from './links.ts'

/** One organization's objects, attacked by another: by name, in the store, and by links. */
export async function attackObjects(world: World, report: Report): Promise<void> {
  await attackOn(world, report, attack)
}

async function attack(ground: Ground): Promise<void> {
  const { thief, victim, world } = ground
  await mustRead(thief)
  await mustRead(victim)
  await askByName(ground)
  await spoilByName(ground)
  await readKeys(ground)
  await moveBlobs(ground)
  await bringBack(ground)
  const doors: readonly Linking[] = [
    { ground, ask: atThePlatform(ground), step: 1 },
    // Each answer costs a visit: there every eleventh place of a link is changed.
    { ground, ask: overHttp(ground, await world.origin()), step: 11 },
  ]
  for (const door of doors) {
    await mustOpen(door)
    await askForLinks(door)
    await outlive(door)
    await useOtherwise(door)
    await pointElsewhere(door)
  }
  // Last, as every byte of a link takes its time; over HTTP while the connection is not idle yet.
  for (const door of doors.toReversed()) await alterLinks(door)
}
