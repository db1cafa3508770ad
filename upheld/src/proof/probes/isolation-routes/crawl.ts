import { randomBytes, randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import type { Credentials, DeclaredRoute, Furnishing, Routes } from '../../../routes.ts'
import type { Organization } from '../../../upheld.ts'
import { cannotProbe, siteOf, type Entrance, type Report, type World } from '../../claims/index.ts'
import { ownFirst } from './declared.ts'
import { written, type Draft } from './draft.ts'
import { lanesMax } from './lanes.ts'
import { rowsOf, type Rows } from './rows.ts'
import { tracesOf, type Traces } from './traces.ts'
import { ask, type Answer, type Line } from './wire.ts'

/** Whoever is named in an attack: another organization, or one that has nothing any more. */
export interface Other {
  readonly ids: Readonly<Record<string, string>>
  readonly organization: string
  readonly mark: string
  /** Everything of the above that may come back as an echo. */
  readonly named: readonly string[]
}

/** One organization as it attacks another. */
export interface Side {
  /** What it has, and its ways in. It changes when what it had is used up. */
  own(): Furnishing
  readonly theirs: Other
  readonly traces: () => Traces
}

/** A walk through all routes: who, on whom, and with what. */
export interface Crawl {
  readonly routes: readonly DeclaredRoute[]
  readonly pagePath: string
  readonly place: World['place']
  readonly report: Report
  readonly absent: readonly [Other, Other]
  readonly thief: Side
  /** The same the other way round, for looking only. */
  readonly victim: Side
  ask(draft: Draft, credentials: Credentials | undefined): Promise<Answer>
  /** Everything that the thief has in the database. */
  state(): Promise<string>
  /** Whether the victim still has what it had at the last look: what is written late is seen by the next one. */
  unchanged(): Promise<boolean>
  /** After a request of the victim's own: what that set going, such as a time of last use, has come to rest. */
  settle(): Promise<void>
  /** Gives the thief everything anew. */
  refresh(): Promise<void>
}

interface Inside {
  readonly world: World
  readonly entrance: Entrance
  readonly report: Report
  readonly organization: (id: string) => Organization
}

/** Furnishes, works, and takes everything away again, whatever happened. */
export async function crawling(inside: Inside, work: (crawl: Crawl) => Promise<void>): Promise<void> {
  const { world, entrance, report } = inside
  const agent = new Agent({ keepAlive: true, maxSockets: lanesMax })
  const rows = await rowsOf(world)
  const all = [entrance.thief, entrance.victim, entrance.gone].map(id => inside.organization(id))
  const clearAll = async (): Promise<void> => {
    for (const one of all) await rows.clear(one)
  }
  try {
    await clearAll()
    const line: Line = { origin: await world.origin(), agent, signal: report.signal }
    await work(await furnished(inside, line, rows))
  } finally {
    agent.destroy()
    // A twin goes with all that is in it.
    if (world.place === 'live') await clearAll()
  }
}

async function furnished({ world, entrance, report, organization }: Inside, line: Line, rows: Rows): Promise<Crawl> {
  const [thief, victim, gone] = [entrance.thief, entrance.victim, entrance.gone].map(id => organization(id))
  if (thief === undefined || victim === undefined || gone === undefined) throw cannotProbe('There is nobody to attack.')
  const { routes } = entrance
  const site = await siteOf(world)
  // Each in a house of its own; the two that vanish lived in the same one.
  const vanishing = vanished(routes, gone, rows).then(async one => [one, await vanished(routes, gone, rows)] as const)
  const furnishing = [vanishing, furnish(routes, victim), furnish(routes, thief)] as const
  // Where one fails, what the others are still about to put there is waited for: it has to be cleared away.
  await Promise.allSettled(furnishing)
  const [[firstGone, secondGone], theirs, mine] = await Promise.all(furnishing)
  let own = mine
  mustDiffer(own.furnishing, theirs.furnishing)
  let held = await rows.state(victim)
  return Object.freeze({
    routes: ownFirst(routes.declared),
    pagePath: world.pagePath,
    place: world.place,
    report,
    absent: [firstGone, secondGone] as const,
    thief: {
      own: () => own.furnishing,
      theirs: otherOf(theirs, victim.id),
      traces: () => tracesOf(theirs.mark, theirs.furnishing, own.furnishing),
    },
    victim: {
      own: () => theirs.furnishing,
      get theirs() {
        return otherOf(own, thief.id)
      },
      traces: () => tracesOf(own.mark, own.furnishing, theirs.furnishing),
    },
    ask: (draft: Draft, credentials: Credentials | undefined) => ask(line, written(draft, credentials, site)),
    state: () => rows.state(thief),
    async unchanged() {
      const before = held
      held = await rows.state(victim)
      return held === before
    },
    async settle() {
      for (let looks = 0; looks < 20; looks += 1) {
        const before = held
        held = await rows.state(victim)
        if (looks > 0 && held === before) return
      }
    },
    async refresh() {
      await rows.clear(thief)
      own = await furnish(routes, thief)
    },
  })
}

interface Furnished {
  readonly furnishing: Furnishing
  readonly mark: string
}

async function furnish(routes: Routes, organization: Organization): Promise<Furnished> {
  const mark = `canary${randomBytes(6).toString('hex')}`
  const furnishing = await routes.furnish(organization, mark).catch((cause: unknown) => {
    throw cannotProbe('The application could not furnish an organization for the probe.', cause)
  })
  return { furnishing, mark }
}

/** Ids that the application gave itself and that are nobody's any more: absent, and of the right make. */
async function vanished(routes: Routes, gone: Organization, rows: Rows): Promise<Other> {
  const furnished = await furnish(routes, gone)
  await rows.clear(gone)
  // Of an organization that nobody ever was.
  return otherOf(furnished, randomUUID())
}

function otherOf({ furnishing: { ids }, mark }: Furnished, organization: string): Other {
  return { ids, organization, mark, named: [...Object.values(ids), organization, mark] }
}

function mustDiffer(own: Furnishing, theirs: Furnishing): void {
  const kinds = Object.keys(own.ids)
  const same = kinds.filter(kind => own.ids[kind] === theirs.ids[kind])
  if (kinds.length > 0 && same.length === kinds.length)
    throw cannotProbe(`Two organizations have the same ids: ${same.join(', ')}.`)
}
