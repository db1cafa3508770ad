import type { Row } from '../../../core/ports.ts'
import type { Organization } from '../../../upheld.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeOf } from '../sqlstate.ts'
import type { Check, ForeignKey, Table } from './relations.ts'
import { candidatesFor, type Fresh } from './values.ts'

/** A row that was planted: the text of each column, null where there is none. */
export type Planted = Readonly<Record<string, string | null>>

/** One canary of each organization in each table; a table without one cannot be attacked. */
export interface Canaries {
  /** In every text column that nothing else decides on. Twelve hex digits. */
  readonly mark: string
  rowOf(table: Table): Planted
}

const triesMax = 400

/**
 * Plants a row in every table for one organization, parents first, out of what the catalogue says of types, keys and
 * checks. Whatever an earlier run left behind goes first.
 * @throws claims.cannot_probe for a table in which no row could be put
 */
export async function plant(
  organization: Organization,
  tables: readonly Table[],
  mark: string,
  fresh: Fresh,
): Promise<Canaries> {
  await uproot(organization, tables)
  const rows = new Map<string, Planted>()
  for (const table of tables) {
    // A partitioned table gets its rows through its partitions, each of which stands in the list by itself.
    if (table.partitioned) continue
    rows.set(table.label, await plantOne(organization, table, rows, mark, fresh))
  }
  return Object.freeze({
    mark,
    rowOf(table: Table) {
      const row = rows.get(table.label)
      if (row === undefined) throw cannotProbe(`No canary stands in ${table.label}.`)
      return row
    },
  })
}

/** Removes every row of a probe's organization, children first. What a trigger keeps from going stays. */
export async function uproot(organization: Organization, tables: readonly Table[]): Promise<void> {
  let left = tables.filter(table => !table.partitioned).toReversed()
  for (let round = 0; round < 3 && left.length > 0; round++) {
    const stuck: Table[] = []
    for (const table of left) {
      await organization
        .query(`delete from ${table.label} where organization_id = $1`, [organization.id])
        .catch(() => stuck.push(table))
    }
    left = stuck
  }
}

async function plantOne(
  organization: Organization,
  table: Table,
  parents: ReadonlyMap<string, Planted>,
  mark: string,
  fresh: Fresh,
): Promise<Planted> {
  const referred = await referredValues(organization, table, parents)
  const open = table.columns.filter(column => !column.generated && !(column.filled && !inUniqueKey(table, column.name)))
  const choices = open.map(column => {
    const { name, required } = column
    if (name === 'organization_id') return { column, texts: [organization.id] }
    if (referred.has(name)) {
      const parent = referred.get(name) ?? null
      return { column, texts: required || parent === null ? [parent] : [parent, null] }
    }
    const texts: (string | null)[] = [...candidatesFor(column, table, mark, fresh)]
    return { column, texts: required ? texts : [...texts, null] }
  })
  const turns = new Array<number>(choices.length).fill(0)
  let told = ''
  for (let tries = 0; tries < triesMax; tries++) {
    const values = choices.map(({ texts }, index) => texts[(turns[index] ?? 0) % texts.length] ?? null)
    try {
      return await insert(
        organization,
        table,
        choices.map(choice => choice.column),
        values,
      )
    } catch (error) {
      const code = codeOf(error)
      if (!/^(22|23|P0001)/.test(code)) throw cannotProbe(`No canary could be put in ${table.label}: ${code}.`, error)
      told = code
      const involved = involvedIn(error, table)
      turnOn(
        turns,
        choices.map(({ column, texts }) => (texts.length > 1 && involved(column.name) ? texts.length : 0)),
      )
    }
  }
  throw cannotProbe(`No canary could be put in ${table.label}: ${triesMax} rows were refused, the last with ${told}.`)
}

/** The next combination, as an odometer turns: a wheel of size 0 stands still. */
function turnOn(turns: number[], sizes: readonly number[]): void {
  for (const [index, size] of sizes.entries()) {
    if (size === 0) continue
    const next = ((turns[index] ?? 0) + 1) % size
    turns[index] = next
    if (next !== 0) return
  }
}

/** Which columns to try other values for, from what the server said. */
function involvedIn(error: unknown, table: Table): (column: string) => boolean {
  const { constraint, column, detail } = fieldsOf(error)
  if (column !== '') return name => name === column
  // "Key (organization_id, email)=(…) already exists."
  const clashing = /^Key \((.+?)\)=/.exec(detail)?.[1]?.split(', ')
  if (clashing !== undefined) return name => clashing.includes(name) || clashing.includes(quoted(name))
  const check: Check | undefined = table.checks.find(one => one.name === constraint)
  const columns = new Set(check?.columns ?? [])
  return name => columns.size === 0 || columns.has(name)
}

function fieldsOf(error: unknown): { constraint: string; column: string; detail: string } {
  const text = (name: string): string => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : ''
    return typeof value === 'string' ? value : ''
  }
  return { constraint: text('constraint'), column: text('column'), detail: text('detail') }
}

async function insert(
  organization: Organization,
  table: Table,
  columns: readonly Table['columns'][number][],
  values: readonly (string | null)[],
): Promise<Planted> {
  const into = columns.map(column => quoted(column.name)).join(', ')
  const slots = columns.map((column, index) => `$${index + 1}::text::${column.type}`).join(', ')
  const rows = await organization.query(
    `insert into ${table.label} (${into}) values (${slots}) returning ${returned(table)}`,
    values,
  )
  return asPlanted(rows[0])
}

/** Values of foreign keys: the parent's canary of the same organization; null while the parent is not there yet. */
async function referredValues(
  organization: Organization,
  table: Table,
  parents: ReadonlyMap<string, Planted>,
): Promise<ReadonlyMap<string, string | null>> {
  const values = new Map<string, string | null>()
  for (const key of table.foreignKeys) {
    const parent = parents.get(key.target) ?? (await anyRowOf(organization, key, table))
    for (const [index, name] of key.columns.entries()) {
      if (name !== 'organization_id') values.set(name, parent?.[key.targetColumns[index] ?? ''] ?? null)
    }
  }
  return values
}

/** A parent that is no tenant table: any row that may be seen there will do. */
async function anyRowOf(organization: Organization, key: ForeignKey, table: Table): Promise<Planted | undefined> {
  const ownWay = key.target === table.label || key.columns.every(name => name === 'organization_id')
  if (ownWay) return undefined
  const columns = key.targetColumns.map(name => `${quoted(name)}::text`).join(', ')
  const rows = await organization.query(`select ${columns} from ${key.target} limit 1`).catch(() => [])
  return rows[0] === undefined ? undefined : asPlanted(rows[0])
}

function inUniqueKey(table: Table, column: string): boolean {
  const { base } = table.columns.find(one => one.name === column) ?? { base: '' }
  return base === 'uuid' && table.uniqueKeys.some(key => key.includes(column))
}

function returned(table: Table): string {
  return table.columns.map(column => `${quoted(column.name)}::text`).join(', ')
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Every column was asked for as text. */
function asPlanted(row: Row | undefined): Planted {
  return Object.fromEntries(
    Object.entries(row ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : null]),
  )
}
