import { z } from 'zod'
import type { JsonObject } from '../../../core/json.ts'
import type { Database, Organization } from '../../../index.ts'
import { cannotProbe, type World } from '../../claims/index.ts'
import { quoted } from '../attacks/index.ts'
import { sealInto } from '../encryption-fields/canaries.ts'
import { sealedColumnsOf } from '../encryption-fields/columns.ts'
import type { Canaries } from '../attacks/index.ts'
import { readRow } from '../encryption-fields/canaries.ts'
import { changed, keysIn, rowsSaid, timed, type Expected } from './expected.ts'
import { doerFor, hasOwnTriggers, type Doer, type Ground, type Kept } from './ground.ts'
import { touchable } from './deeds.ts'

class Undo extends Error {}

/** Sets a column of every row of a table to what it is. */
export function touch(table: Kept): string {
  const column = quoted(touchable(table) ?? '')
  return `update ${table.label} set ${column} = ${column}`
}

const eventText = (action: string): string => JSON.stringify({ action })
const record = 'select upheld.record($1::json) as receipt'

/** Entries share the fate of what they record: transactions that commit, that are undone, that go back half the way. */
export async function takeTurns({ thief, doing, clock }: Ground, tables: readonly Kept[]): Promise<void> {
  const [first, second = first] = tables
  if (first === undefined || second === undefined) return
  const kept = doerFor(thief, 'a transaction')
  const keys = [await keysIn(thief, first), await keysIn(thief, second)] as const
  const time = await timed(clock, () =>
    kept.organization.transaction(async tx => {
      await tx.query(touch(first))
      await tx.savepoint('half')
      await tx.query(record, [eventText('proof.undone')])
      await tx.rollbackTo('half')
      if (second !== first) await tx.query(touch(second))
    }),
  )
  const said = { deed: 'leave a transaction out', action: 'row.update', fromMs: time.fromMs, toMs: time.toMs }
  const entries = (table: Kept): Pick<Expected, 'entries'> => (hasOwnTriggers(table) ? {} : { entries: 1 })
  doing.expected.push(changed(kept, first, { ...said, ...rowsSaid(keys[0]), ...entries(first) }))
  if (second !== first)
    doing.expected.push(changed(kept, second, { ...said, ...rowsSaid(keys[1]), ...entries(second) }))

  const undone = doerFor(thief, 'what is undone')
  await undone.organization
    .transaction(async tx => {
      for (const table of tables) await tx.query(touch(table))
      await tx.query(record, [eventText('proof.undone')])
      throw new Undo()
    })
    .catch(undoneOnly)
  doing.unsaid.push({ deed: 'keep the entry of what was undone', where: first.label, request: undone.who.request })

  const failed = doerFor(thief, 'what fails')
  await failed.organization
    .query(`with x as (${touch(first)} returning 1 as one) select 1 / (count(*) - count(*)) from x`)
    .catch(() => undefined)
  doing.unsaid.push({ deed: 'keep the entry of what failed', where: first.label, request: failed.who.request })
}

function undoneOnly(error: unknown): void {
  if (!(error instanceof Undo)) throw error
}

const receipts = z.array(z.object({ receipt: z.object({ id: z.string(), merge_delay_secs: z.number() }) })).length(1)

/** Events that the application records by itself, with everything that one can hold; and hundreds at once. */
export async function recordEvents({ thief, doing, clock }: Ground): Promise<void> {
  const doer = doerFor(thief, 'an event')
  const event = {
    action: 'proof.event',
    targets: [{ type: 'proof.target', id: doer.who.request }],
    outcome: 'denied',
    at: '2001-02-03T04:05:06.007Z',
    detail: { truth: true, number: 42, list: ['a', 'b'] },
  }
  const personal = { ip: '192.0.2.7', name: `somebody ${doer.who.request}` }
  const { fromMs, toMs } = await timed(clock, () =>
    doer.organization.query(record, [JSON.stringify({ ...event, personal })]),
  )
  const base = { organization: thief.id, who: doer.who, fromMs, toMs }
  const { action, ...said } = event
  doing.expected.push({ ...base, deed: 'change an event', where: 'events', action, said, personal, entries: 1 })

  // More than one tile of the log.
  const many = doerFor(thief, 'many events')
  const time = await timed(clock, () =>
    many.organization.query(
      `select count(upheld.record(json_build_object('action', 'proof.many', 'detail', json_build_object('n', n)))) from generate_series(1, 300) n`,
    ),
  )
  doing.expected.push({
    deed: 'drop one of many events',
    where: 'events',
    organization: thief.id,
    who: many.who,
    action: 'proof.many',
    entries: 300,
    fromMs: time.fromMs,
    toMs: time.toMs,
  })
}

