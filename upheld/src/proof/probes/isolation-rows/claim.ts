import { randomBytes } from 'node:crypto'
import type { Database } from '../../../core/ports.ts'
import type { Organization } from '../../../upheld.ts'
import { cannotProbe, claim, type Report, type World } from '../../claims/index.ts'
import { attackTable, type Pair } from './by-handle.ts'
import { attackBlind } from './blind.ts'
import { attackBare, attackLate, attackWithContexts, forgedFor, steal } from './by-login.ts'
import { attackElsewhere } from './elsewhere.ts'
import { attackByInjection } from './injected.ts'
import { plant, uproot } from './plant.ts'
import { attackPooled } from './pooled.ts'
import { lookForReach } from './reach.ts'
import { tablesOf, type Table } from './relations.ts'
import { sabotages } from './sabotages.ts'

/** Every table of the running application, attacked as one organization by another. */
export const isolationRows = claim({
  kind: 'proven',
  id: 'isolation.rows',
  sentence:
    'Every query is bound to your organization. No customer can read, count, change or delete another customer’s data.',
  population: 'every table, partition, view and function that the application’s login can reach',
  freshnessMins: 60,
  observationsMin: 50,
  timeoutSecs: 120,
  assumptions: [
    'the application reaches its rows through Upheld’s handle, or with the same database login',
    'the key that signs contexts is known to the application’s process alone',
  ],
  notCovered: [
    'code that runs inside the application’s process',
    'a stolen superuser of the database, its disk, its replicas and its backups',
    'what the time that an answer takes, the planner’s estimates or the numbers of a shared sequence tell about how much there is',
  ],
  mappings: { asvs: ['v5.0.0-8.4.1'], soc2: ['CC6.1'], iso27001: ['A.8.3'] },
  probe: {
    says: 'One organization attacks another in every table: reads, counts, writes, moves, upserts, deletes, foreign and unique keys, views and functions; through the handle, injected SQL and shared connections, and with forged, expired, stolen and absent contexts.',
    source: import.meta.url,
    run: attackRows,
  },
  sabotages,
})

async function attackRows(world: World, report: Report): Promise<void> {
  const login = world.login('app')
  const platform = world.open({ connectionsMax: 2 })
  try {
    const tables = await tablesOf(login, world.tenantSchemas)
    report.population('tables', tables.length)
    if (tables.length === 0) return
    const enough = enoughOf(world, report)
    // Before anything else: a login that is too strong is refused by the handle, and would not be attacked at all.
    await attackBare(login, tables, enough.report)
    if (enough.reached()) return
    const both = [platform.organization(world.thief), platform.organization(world.victim)] as const
    await attackFrom({ world, login, tables, both, enough })
    for (const one of both) await uproot(one, tables)
  } finally {
    await platform.close()
    await login.close()
  }
}

interface Ground {
  readonly world: World
  readonly login: Database
  readonly tables: readonly Table[]
  readonly both: readonly [thief: Organization, victim: Organization]
  readonly enough: Enough
}

async function attackFrom({ world, login, tables, both, enough }: Ground): Promise<void> {
  const { report } = enough
  const [thief, victim] = both
  const fresh = counter()
  const pair: Pair = {
    thief,
    victim,
    own: await plant(thief, tables, randomBytes(6).toString('hex'), fresh),
    theirs: await plant(victim, tables, randomBytes(6).toString('hex'), fresh),
  }
  const stolen = await attackWithContexts(world, login, pair, tables, report)
  const forged = forgedFor(stolen.token, victim.id)
  for (const table of tables) {
    if (report.signal.aborted) throw cannotProbe('The run was ended.')
    if (enough.reached()) return
    await attackTable(pair, table, report)
    await attackByInjection(pair, table, forged, report)
  }
  if (enough.reached()) return
  const { token } = await steal(world, pair, 60)
  await attackBlind(login, token, pair, tables, report)
  if (enough.reached()) return
  const reached = await attackElsewhere(pair, login, tables, report)
  report.population('other relations and functions', reached)
  if (enough.reached()) return
  await attackPooled(world, pair, tables, report)
  if (enough.reached()) return
  await attackLate(login, pair, tables, stolen, report)
  if (enough.reached()) return
  await lookForReach(world, login, report)
}

interface Enough {
  readonly report: Report
  reached(): boolean
}

/** On the live system everything is tried, whatever was found; a twin was broken on purpose, and one finding says so. */
function enoughOf(world: World, report: Report): Enough {
  let found = false
  return {
    reached: () => found && world.place === 'twin',
    report: {
      ...report,
      refute(finding) {
        found = true
        report.refute(finding)
      },
    },
  }
}

/** Small numbers that do not come again within a run. */
function counter(): () => number {
  let last = 1000 + (randomBytes(1)[0] ?? 0)
  return () => {
    last = last >= 30_000 ? 1000 : last + 1
    return last
  }
}
