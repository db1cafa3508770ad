import { inspect } from 'node:util'
import type { OrganizationId } from '../../core/ids.ts'
import type { Address, Opened, Row } from '../../core/ports.ts'
import type { Actor } from './actor.ts'
import { refuse } from './errors.ts'
import type { Answer, Field, Sealing } from './ports.ts'
import { asWritten, rowKey } from './sealed.ts'

/** What a sealed column comes back as: nothing to read, until `organization.open` opens it. Prints as `[sealed]`. */
export interface Sealed {
  readonly isSealed: true
}

/** The same shape with every sealed value opened. */
export type Unsealed<T> = T extends Sealed
  ? Opened
  : T extends readonly (infer R)[]
    ? Unsealed<R>[]
    : T extends object
      ? { [K in keyof T]: T[K] extends Sealed | null ? Opened | Extract<T[K], null> : T[K] }
      : T

/** A sealed column, as `upheld.sealed_columns()` tells it. */
export interface SealedColumn {
  readonly table: string
  readonly column: string
  /** Columns of the primary key beside organization_id, by their number in the table. */
  readonly keys: readonly number[]
  readonly subject: number | undefined
}

/** By `table oid.column number`. */
export type SealedColumns = ReadonlyMap<string, SealedColumn>

interface Cell {
  readonly bytes: Uint8Array
  readonly table: string
  readonly column: string
  /** Undefined when the answer did not name the row, or named two. */
  readonly address: Address | undefined
}

const cells = new WeakMap<object, Cell>()
const byteaOid = 17

/** Whether an answer can hold a sealed value: then the columns have to be known. */
export function mayHoldSealed(fields: readonly Field[]): boolean {
  return fields.some(({ dataTypeID, tableID }) => dataTypeID === byteaOid && tableID !== 0)
}

/** The answer with every sealed cell in the place of its bytes. */
export function withSealed(answer: Answer, known: SealedColumns): Answer {
  const columns = answer.fields.flatMap((field, at) => {
    const column = known.get(`${field.tableID}.${field.columnID}`)
    return column === undefined ? [] : [{ at, field, column }]
  })
  if (columns.length === 0) return answer
  for (const row of answer.rows) {
    const read = reader(row, answer.fields)
    // First all addresses, then the values: a sealed column of one is no key of another, but it may stand before it.
    const found = columns.map(({ at, field, column }) => ({ at, cell: cellOf(read, at, field, column, answer.fields) }))
    for (const { at, cell } of found) if (cell !== undefined) read.replace(at, shown(cell))
  }
  return answer
}

interface RowReader {
  at(index: number): unknown
  replace(index: number, value: Sealed): void
}

/** Rows are arrays, or objects in which two columns of one name are one: such a one is left as it is. */
function reader(row: Row, fields: readonly Field[]): RowReader {
  const keyOf = (index: number): string | undefined => {
    if (Array.isArray(row)) return String(index)
    const name = fields[index]?.name
    return name === undefined || fields.filter(field => field.name === name).length !== 1 ? undefined : name
  }
  return {
    at(index) {
      const key = keyOf(index)
      return key === undefined ? undefined : Reflect.get(row, key)
    },
    replace(index, value) {
      const key = keyOf(index)
      if (key !== undefined) Reflect.set(row, key, value)
    },
  }
}

function cellOf(
  read: RowReader,
  at: number,
  field: Field,
  { table, column, keys, subject }: SealedColumn,
  fields: readonly Field[],
): Cell | undefined {
  const bytes = bytesOf(read.at(at))
  if (bytes === undefined) return undefined
  /** Null where the column is null, undefined where the answer does not have it, or has it twice. */
  const textOf = (columnID: number): string | null | undefined => {
    const places = fields.flatMap((one, index) =>
      one.tableID === field.tableID && one.columnID === columnID ? [index] : [],
    )
    const [place] = places
    return place === undefined || places.length > 1 ? undefined : keyText(read.at(place))
  }
  const key = keys.flatMap(columnID => textOf(columnID) ?? [])
  const about = subject === undefined ? undefined : textOf(subject)
  const named = key.length === keys.length && key.length > 0 && (subject === undefined || about !== undefined)
  const address = {
    table,
    column,
    row: rowKey(key),
    ...(typeof about === 'string' ? { subject: asWritten(about) } : {}),
  }
  return { bytes, table, column, address: named ? address : undefined }
}

