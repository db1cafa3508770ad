import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson, type JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/transparency/index.ts'
import type { Organization } from '../../../index.ts'
import type { Report } from '../../claims/index.ts'
import { keyInEntry, textOf, type Expected } from './expected.ts'
import { hasOwnTriggers, type Ground, type Kept } from './ground.ts'
import { receivedMs, type Entry, type View } from './logs.ts'

const base64 = (text: string): string => createHash('sha256').update(text).digest('base64')

/** The entries of one organization, with the personal values beside them. */
interface Book {
  readonly entries: readonly Entry[]
  /** By `entry name`. */
  readonly disclosed: ReadonlyMap<string, { readonly salt: Buffer; readonly value: string }>
}

const disclosureRows = z.array(z.object({ place: z.string(), salt: z.instanceof(Buffer), value: z.string() }))

async function bookOf(organization: Organization, view: View | undefined): Promise<Book> {
  const entries = view?.entries ?? []
  const ids = entries.filter(({ value }) => value['com'] !== undefined).map(({ value }) => value['id'])
  const rows = await organization.query(
    `select entry::text || ' ' || name as place, salt, value from upheld_audit.disclosure
     where organization_id = $1 and entry = any ($2::uuid[]) and salt is not null`,
    [organization.id, ids],
  )
  return { entries, disclosed: new Map(disclosureRows.parse(rows).map(row => [row.place, row])) }
}

/** What is wrong with what the log says of one deed; undefined when everything is as it was done. */
function faultOf(expected: Expected, book: Book, table: Kept | undefined, delayMs: number): string | undefined {
  const { who, said = {}, personal = {} } = expected
  const found = entriesOf(expected, book)
  if (found.length === 0) return 'no entry says it'
  if (expected.entries !== undefined && found.length !== expected.entries) {
    return `${found.length} entries say it, ${expected.entries} should`
  }
  for (const entry of found) {
    const { value } = entry
    const wrong = Object.entries({ actor: who.actor, purpose: who.purpose, outcome: 'success', ...said }).find(
      ([name, wanted]) => !isSame(value[name], wanted),
    )
    if (wrong !== undefined) return `its ${wrong[0]} is another or missing`
    const time = timeFault(entry, expected, delayMs)
    if (time !== undefined) return time
    const other = Object.entries(personal).find(([name, text]) => disclosedIn(value, name, book) !== text)
    if (other !== undefined) return `its commitment to ${other[0]} does not open to what was recorded`
  }
  return expected.total === undefined ? undefined : rowsFault(expected, found, book, table)
}

function entriesOf(expected: Expected, book: Book): readonly Entry[] {
  const { who, action, object } = expected
  return book.entries.filter(
    ({ value }) =>
      value['request'] === who.request &&
      value['action'] === action &&
      (object === undefined || value['object'] === object) &&
      (who.request !== undefined || isMeant(value, expected)),
  )
}

/** One deed after the other: so do their entries stand. */
function disorderIn(expected: readonly Expected[], book: Book): Expected | undefined {
  let [last, before] = [-1, '']
  let furthest = -1
  return expected.find(one => {
    // What one deed left may stand in any order.
    if (one.who.request !== before) [last, before] = [furthest, one.who.request ?? '']
    const places = entriesOf(one, book).map(({ index }) => index)
    furthest = Math.max(furthest, ...places)
    return places.some(place => place < last)
  })
}

/** Without a request: by who did it, and when. */
function isMeant(value: JsonObject, { who, fromMs, toMs }: Expected): boolean {
  const at = Date.parse(textOf(value['at']))
  return isSame(value['actor'], who.actor) && at >= fromMs && at <= toMs
}

function isSame(found: JsonObject[string] | undefined, wanted: JsonObject[string] | undefined): boolean {
  if (found === undefined || wanted === undefined) return found === wanted
  return canonicalJson(found) === canonicalJson(wanted)
}

/** What happened is said when it happened; an application may claim another time, which is kept as claimed. */
function timeFault(entry: Entry, { fromMs, toMs, said = {} }: Expected, delayMs: number): string | undefined {
  const at = Date.parse(textOf(entry.value['at']))
  const received = receivedMs(entry)
  if (said['at'] === undefined && !(at >= fromMs && at <= toMs)) return 'it is said at another time'
  if (!(received >= fromMs && received <= toMs + delayMs)) return 'it was received at another time'
  // The identifier begins with the time, RFC 9562.
  const made = parseInt(textOf(entry.value['id']).replaceAll('-', '').slice(0, 12), 16)
  return made >= fromMs && made <= toMs ? undefined : 'its identifier is of another time'
}

interface RowsSaid {
  readonly listed: readonly string[]
  readonly digest: string | undefined
  readonly total: number
}

const rowsForm = z.object({
  rows: z.array(z.string()).optional(),
  dig: z.object({ rows: z.string().optional() }).optional(),
})

/** The rows of an entry, in clear or behind a commitment. */
function rowsIn(value: JsonObject, book: Book): RowsSaid | undefined {
  const hidden = disclosedIn(value, 'rows', book)
  const parsed = rowsForm.safeParse(hidden === undefined ? value : JSON.parse(hidden))
  const total = value['rows_total']
  if (!parsed.success || typeof total !== 'number') return undefined
  return { listed: parsed.data.rows ?? [], digest: parsed.data.dig?.rows, total }
}

