import { cannotProbe } from '../../claims/index.ts'
import type { Actor } from './actor.ts'
import { belongsTo, canaries, type Canaries, type Condition, type Planted } from './canaries.ts'
import { fit, type Slot } from './fitting.ts'
import { columnOf, quoted, typeOf, type Column, type ForeignKey, type Table } from './relations.ts'
import { circlesOf, isWayOut } from './circles.ts'
import { codeOf } from './sqlstate.ts'
import { candidatesFor, type Fresh } from './values.ts'
import { variantsOf } from './variants.ts'

interface Ground {
  readonly actor: Actor
  readonly mark: string
  readonly fresh: Fresh
  readonly rows: Map<string, Planted>
}

interface PlantOptions {
  readonly mark: string
  readonly fresh: Fresh
  /** What to do where no row could be put; throws by default. */
  readonly onFailure?: (table: Table, error: unknown) => void
  /** Besides, rows that have what a policy names: one that is public, one of a certain state, one without an end. */
  readonly variants?: boolean
}

/**
 * Plants a row in every table for one organization, parents first, out of what the catalogue says of types, keys, checks
 * and triggers. Tables that demand each other get their rows in one statement.
 * @throws claims.cannot_probe for a table in which no row could be put
 */
export async function plant(actor: Actor, tables: readonly Table[], options: PlantOptions): Promise<Canaries> {
  const rows = new Map<string, Planted>()
  const ground: Ground = { actor, rows, mark: options.mark, fresh: options.fresh }
  // A partitioned table gets its rows through its partitions, each of which stands in the list by itself.
  const parted = new Set(tables.flatMap(one => one.parents))
  for (const circle of circlesOf(tables.filter(one => !(one.partitioned && parted.has(one.label))))) {
    try {
      await plantCircle(ground, circle)
    } catch (error) {
      const [first] = circle
      if (options.onFailure === undefined || first === undefined) throw error
      for (const table of circle) options.onFailure(table, error)
    }
    for (const table of circle) remember(rows, table)
    const [only] = circle
    if (options.variants === true && circle.length === 1 && only !== undefined) await plantVariants(ground, only)
  }
  return canaries(options.mark, rows)
}

/** One that does not fit is let be: the first row of the table stands already. */
async function plantVariants(ground: Ground, table: Table): Promise<void> {
  for (const { column, text } of variantsOf(table)) {
    const slots = await slotsOf(ground, table, [table], new Map())
    const wanted = [...slots.filter(slot => slot.column !== column), { table, column, texts: [text] }]
    await fit(wanted, table.label, texts => insert(ground.actor, [table], wanted, texts)).catch((error: unknown) => {
      if (codeOf(error) !== 'claims.cannot_probe') throw error
    })
  }
}

/** A row of a partition, or of a table that inherits, is a row of those above it. */
function remember(rows: Map<string, Planted>, table: Table): void {
  const row = rows.get(table.label)
  if (row === undefined) return
  for (const parent of table.parents) if (!rows.has(parent)) rows.set(parent, row)
}

/**
 * Removes every row of one organization, children first, and those that hold each other in one statement. What a trigger
 * keeps from going stays.
 */
export async function uproot(actor: Actor, tables: readonly Table[], planted?: Canaries): Promise<readonly Table[]> {
  let left = circlesOf(tables.filter(table => !table.partitioned)).toReversed()
  for (let round = 0; round < 3 && left.length > 0; round++) {
    const stuck: (readonly Table[])[] = []
    for (const circle of left) {
      const { text, values } = removal(actor, circle, planted)
      if (text !== '') await actor.planter.query(text, values).catch(() => stuck.push(circle))
    }
    left = stuck
  }
  return left.flat()
}

function removal(actor: Actor, circle: readonly Table[], planted: Canaries | undefined): Condition {
  const values: (string | null)[] = []
  const deletes = circle.flatMap(table => {
    const where = belongsTo(table, actor.key, planted?.find(table), values.length + 1)
    if (where.text === 'false') return []
    values.push(...where.values)
    return [`delete from ${table.label} where ${where.text}`]
  })
  const [only = ''] = deletes
  if (deletes.length < 2) return { text: only, values }
  const parts = deletes.map((text, index) => `d${index} as (${text})`)
  return { text: `with ${parts.join(', ')} select 1`, values }
}

async function plantCircle(ground: Ground, circle: readonly Table[]): Promise<void> {
  const slots: Slot[] = []
  const follows = new Map<string, string>()
  for (const table of circle) slots.push(...(await slotsOf(ground, table, circle, follows)))
  const at = new Map(slots.map((slot, index) => [placeOf(slot.table, slot.column), index]))
  const lead = (index: number, depth = 0): number => {
    const slot = slots[index]
    const next = slot === undefined ? undefined : at.get(follows.get(placeOf(slot.table, slot.column)) ?? '')
    return next === undefined || depth > circle.length ? index : lead(next, depth + 1)
  }
  const leads = slots.map((_, index) => lead(index))
  const rows = await fit(slots, circle.map(one => one.label).join(' and '), texts =>
    insert(
      ground.actor,
      circle,
      slots,
      // What follows another column has its value, or none where none is allowed and wanted.
      leads.map((from, index) => (texts[index] === null ? null : (texts[from] ?? null))),
    ),
  )
  for (const [index, table] of circle.entries()) ground.rows.set(table.label, rows[index] ?? {})
}