function keyText(value: unknown): string | null | undefined {
  if (value === null) return null
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined
}

/** A query builder may have its own types: then a bytea is the text that the server sent. */
function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' && value.startsWith('\\x') ? Buffer.from(value.slice(2), 'hex') : undefined
}

function shown(cell: Cell): Sealed {
  const words = '[sealed]'
  const marker = Object.freeze({
    isSealed: true as const,
    toJSON: () => words,
    toString: () => words,
    [inspect.custom]: () => words,
  })
  cells.set(marker, cell)
  return marker
}

/** At once: what is opened is written down row by row, and nobody reads more. */
const openMax = 1_000

interface Opener {
  readonly organization: OrganizationId
  readonly actor: Actor
  readonly sealing: Sealing | undefined
  /** Written down and committed before anything is opened. */
  readonly record: (addresses: readonly Address[]) => Promise<void>
}

/**
 * Opens a sealed value, a row with some, or rows. First it is asked whether this actor may, then it is recorded, then
 * all of it is opened, or nothing is given.
 * @throws tenancy.no_vault, may_not_open, row_unknown, too_many_opened, and what the vault throws
 */
export async function unseal<T>(value: T, { organization, actor, sealing, record }: Opener): Promise<Unsealed<T>>
export async function unseal(value: unknown, { organization, actor, sealing, record }: Opener): Promise<unknown> {
  const found = new Map<object, { readonly bytes: Uint8Array; readonly address: Address }>()
  for (const part of partsOf(value)) {
    const cell = typeof part === 'object' && part !== null ? cells.get(part) : undefined
    if (cell === undefined || typeof part !== 'object' || part === null) continue
    const label = `${cell.table}.${cell.column}`
    if (actor.opens?.some(one => one === '*' || one === label) !== true) throw refuse.may_not_open({ detail: label })
    if (cell.address === undefined) throw refuse.row_unknown({ detail: label })
    found.set(part, { bytes: cell.bytes, address: cell.address })
  }
  if (found.size === 0) return value
  if (sealing === undefined) throw refuse.no_vault()
  if (found.size > openMax) throw refuse.too_many_opened({ detail: `At most ${openMax} at once.` })
  await record([...found.values()].map(({ address }) => address))
  const opened = new Map(
    await Promise.all(
      [...found].map(
        async ([marker, { bytes, address }]) => [marker, await sealing.open(organization, address, bytes)] as const,
      ),
    ),
  )
  const replaced = (part: unknown): unknown =>
    typeof part === 'object' && part !== null ? (opened.get(part) ?? part) : part
  const rowOf = (row: unknown): unknown =>
    typeof row === 'object' && row !== null && !opened.has(row)
      ? Array.isArray(row)
        ? row.map(replaced)
        : Object.fromEntries(Object.entries(row).map(([name, part]) => [name, replaced(part)]))
      : replaced(row)
  return Array.isArray(value) ? value.map(rowOf) : rowOf(value)
}

/** The value itself, its members, and the members of its rows. */
function* partsOf(value: unknown): Generator {
  yield value
  for (const part of membersOf(value)) {
    yield part
    if (Array.isArray(value)) yield* membersOf(part)
  }
}

function membersOf(value: unknown): readonly unknown[] {
  const closed = typeof value !== 'object' || value === null || cells.has(value)
  return closed ? [] : Object.entries(value).map(([, part]): unknown => part)
}
