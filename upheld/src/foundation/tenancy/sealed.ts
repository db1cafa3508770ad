import { inspect } from 'node:util'
import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { Sealing } from './ports.ts'

/** The columns of a primary key beside organization_id, one text for each. One column: its text. */
type RowKey = string | readonly string[]

/** Where a value goes: the label of its column, and its row, known before it is written. */
export interface SealedPlace {
  /** Such as `desk.integration`. */
  readonly table: string
  readonly column: string
  readonly row: RowKey
  /** The person whom the value is about, for a column whose label says `about`. */
  readonly subject?: string
}

/** A value on its way to be sealed, in the place of a parameter. Prints as `[to be sealed]`. */
export interface ToSeal {
  readonly toBeSealed: true
}

type Wish =
  | { readonly kind: 'seal'; readonly address: Address; readonly value: string | Uint8Array }
  | { readonly kind: 'index' | 'indexes'; readonly table: string; readonly column: string; readonly value: string }

/** Beside the object, not in it: whatever prints, copies or sends the object has nothing to show. */
const wishes = new WeakMap<object, Wish>()

const word = z.string().min(1)
const placeForm = z.strictObject({
  table: word,
  column: word,
  row: z.union([word, z.array(z.string()).min(1)]),
  subject: word.optional(),
})

/**
 * Seals the value for this place when the statement is sent: `insert … values (${id}, ${sealed({ … }, token)})`.
 * @throws tenancy.bad_place
 */
export function sealed(place: SealedPlace, value: string | Uint8Array): ToSeal {
  const read = placeForm.safeParse(place)
  if (!read.success) throw refuse.bad_place({ detail: z.prettifyError(read.error) })
  const { table, column, row, subject } = read.data
  const about = subject === undefined ? {} : { subject: asWritten(subject) }
  const address = { table, column, row: rowKey(row), ...about }
  return wishFor({ kind: 'seal', address, value })
}

/** The keyed digest of a value, to write beside it. To find a value by it there is `blindIndexes`. */
export function blindIndex(of: { readonly table: string; readonly column: string }, value: string): ToSeal {
  return wishFor({ kind: 'index', table: of.table, column: of.column, value })
}

/**
 * Every digest that a value may stand under, to find it by: `where token_index = any(${blindIndexes({ … }, token)})`. While
 * the key of indexes is being replaced, rows that are done and rows that are not are both found.
 */
export function blindIndexes(of: { readonly table: string; readonly column: string }, value: string): ToSeal {
  return wishFor({ kind: 'indexes', table: of.table, column: of.column, value })
}

/** One text for the primary key of a row. */
export function rowKey(row: RowKey): string {
  if (typeof row === 'string') return asWritten(row)
  return row.length === 1 ? asWritten(row[0] ?? '') : canonicalJson(row.map(asWritten))
}

const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Postgres gives a uuid back in lower case, however it was written: a value would be sealed for a row that nobody can name. */
export function asWritten(key: string): string {
  return uuidForm.test(key) ? key.toLowerCase() : key
}

function wishFor(wish: Wish): ToSeal {
  const words = '[to be sealed]'
  const marker = Object.freeze({
    toBeSealed: true as const,
    toJSON: () => words,
    toString: () => words,
    [inspect.custom]: () => words,
  })
  wishes.set(marker, wish)
  return marker
}

/** The same values with every wish granted. Without any it is the very list that came in. */
export function withSeals(
  values: readonly unknown[],
  organization: OrganizationId | undefined,
  sealing: Sealing | undefined,
): readonly unknown[] | Promise<readonly unknown[]> {
  if (!values.some(isWish)) return values
  if (sealing === undefined || organization === undefined) throw refuse.no_vault()
  return Promise.all(values.map(value => granted(value, organization, sealing)))
}

function isWish(value: unknown): value is object {
  return typeof value === 'object' && value !== null && wishes.has(value)
}

async function granted(value: unknown, organization: OrganizationId, sealing: Sealing): Promise<unknown> {
  const wish = isWish(value) ? wishes.get(value) : undefined
  if (wish === undefined) return value
  if (wish.kind === 'indexes') return (await sealing.blindIndexes(organization, wish, wish.value)).map(asBuffer)
  const bytes =
    wish.kind === 'seal'
      ? await sealing.seal(organization, wish.address, wish.value)
      : await sealing.blindIndex(organization, wish, wish.value)
  return asBuffer(bytes)
}

/** The driver writes a Buffer as bytea, and any other view as text. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