function placeOf(table: Table, column: string): string {
  return `${table.label}\n${column}`
}

/** The columns that are to be filled, with what may stand in them. Notes which follow another column of the same circle. */
async function slotsOf(
  ground: Ground,
  table: Table,
  circle: readonly Table[],
  follows: Map<string, string>,
): Promise<readonly Slot[]> {
  const { actor, mark, fresh } = ground
  const labels = new Set(circle.map(one => one.label))
  const referred = new Map<string, string | null>()
  for (const key of table.foreignKeys) {
    const inside = labels.has(key.target)
    const parent = inside ? undefined : (ground.rows.get(key.target) ?? (await anyRowOf(actor, key, table)))
    for (const [index, name] of key.columns.entries()) {
      if (table.tenant.includes(name)) continue
      const target = key.targetColumns[index] ?? ''
      if (inside) follows.set(placeOf(table, name), `${key.target}\n${target}`)
      else if (!referred.has(name)) referred.set(name, parent?.[target] ?? null)
    }
  }
  const aimedAt = new Set(
    circle.flatMap(one => one.foreignKeys).flatMap(key => (key.target === table.label ? key.targetColumns : [])),
  )
  return table.columns.flatMap((column): Slot[] => {
    const { name, required } = column
    const texts = (list: readonly (string | null)[]): Slot[] => [{ table, column: name, texts: list }]
    const position = table.tenant.indexOf(name)
    if (position >= 0) return texts([actor.key[position] ?? null])
    const follower = follows.has(placeOf(table, name))
    if (column.generated && !(column.identity && aimedAt.has(name))) return []
    if (follower) return texts(required || !isWayOut(table, name) ? ['follows'] : [null, 'follows'])
    if (referred.has(name)) {
      const parent = referred.get(name) ?? null
      return texts(required || parent === null ? [parent] : [parent, null])
    }
    if (column.filled && !aimedAt.has(name) && !inUniqueKey(table, column)) return []
    const hint = actor.hint?.(table, column)
    const own = candidatesFor(column, table, mark, fresh)
    const all: (string | null)[] = hint === undefined ? [...own] : [hint, ...own.filter(text => text !== hint)]
    return texts(required ? all : [...all, null])
  })
}

/** One statement for all of them: what they demand of each other is looked at when it ends. */
async function insert(
  actor: Actor,
  circle: readonly Table[],
  slots: readonly Slot[],
  texts: readonly (string | null)[],
): Promise<readonly Planted[]> {
  const inserts = circle.map(table => {
    const own = slots.flatMap((slot, index) => (slot.table === table ? [{ name: slot.column, index }] : []))
    const into = own.map(({ name }) => quoted(name)).join(', ')
    const values = own.map(({ name, index }) => `$${index + 1}::text::${typeOf(table, name)}`).join(', ')
    const overriding = own.some(({ name }) => columnOf(table, name)?.generated === true)
      ? ' overriding system value'
      : ''
    const rows = own.length === 0 ? 'default values' : `(${into})${overriding} values (${values})`
    return `insert into ${table.label} ${rows} returning ${returned(table)}`
  })
  const [only = ''] = inserts
  if (inserts.length === 1) return [asPlanted((await actor.planter.query(only, texts))[0])]
  const parts = inserts.map((text, index) => `p${index} as (${text})`).join(', ')
  const shown = inserts.map((_, index) => `(select to_jsonb(p${index}) from p${index}) as p${index}`).join(', ')
  const rows = await actor.planter.query(`with ${parts} select ${shown}`, texts)
  return circle.map((_, index) => asPlanted(rows[0]?.[`p${index}`]))
}

/** A parent that gets no canary: any row that may be seen there will do. */
async function anyRowOf(actor: Actor, key: ForeignKey, table: Table): Promise<Planted | undefined> {
  if (key.columns.every(name => table.tenant.includes(name))) return undefined
  const columns = key.targetColumns.map(name => `${quoted(name)}::text`).join(', ')
  const rows = await actor.planter.query(`select ${columns} from ${key.target} limit 1`).catch(() => [])
  return rows[0] === undefined ? undefined : asPlanted(rows[0])
}

function inUniqueKey(table: Table, column: Column): boolean {
  return column.base === 'uuid' && table.uniqueKeys.some(key => key.includes(column.name))
}

function returned(table: Table): string {
  return table.columns.map(({ name }) => `${quoted(name)}::text`).join(', ')
}

/** Every column was asked for as text. */
function asPlanted(row: unknown): Planted {
  if (typeof row !== 'object' || row === null) throw cannotProbe('A row that was put in did not come back.')
  return Object.fromEntries(
    Object.entries(row).map(([name, value]: [string, unknown]) => [name, typeof value === 'string' ? value : null]),
  )
}
