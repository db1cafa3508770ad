import { randomBytes } from 'node:crypto'
import type { Database } from '../../../core/ports.ts'
import {
  attackBlind,
  attackByDifference,
  attackByInjection,
  attackByWatching,
  attackCascade,
  attackLeakproof,
  attackTable,
  callsOf,
  changesThrough,
  commonPayloads,
  insertsInto,
  insertThrough,
  logOf,
  plant,
  readingOf,
  relationsBeside,
  routinesOf,
  secretsOf,
  tablesOf,
  uproot,
  type Actor,
  type AttackLog,
  type Garden,
  type Pair,
  type Question,
  type Table,
} from '../attacks/index.ts'
import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import { actorOf, counter } from '../organization.ts'
import { attackLate, attackWithContexts } from './by-login.ts'
import { attackBare } from './plain-login.ts'
import { forgedFor, handOf, steal } from './stolen.ts'
import { attackBeliefs } from './beliefs.ts'
import { attackCapabilities, attackCrossing } from './capabilities.ts'
import { attackHandle } from './handle.ts'
import { contextPayloads } from './payloads.ts'
import { attackPooled } from './pooled.ts'
import { attackByProcedures } from './procedures.ts'
import { tryWhatIsMinted } from './minted.ts'

/** Every table of the running application, attacked as one organization by another. Nothing here looks at the catalogue's settings. */
export async function attackRows(world: World, report: Report): Promise<void> {
  const login = world.login('app')
  const platform = world.open({ connectionsMax: 2 })
  try {
    const tables = await tablesOf(login, {
      schemas: world.tenantSchemas,
      tenantOf: table => (table.columns.some(one => one.name === 'organization_id') ? ['organization_id'] : []),
    })
    report.population('tables', tables.length)
    if (tables.length === 0) return
    const enough = enoughOf(world, report)
    // Before anything else: a login that is too strong is refused by the handle, and would not be attacked at all.
    await attackBare(login, tables, enough.log)
    if (enough.reached()) return
    const actors = [actorOf(platform.organization(world.thief)), actorOf(platform.organization(world.victim))] as const
    const clear = async (): Promise<void> => {
      // A twin goes with all that is in it.
      if (world.place === 'live') for (const one of actors) await uproot(one, tables)
    }
    await clear()
    try {
      await attackFrom({ world, login, tables, actors, enough, fresh: counter() })
    } finally {
      await clear()
    }
  } finally {
    await platform.close()
    await login.close()
  }
}

interface Ground {
  readonly world: World
  readonly login: Database
  readonly tables: readonly Table[]
  readonly actors: readonly [thief: Actor, victim: Actor]
  readonly enough: Enough
  readonly fresh: () => number
}

/** One step of the attack after the other; on a twin that was broken the first finding ends it. */
async function attackFrom(ground: Ground): Promise<void> {
  const { world, login, tables, enough } = ground
  const { log } = enough
  const pair = await planted(ground)
  const stolen = await attackWithContexts(world, login, pair, tables, log)
  const byHand = handOf(world, login)
  const steps: readonly (() => Promise<void>)[] = [
    ...tables.map(table => async () => {
      if (!(await attackTable(pair, table, log))) {
        throw cannotProbe(`An organization does not see its own row in ${table.label}.`)
      }
      const payloads = [commonPayloads, contextPayloads(pair, forgedFor(stolen.token, world.victim))]
      if (!table.partitioned) await attackByInjection(pair, table, payloads, log)
    }),
    () => attackBlind(byHand, pair, tables, log),
    () => attackCapabilities(pair, log),
    () => attackHandle(pair, log),
    () => attackBeliefs(login, byHand, pair, tables, log),
    () => attackCrossing(world, login, pair, log),
    () => attackByWatching(pair, log),
    () => attackPooled(world, tables, log),
    () => attackBeside(ground, pair, byHand),
    () => attackLate(login, tables, stolen, log),
  ]
  for (const step of steps) {
    if (log.signal.aborted) throw cannotProbe('The run was ended.')
    await step()
    if (enough.reached()) return
  }
}

async function planted({ actors, tables, fresh }: Ground): Promise<Pair> {
  const [thief, victim] = actors
  const options = () => ({ mark: randomBytes(6).toString('hex'), fresh })
  const own = await plant(thief, tables, options())
  return { thief, victim, own, theirs: await plant(victim, tables, { ...options(), variants: true }) }
}

/** Whatever the login may read, call or change besides the tables, and what any key says, with and without the victim. */
async function attackBeside(ground: Ground, pair: Pair, byHand: Garden['byHand']): Promise<void> {
  const { login, tables, enough, fresh } = ground
  const { log } = enough
  const labels = tables.map(table => table.label)
  const relations = (await relationsBeside(login, labels)).filter(one => one.kind !== 'sequence')
  // To enter a context is the application's duty; what it can be entered with has been tried.
  const routines = (await routinesOf(login)).filter(one => one.label !== 'upheld.enter')
  log.population('other relations and functions', relations.length + routines.length)
  for (const relation of relations) await insertThrough(pair, relation, tables, log)
  await attackLeakproof(pair, routines, tables, log)
  await tryWhatIsMinted(pair, login, routines, tables, log)
  const theirs = async (): Promise<string> => (await steal(ground.world, 60, ground.world.victim)).whole
  await attackByProcedures(byHand, theirs, pair, { routines, tables }, log)
  const questionsOf = (now: Pair): readonly Question[] => [
    ...relations.flatMap(one => readingOf(one, secretsOf(now)) ?? []),
    ...relations.flatMap(changesThrough),
    ...routines.flatMap(one => callsOf(one, now, tables)),
    ...tables.flatMap(one => insertsInto(now, one)),
  ]
  let current = pair
  const garden: Garden = {
    byHand,
    async plant() {
      current = {
        ...current,
        theirs: await plant(pair.victim, tables, { mark: randomBytes(6).toString('hex'), fresh }),
      }
      return current
    },
    async uproot() {
      await uproot(pair.victim, tables)
    },
  }
  await attackByDifference(pair, garden, questionsOf, log)
  if (enough.reached()) return
  await attackCascade(await garden.plant(), tables, log)
}

interface Enough {
  readonly log: AttackLog
  reached(): boolean
}

/** On the live system everything is tried, whatever was found; a twin was broken on purpose, and one finding says so. */
function enoughOf(world: World, report: Report): Enough {
  let found = false
  return {
    reached: () => found && world.place === 'twin',
    log: logOf({
      ...report,
      refute(finding) {
        found = true
        report.refute(finding)
      },
    }),
  }
}
