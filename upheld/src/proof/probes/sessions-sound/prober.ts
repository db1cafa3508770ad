import { randomBytes } from 'node:crypto'
import type { Report, World } from '../../claims/index.ts'
import { openCrowd } from '../people/crowd.ts'
import { attackByTime } from './ageing.ts'
import { attackBeginning } from './beginning.ts'
import { attackEnding } from './ending.ts'
import { attackByToken } from './forged.ts'
import { groundOf } from './ground.ts'
import { attackInside } from './inside.ts'
import { searchDisks, searchOutputs, useStored } from './stolen.ts'

/** Sessions are begun, stolen, changed, ended and left to grow old; and everything that is stored is read. */
export async function attackSessions(world: World, report: Report): Promise<void> {
  const { people } = world
  if (people === undefined) {
    report.population('ways to end a session', 0)
    return
  }
  const watch = await world.disk.watch()
  try {
    const mark = await world.outputs.mark()
    const crowd = await openCrowd(world, people, report.signal)
    try {
      // Of this run alone, and on no list.
      const password = `nine quiet harbors ${randomBytes(9).toString('hex')}`
      const ground = await groundOf(world, crowd, report, password)
      await attackBeginning(ground)
      await searchOutputs(ground, mark)
      await useStored(ground)
      await attackByTime(ground)
      await attackByToken(ground)
      await attackInside(ground)
      await attackEnding(ground)
      await searchOutputs(ground, mark)
      await searchDisks(ground, watch)
    } finally {
      await crowd.close()
    }
  } finally {
    await watch.close()
  }
}