/** An event whose entry ends what the log is waited for. */
export async function mark(
  organization: Organization,
): Promise<{ readonly id: string; readonly delayMs: number; readonly doer: Doer }> {
  const doer = doerFor(organization, 'the end')
  const [row] = receipts.parse(await doer.organization.query(record, [eventText('proof.end')]))
  if (row === undefined) throw cannotProbe('An event was recorded without a receipt.')
  return { id: row.receipt.id, delayMs: row.receipt.merge_delay_secs * 1000, doer }
}

/** Sealed values are opened, and who opened which of them is said. Gives the number of sealed columns. */
export async function openSealed(
  { world, thief, tables, login, doing, clock }: Ground,
  planted: Canaries,
): Promise<number> {
  const columns = await sealedColumnsOf(login, world.tenantSchemas)
  const canaries = await sealInto(thief, columns, tables, planted)
  for (const canary of canaries) {
    const rows = await readRow(canary, thief)
    const label = `${canary.column.label.table}.${canary.column.label.column}`
    const keys = canary.column.keys.map(name => canary.row[name] ?? '')
    const key = keys.length === 1 ? (keys[0] ?? '') : JSON.stringify(keys)
    const plain = /^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(key)
    const said: JsonObject = { targets: [plain ? { type: label, id: key } : { type: 'column', id: label }] }
    // Twice: what was opened before is opened again.
    for (const deed of ['open unseen', 'open again unseen']) {
      const doer = doerFor(thief, deed)
      const { fromMs, toMs } = await timed(clock, () => doer.organization.open(rows))
      const base = { deed, where: canary.column.relation, organization: thief.id, who: doer.who, fromMs, toMs }
      doing.expected.push({ ...base, action: 'sealed.open', said, entries: 1 })
    }
  }
  return columns.length
}

/** A context with its note, as the handle sends it: for any backend, so that it can be used by hand. */
export async function tokenOf(hand: Organization, doer: Doer): Promise<string> {
  const { actor, purpose, request } = doer.who
  const rows = await hand
    .as({ type: 'probe', id: actor.id, purpose, request })
    .query("select current_setting('upheld.context') || current_setting('upheld.note') as token")
  return String(rows[0]?.['token'])
}

/** The application's login without any handle, with a context that is in order: what it does is recorded all the same. */
export async function changeByHand(
  { world, login, thief, doing, clock }: Ground,
  hand: Organization,
  tables: readonly Kept[],
): Promise<void> {
  for (const table of tables) {
    const doer = doerFor(thief, 'a change by hand')
    const token = await tokenOf(hand, doer)
    const keys = await keysIn(thief, table)
    const time = await timed(clock, () => entered(login, token, touch(table)))
    const said = { deed: 'change by hand', action: 'row.update', fromMs: time.fromMs, toMs: time.toMs }
    const entries = hasOwnTriggers(table) ? {} : { entries: 1 }
    doing.expected.push(changed(doer, table, { ...said, ...rowsSaid(keys), ...entries }))
  }
  const [table] = tables
  if (table === undefined) return
  await changeAsSigned(world, { login, thief, doing, clock }, table)
}

/** Signed by the system's own key, for whoever the key says. */
async function changeAsSigned(
  world: World,
  { login, thief, doing, clock }: Pick<Ground, 'login' | 'thief' | 'doing' | 'clock'>,
  table: Kept,
): Promise<void> {
  const token = await world.forge('none')
  const keys = await keysIn(thief, table)
  const { fromMs, toMs } = await timed(clock, () => entered(login, token, touch(table)))
  doing.expected.push({
    deed: 'change under a signed context',
    where: table.label,
    object: table.object,
    organization: thief.id,
    action: 'row.update',
    who: { actor: { id: 'probe', type: 'probe' }, purpose: 'proof' },
    fromMs,
    toMs,
    ...rowsSaid(keys),
    ...(hasOwnTriggers(table) ? {} : { entries: 1 }),
  })
}

function entered(login: Database, token: string, text: string): Promise<void> {
  return login.transaction(async tx => {
    await tx.query('select upheld.enter($1)', [token])
    await tx.query(text)
  })
}
