import { pause, systemClock } from '../../../core/clock.ts'
import { UpheldError } from '../../../core/errors.ts'
import type { Organization } from '../../../index.ts'
import { cannotProbe, type Report, type World } from '../../claims/index.ts'
import { may, tablesOf, uproot, type Canaries } from '../attacks/index.ts'
import { Broken } from './anchor.ts'
import { changeRows, putMany, reap, sow, touchable } from './deeds.ts'
import { fakeActors, fakeEvents } from './fakes.ts'
import { databaseClock } from './expected.ts'
import { actorOf } from '../organization.ts'
import { keptIn, type Ground, type Kept } from './ground.ts'
import { lookAt, mustContinue, type Look, type View } from './logs.ts'
import { compare } from './match.ts'
import { readOthers, tamperByHand } from './tamper.ts'
import { attackTriggers } from './triggers.ts'
import { changeByHand, mark, openSealed, recordEvents, takeTurns } from './turns.ts'

/** Everything that changes rows is done, and the logs must say exactly that; then they are tampered with. */
export async function attackTrail(world: World, report: Report): Promise<void> {
  const login = world.login('app')
  const platform = world.open({ connectionsMax: 2 })
  const byHand = world.open({ connectionsMax: 1, pooler: true, contextTtlSecs: 300 })
  try {
    const found = await tablesOf(login, {
      schemas: world.tenantSchemas,
      tenantOf: table => (table.columns.some(one => one.name === 'organization_id') ? ['organization_id'] : []),
    })
    const tables = await keptIn(login, world.tenantSchemas, found)
    report.population('tables', tables.length)
    if (tables.length === 0) return
    const [thief, victim] = [platform.organization(world.thief), platform.organization(world.victim)]
    const doing = { expected: [], unsaid: [] }
    const clock = await databaseClock(thief)
    const ground: Ground = { world, report, platform, login, tables, thief, victim, doing, clock }
    const clear = async (): Promise<void> => {
      // A twin goes with all that is in it.
      if (world.place === 'live') for (const one of [thief, victim]) await uproot(actorOf(one), tables)
    }
    await clear()
    try {
      await attackAll(ground, byHand.organization(world.thief))
    } finally {
      await clear()
    }
  } finally {
    await Promise.all([byHand.close(), platform.close(), login.close()])
  }
}

/** What was seen of both logs, and of the head that is kept outside of the database, at some moment. */
interface Seen {
  readonly looks: readonly [thief: Look, victim: Look]
  readonly heads: readonly string[]
}

async function attackAll(ground: Ground, hand: Organization): Promise<void> {
  const { world, report, tables, thief, victim } = ground
  await world.recording.start()
  const before = await look(ground, undefined)
  await tamperByHand(ground, hand, ['app', 'migrate', 'proof', 'page'], report)
  const own = await sow(ground, thief, false)
  await sow(ground, victim, false)
  const open = tables.filter(table => may(table, 'update') && touchable(table) !== undefined)
  const some = open.find(table => !table.partitioned)
  if (some !== undefined) {
    await fakeActors(ground, hand, some, report)
    await fakeEvents(ground, hand, report)
  }
  // First a little of everything, so that what is broken everywhere is known soon.
  const two = open.slice(0, 2)
  await change(ground, own, two, hand)
  await putMany(ground, own)
  await takeTurns(ground, two)
  await recordEvents(ground)
  await openSealed(ground, own)
  const halfway = await waitFor(ground, before)
  await compare(ground, owns(halfway), delayMax, { ...report, observe: () => undefined })
  await readOthers(ground, report)
  // What the recorder may touch is guarded row by row: now there are rows.
  await tamperByHand(ground, hand, ['record', 'app'], report)
  await sow(ground, thief, true)
  await change(ground, own, tables, hand)
  await reap(ground, victim)
  await reap(ground, thief)
  const after = await waitFor(ground, halfway)
  await compare(ground, owns(after), delayMax, report)
  // Last, as whatever watches the shape of the tables takes its time.
  await attackTriggers(ground, report)
  await look(ground, after)
}