function disclosedIn(value: JsonObject, name: string, { disclosed }: Book): string | undefined {
  const com = value['com']
  const kept = disclosed.get(`${textOf(value['id'])} ${name}`)
  if (!isObject(com) || kept === undefined) return undefined
  const hash = createHash('sha256').update(`upheld/commitment@v1\n${name}\n`).update(kept.salt).update(kept.value)
  return hash.digest('base64') === com[name] ? kept.value : undefined
}

function rowsFault(
  { rows, total = 0, ordered = false }: Expected,
  found: readonly Entry[],
  book: Book,
  table: Kept | undefined,
): string | undefined {
  const all = found.map(({ value }) => rowsIn(value, book))
  const said = all.filter(one => one !== undefined)
  if (said.length < all.length) return 'its rows cannot be read'
  const sum = said.reduce((rest, one) => rest + one.total, 0)
  if (sum !== total) return `it says ${sum} rows, and there were ${total}`
  if (rows === undefined) return undefined
  const listed = said.flatMap(one => one.listed).map(key => (table === undefined ? key : keyInEntry(table, key)))
  const wanted = new Set(rows)
  if (listed.some(key => !wanted.delete(key))) return 'it names a row that was not changed, or one twice'
  for (const one of said) {
    if (one.total > one.listed.length && one.digest === undefined) return 'rows are left out without a digest'
    if (one.total <= one.listed.length) continue
    if (one.listed.length < Math.min(100, one.total) && one.listed.length === 0) return 'no row is named'
    const whole = ordered && base64(rows.map(key => `${plainKey(key)}\n`).join(''))
    if (whole !== false && whole !== one.digest) return 'its digest is of other rows'
  }
  return wanted.size === 0 || said.some(one => one.digest !== undefined) ? undefined : 'a changed row is not named'
}

function plainKey(key: string): string {
  const parsed: unknown = JSON.parse(key)
  return Array.isArray(parsed) && parsed.length === 1 ? String(parsed[0]) : key
}

/** Holds what the logs say against all that was done. */
export async function compare(
  { tables, doing, thief, victim }: Ground,
  views: readonly [thief: View | undefined, victim: View | undefined],
  delayMs: number,
  report: Report,
): Promise<void> {
  const books = new Map<string, Book>([
    [thief.id, await bookOf(thief, views[0])],
    [victim.id, await bookOf(victim, views[1])],
  ])
  const byLabel = new Map(tables.map(table => [table.label, table]))
  for (const one of doing.expected) {
    const book = books.get(one.organization)
    const fault = book === undefined ? 'no log' : faultOf(one, book, byLabel.get(one.where), delayMs)
    if (fault === undefined) report.observe(one.deed, one.where)
    else report.refute({ attack: one.deed, where: one.where, saw: fault })
  }
  for (const [organization, book] of books) {
    const late = disorderIn(
      doing.expected.filter(one => one.organization === organization),
      book,
    )
    if (late === undefined) report.observe('reorder', `log of ${organization}`)
    else
      report.refute({
        attack: 'reorder',
        where: late.where,
        saw: 'its entry stands before one of what was done before',
      })
  }
  const whose = new Map(
    doing.expected.flatMap(one => (one.who.request === undefined ? [] : [[one.who.request, one.organization]])),
  )
  mustMatch(doing.expected, tables, books, report)
  const unsaid = new Map(doing.unsaid.map(one => [one.request, one]))
  const found = new Set<string>()
  for (const [organization, book] of books) {
    for (const { value, index } of book.entries) {
      const request = textOf(value['request'])
      if (unsaid.has(request)) found.add(request)
      if ((whose.get(request) ?? organization) !== organization) {
        report.refute({ attack: 'mix logs', where: `entry ${index}`, saw: 'it is of what another organization did' })
      }
    }
  }
  for (const { request, deed, where } of doing.unsaid) {
    if (found.has(request)) report.refute({ attack: deed, where, saw: 'an entry says what did not happen' })
    else report.observe(deed, where)
  }
}

/** Every entry under one of our names is one that was expected. Triggers of the application may add some, about its tables. */
function mustMatch(
  expected: readonly Expected[],
  tables: readonly Kept[],
  books: ReadonlyMap<string, Book>,
  report: Report,
): void {
  const kinds = new Set(expected.map(one => JSON.stringify([one.who.request, one.action, one.object])))
  const known = new Set(expected.map(one => one.who.request))
  const free = new Set(tables.some(hasOwnTriggers) ? tables.map(({ object }) => object) : [])
  // What refers to a row that goes may be changed with it.
  const following = tables.filter(table => table.foreignKeys.some(key => /[nd]/.test(key.onDelete)))
  const updated = new Set(following.map(({ object }) => object))
  for (const { entries } of books.values()) {
    const other = entries.find(({ value: { request, action, object } }) => {
      const ours = typeof request === 'string' && known.has(request)
      const may = free.has(textOf(object)) || (action === 'row.update' && updated.has(textOf(object)))
      return ours && !may && !kinds.has(JSON.stringify([request, action, object]))
    })
    if (other !== undefined) {
      report.refute({ attack: 'invent an entry', where: `entry ${other.index}`, saw: 'nothing was done that it says' })
    }
  }
}
