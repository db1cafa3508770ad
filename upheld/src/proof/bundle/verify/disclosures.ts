import { createHash } from 'node:crypto'
import { decodeBase64 } from '../../../core/transparency/index.ts'
import { canonicalJson } from '../../../core/json.ts'
import type { Json, JsonObject } from '../../../core/json.ts'
import { isObject, readCanonical, readLeaf } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import type { Leaves } from './growing.ts'

// Personal values beside their commitments, one canonical JSON line for each: {entry, name, salt, value}, or, once
// erased, {entry, name, erased_by: {id, index}}; without `index` while the entry of the erasure is not in the log yet.

export interface Disclosure {
  /** Index of the entry that commits to the value. */
  readonly entry: number
  readonly name: string
  readonly salt?: Buffer
  readonly value?: string
  readonly erasedBy?: { readonly id: string; readonly index?: number }
}

export const disclosureBytesMax = 64 * 1024 * 1024
const saltBytes = 32
const committed = Buffer.from('"com":')
/** What the log calls the entry that records an erasure. */
const erasureAction = 'audit.erase'

export function formatDisclosure({ entry, name, salt, value, erasedBy }: Disclosure): string {
  const state: JsonObject =
    erasedBy === undefined
      ? { salt: salt?.toString('base64') ?? '', value: value ?? '' }
      : { erased_by: { id: erasedBy.id, ...(erasedBy.index === undefined ? {} : { index: erasedBy.index }) } }
  return `${canonicalJson({ entry, name, ...state })}\n`
}

/** Base64 of SHA-256 over label, name, salt and value, as the leaf holds it under `com`. */
function commitment(name: string, salt: Buffer, value: string): string {
  return createHash('sha256').update(`upheld/commitment@v1\n${name}\n`).update(salt).update(value).digest('base64')
}

/** What a leaf commits to under a name. */
interface Commitment {
  readonly name: string
  /** Base64. */
  readonly value: string
  /** The id of the leaf. */
  readonly of: Json | undefined
}

interface Promised {
  readonly id: string
  readonly values: Pick<Commitment, 'name' | 'of'>[]
}

interface DisclosureCheck {
  /** Leaves of one entry bundle, the first of them at this index, with the lines about them. */
  take(first: number, entries: Leaves, lines: Buffer | undefined): void
  /** Once all leaves have passed. */
  finish(): { readonly disclosed: number; readonly erased: number; readonly erasedUnlogged: number }
}

/** Every commitment must be opened by its line, or be called erased by a line that points to the entry saying so. */
export function disclosureCheck(): DisclosureCheck {
  const tally = { disclosed: 0, erased: 0, erasedUnlogged: 0 }
  /** By index of the entry that is said to record an erasure: its id, and which values it has to name. */
  const promised = new Map<number, Promised>()
  const takeLine = (line: Disclosure, { value, of }: Commitment): void => {
    if (line.salt !== undefined) {
      if (commitment(line.name, line.salt, line.value ?? '') !== value) throw wrong(line, 'differs')
      tally.disclosed += 1
      return
    }
    const { id = '', index } = line.erasedBy ?? {}
    tally.erased += 1
    if (index === undefined) {
      tally.erasedUnlogged += 1
      return
    }
    const before = promised.get(index) ?? { id, values: [] }
    if (index <= line.entry || before.id !== id) throw wrong(line, 'is erased by no later entry')
    before.values.push({ name: line.name, of })
    promised.set(index, before)
  }
  return Object.freeze({
    take(first: number, { leaves, bytes }: Leaves, lines: Buffer | undefined) {
      const given = lines === undefined ? [] : readLines(lines)
      // Most entries have none: one search over all of them is cheaper than one for each.
      const wanted = (bytes.includes(committed) ? leaves : []).flatMap((leaf, i) =>
        commitmentsIn(leaf).map(found => ({ ...found, entry: first + i })),
      )
      if (lines !== undefined && given.length === 0) throw refuse.bad_disclosure({ detail: 'A file of none.' })
      wanted.forEach((one, i) => {
        const line = given[i]
        if (line?.entry !== one.entry || line.name !== one.name) throw wrong(one, 'is missing')
        takeLine(line, one)
      })
      if (given.length > wanted.length)
        throw wrong(given[wanted.length] ?? { entry: first, name: '' }, 'is not committed to')
      for (const [i, leaf] of promised.size === 0 ? [] : leaves.entries()) {
        const said = promised.get(first + i)
        if (said !== undefined && !records(leaf, said))
          throw wrong({ entry: first + i, name: '' }, 'records no erasure of that')
        promised.delete(first + i)
      }
    },
    finish() {
      const [index] = promised.keys()
      if (index !== undefined) throw wrong({ entry: index, name: '' }, 'is not in the log')
      return tally
    },
  })
}

function wrong({ entry, name }: { readonly entry: number; readonly name: string }, how: string): Error {
  return refuse.bad_disclosure({ detail: `Entry ${entry}${name === '' ? '' : `, ${JSON.stringify(name)}`} ${how}.` })
}

/** Names and commitments of a leaf, in order. */
function commitmentsIn(leaf: Buffer): Commitment[] {
  if (!leaf.includes(committed)) return []
  const entry = readLeaf(leaf)
  const com = entry?.['com']
  return isObject(com)
    ? Object.entries(com).flatMap(([name, value]) =>
        typeof value === 'string' ? [{ name, value, of: entry?.['id'] }] : [],
      )
    : []
}

/** Whether this is the entry that erased exactly these: any other erasure would do to hide a value behind. */
function records(leaf: Buffer, { id, values }: Promised): boolean {
  const entry = readLeaf(leaf)
  if (entry?.['id'] !== id || entry['action'] !== erasureAction) return false
  const { targets, detail } = entry
  const names = isObject(detail) ? listOf(detail['names']) : []
  const about = listOf(targets).flatMap(one => (isObject(one) && one['type'] === 'entry' ? [one['id']] : []))
  return values.every(({ name, of }) => of !== undefined && about.includes(of) && names.includes(name))
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function readLines(bytes: Buffer): Disclosure[] {
  const lines: Disclosure[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0x0a, at)
    const line = end < 0 ? undefined : readLine(bytes.subarray(at, end))
    if (line === undefined) throw refuse.bad_disclosure({ detail: 'A line of another form.' })
    lines.push(line)
    at = end + 1
  }
  return lines
}

function readLine(bytes: Buffer): Disclosure | undefined {
  const line = readCanonical(bytes)
  if (!isObject(line)) return undefined
  const { entry, name, salt, value, erased_by: by } = line
  if (typeof entry !== 'number' || typeof name !== 'string') return undefined
  const members = Object.keys(line).length
  if (isObject(by) && members === 3) {
    const { id, index } = by
    const whole = Object.keys(by).length === (index === undefined ? 1 : 2)
    if (typeof id !== 'string' || !whole) return undefined
    if (index === undefined) return { entry, name, erasedBy: { id } }
    return typeof index === 'number' && Number.isSafeInteger(index)
      ? { entry, name, erasedBy: { id, index } }
      : undefined
  }
  const bytesOfSalt = typeof salt === 'string' ? decodeBase64(salt) : undefined
  if (members !== 4 || typeof value !== 'string' || bytesOfSalt?.length !== saltBytes) return undefined
  return { entry, name, salt: bytesOfSalt, value }
}