/** Every kind of change, in each of these tables that takes it; through the handle and by hand. */
async function change(ground: Ground, own: Canaries, tables: readonly Kept[], hand: Organization): Promise<void> {
  const { report } = ground
  const changed: Kept[] = []
  for (const table of tables) {
    if (report.signal.aborted) throw cannotProbe('The run was ended.')
    if (await changeRows(ground, table, own.find(table))) changed.push(table)
    // What the application may only put in is told by its insert.
    else report.observe('change what cannot be changed', table.label)
  }
  await changeByHand(ground, hand, changed)
}

function owns({ looks }: Seen): readonly [View | undefined, View | undefined] {
  return [looks[0].own, looks[1].own]
}

/** Milliseconds: longer than any merge delay that is promised. */
const delayMax = 60_000

/** Milliseconds after which it is asked whether what was recorded later is logged sooner. */
const laterMs = 1_000

/** Both logs as a stranger verifies them. What does not hold is a finding, and nothing more can be learned of it. */
async function look({ world, thief, victim, report }: Ground, earlier: Seen | undefined): Promise<Seen> {
  const outside = world.recording.anchoredHead()
  const heads = [...new Set([...(earlier?.heads ?? []), ...(outside === undefined ? [] : [outside])])]
  const looks = await verified(report, async () => {
    const [mine, theirs] = [await lookAt(thief, heads), await lookAt(victim, heads)]
    mustContinue(earlier?.looks[0].own, mine.own)
    mustContinue(earlier?.looks[1].own, theirs.own)
    return [mine, theirs] as const
  })
  for (const [i, one] of looks.entries()) {
    if (one.own !== undefined) report.observe('verify the log', `log ${i + 1} of ${looks.length}`)
    if (one.anchor !== undefined) report.observe('verify the anchor log', `log ${i + 1} of ${looks.length}`)
  }
  // The first head and the newest say all that those between would.
  return { looks, heads: [...heads.slice(0, 1), ...heads.slice(-1)] }
}

class Refuted extends Error {}

async function verified<T>(report: Report, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const attack = error instanceof Broken ? error.attack : undefined
    if (attack !== undefined) report.refute({ attack, where: 'the log', saw: messageIn(error) })
    else if (error instanceof UpheldError && error.code.startsWith('transparency.')) {
      report.refute({ attack: 'rewrite', where: 'the log', saw: `what is in it cannot be read: ${error.code}` })
    } else throw error
    throw new Refuted('A log does not hold.', { cause: error })
  }
}

function messageIn(error: unknown): string {
  return error instanceof Error ? error.message : ''
}

/** Looks until the last event of each organization is in its log, for as long as that was promised to take. */
async function waitFor(ground: Ground, earlier: Seen): Promise<Seen> {
  const { thief, victim, report } = ground
  const marks = [await mark(thief), await mark(victim)] as const
  const startedMs = systemClock.monotonicMs()
  const delayMs = Math.min(delayMax, ...marks.map(one => one.delayMs))
  let seen = earlier
  let later: readonly Awaited<ReturnType<typeof mark>>[] = []
  let passed = false
  for (let looks = 1; ; looks++) {
    seen = await look(ground, seen)
    const waitedMs = systemClock.monotonicMs() - startedMs
    const has = (i: 0 | 1, id: string): boolean => isIn(seen.looks[i].own, id)
    if (has(0, marks[0].id) && has(1, marks[1].id)) return seen
    // Entries that came in later and are there already say that the earlier ones do not come any more.
    passed ||= later.some(({ id }) => has(0, id))
    if (waitedMs > delayMs || passed || report.signal.aborted) break
    // The second log is read after the first: what it says of the first, it says for the next look.
    passed = later.some(({ id }) => has(1, id))
    if (later.length === 0 && waitedMs > laterMs) later = [await mark(thief), await mark(victim)]
    // A look verifies everything, which takes the longer the busier it is.
    await pause(Math.min(400, 40 * looks), report.signal)
  }
  report.refute({
    attack: 'drop an event',
    where: 'the log',
    saw: 'an event is not in its log when it was promised to be',
  })
  return seen
}

function isIn(view: View | undefined, id: string): boolean {
  return view?.entries.some(({ value }) => value['id'] === id) === true
}
