import { randomBytes } from 'node:crypto'
import type { Report, World } from '../../claims/index.ts'
import { openHand } from '../objects/hand.ts'
import { readKeys, searchDisks } from './disks.ts'
import { compareBlobs } from './noise.ts'
import { cleared, mustComeBack, newStem, putAll } from './objects.ts'
import { tamper } from './tampering.ts'

/** Objects with canaries are stored, looked for wherever something was written, and changed where they lie. */
export async function attackAtRest(world: World, report: Report): Promise<void> {
  const hand = openHand()
  const platform = world.open({ connectionsMax: 1, bend: hand.bend })
  const objects = platform.objects.of(world.thief)
  const clear = async (): Promise<void> => {
    // A twin goes with all that is in it.
    if (world.place === 'live') await cleared(objects)
  }
  try {
    await clear()
    const watch = await world.disk.watch()
    try {
      const marker = `marker-${randomBytes(16).toString('hex')}`
      const event = JSON.stringify({ action: 'probe.marked', detail: { marker } })
      const mark = () => platform.organization(world.thief).sql`select upheld.record(${event}::json)`
      const stem = newStem()
      // On both sides of what is looked for: a server that gives no slot may have let go of the older part of its log.
      await mark()
      const lying = await putAll(objects, hand, stem)
      await mark()
      report.population('objects', lying.length)
      await mustComeBack(objects, lying)
      await readKeys(lying, hand.written, report)
      await searchDisks(watch, { hand, lying, stem, marker }, report)
      await compareBlobs(objects, hand, lying, report)
      await tamper(objects, hand, lying, report)
    } finally {
      await watch.close()
      await clear()
    }
  } finally {
    await platform.close()
  }
}
