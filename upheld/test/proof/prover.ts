// A prover in a process of its own, for tests that start several and kill some: node prover.ts '<settings as JSON>'
import { z } from 'zod'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { pause, systemClock } from '../../src/core/clock.ts'
import { scheduler, type ProvenClaim } from '../../src/proof/claims/index.ts'
import { appendLeaf } from '../../src/proof/evidence/index.ts'
import { doorClaim, openDoors, rattle } from './door.ts'
import { openTestLog } from './ground.ts'

const settings = z
  .strictObject({
    url: z.string(),
    adminUrl: z.string(),
    stateFolder: z.string(),
    claims: z.array(z.string()),
    /** How long the probe stays in the live system. */
    stayMs: z.number(),
    leaseMs: z.number(),
    /** How many rounds to run; zero for the schedule, until SIGTERM. */
    rounds: z.number(),
  })
  .parse(JSON.parse(process.argv[2] ?? ''))

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const database = openDatabase(settings.url)
const admin = openDatabase(settings.adminUrl)
const log = await openTestLog(database, settings.stateFolder)
const doors = await openDoors()

/** Leaves its beginning and its end in the database, so that two runs at the same time would be seen. */
function watched(id: string): ProvenClaim {
  return doorClaim({
    id,
    async run(world, report) {
      if (world.place === 'live') {
        const began = await admin.query('insert into journal (claim, pid) values ($1, $2) returning id', [
          id,
          process.pid,
        ])
        process.stdout.write(`began ${id}\n`)
        await pause(settings.stayMs, report.signal)
        await admin.query('update journal set ended_at = clock_timestamp() where id = $1', [began.rows[0]?.['id']])
      }
      await rattle(world, report)
    },
  })
}

const prover = scheduler(
  {
    database,
    append: (tx, leaf) => appendLeaf(tx, log, leaf),
    stage: doors.stage,
    clock: systemClock,
    random: () => 0.5,
    onProgress: event => void process.stdout.write(`${event.type}\n`),
  },
  settings.claims.map(watched),
  { leaseMs: settings.leaseMs, pollMs: 50 },
)
for (let round = 0; round < settings.rounds; round += 1) await prover.runRound(stop.signal)
if (settings.rounds === 0) await prover.run(stop.signal)
await doors.close()
await Promise.all([database.close(), admin.close()])
