// A prover that takes orders, in a process of its own, for tests that kill it: node prover.ts '<settings as JSON>'
import { z } from 'zod'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { pause, systemClock } from '../../src/core/clock.ts'
import { scheduler } from '../../src/proof/claims/index.ts'
import { appendLeaf } from '../../src/proof/evidence/index.ts'
import { orderTaker } from '../../src/proof/orders/index.ts'
import { doorClaim, openDoors, rattle } from '../proof/door.ts'
import { openTestLog } from '../proof/ground.ts'

const settings = z
  .strictObject({ url: z.string(), stateFolder: z.string(), stayMs: z.number(), leaseMs: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ''))

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const database = openDatabase(settings.url)
const log = await openTestLog(database, settings.stateFolder)
const doors = await openDoors()
const { leaseMs } = settings
const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** The probe stays in the live system, long enough to be killed there. */
const claim = doorClaim({
  async run(world, report) {
    if (world.place === 'live') {
      say('began')
      await pause(settings.stayMs, report.signal)
    }
    await rattle(world, report)
  },
})
const ports = {
  database,
  append: (...[tx, leaf]: Parameters<Parameters<typeof scheduler>[0]['append']>) => appendLeaf(tx, log, leaf),
  stage: doors.stage,
  clock: systemClock,
  random: () => 0.5,
}
const taker = orderTaker(
  {
    ...ports,
    leaseMs,
    run: (signal, id) => proving.runRound(signal, [id]),
    onTrouble: (says, cause) => say(`trouble ${says} ${String(cause)}`),
  },
  [claim],
)
const proving = scheduler({ ...ports, onProgress: event => taker.heard(event), between: taker.between }, [claim], {
  leaseMs,
  pollMs: 20,
})
await proving.run(stop.signal)
await doors.close()
await database.close()
