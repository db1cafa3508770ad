import { z } from 'zod'
import { systemClock } from '../../../core/clock.ts'
import type { JsonObject } from '../../../core/json.ts'
import type { Organization } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Doer, Kept, Who } from './ground.ts'

/** What one deed must have left in the log of its organization. */
export interface Expected {
  /** The attack that it beats when it is there: what somebody would want to leave out. */
  readonly deed: string
  readonly where: string
  readonly organization: string
  readonly action: string
  readonly who: Omit<Who, 'request'> & { readonly request?: string }
  readonly object?: string
  /** The keys of all rows that were changed. Of a table without a key there are only so many rows. */
  readonly rows?: readonly string[]
  readonly total?: number
  /** How many entries there are; one or more where a cascade or a trigger decides. */
  readonly entries?: number
  /** Whether the rows are known in the order of the change: then a digest over all of them must be right too. */
  readonly ordered?: boolean
  /** Members that the entry has to repeat. */
  readonly said?: JsonObject
  readonly personal?: Readonly<Record<string, string>>
  /** By the clock of the database: not before, and not after. Milliseconds. */
  readonly fromMs: number
  readonly toMs: number
}

/** What was rolled back or refused: nothing may be said of it. */
interface Unsaid {
  readonly deed: string
  readonly where: string
  readonly request: string
}

/** Everything that was done so far. */
export interface Doing {
  readonly expected: Expected[]
  readonly unsaid: Unsaid[]
}

/** The clock of the database, asked once: how far it is from our own, and how well that is known. */
export interface DatabaseClock {
  readonly nowMs: () => number
  readonly slackMs: number
}

const instant = z.array(z.object({ ms: z.coerce.number() })).length(1)
/** Milliseconds: entries keep no microseconds, and two clocks drift. */
const leastSlackMs = 10

export async function databaseClock(organization: Organization): Promise<DatabaseClock> {
  let best: { readonly offsetMs: number; readonly errorMs: number } | undefined
  for (let tries = 0; tries < 5; tries++) {
    const startedMs = systemClock.monotonicMs()
    const rows = await organization.query('select extract(epoch from clock_timestamp()) * 1000 as ms')
    const errorMs = (systemClock.monotonicMs() - startedMs) / 2
    const offsetMs = (instant.parse(rows)[0]?.ms ?? NaN) - startedMs - errorMs
    if (best === undefined || errorMs < best.errorMs) best = { offsetMs, errorMs }
  }
  const { offsetMs = NaN, errorMs = NaN } = best ?? {}
  return { nowMs: () => systemClock.monotonicMs() + offsetMs, slackMs: leastSlackMs + errorMs }
}

/** Runs a deed and notes the time that it took, by the clock of the database. */
export async function timed<T>(
  { nowMs, slackMs }: DatabaseClock,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly fromMs: number; readonly toMs: number }> {
  const fromMs = nowMs() - slackMs
  const value = await work()
  return { value, fromMs, toMs: nowMs() + slackMs }
}

export function changed(
  { organization, who }: Doer,
  table: Kept,
  said: Pick<Expected, 'deed' | 'action' | 'fromMs' | 'toMs'> & Partial<Expected>,
): Expected {
  return { where: table.label, organization: organization.id, object: table.object, who, ...said }
}

/** One text for the key of a row, whoever spelt it; undefined where the table has none. */
export function keyText({ keys }: Kept, row: Readonly<Record<string, unknown>>): string | undefined {
  if (keys.length === 0) return undefined
  return spelling(JSON.stringify(keys.map(name => textOf(row[name]))))
}

/** A text as it is; nothing for what is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The same of a key as an entry says it: a text, or a list of texts when it has more than one column. */
export function keyInEntry({ keys }: Pick<Kept, 'keys'>, said: string): string {
  return spelling(keys.length === 1 ? JSON.stringify([said]) : said)
}

/** Times are spelt in more than one way. */
function spelling(list: string): string {
  const parsed: unknown = parsedOf(list)
  if (!Array.isArray(parsed)) return list
  return JSON.stringify(
    parsed.map((part: unknown) => {
      const text = String(part)
      return /^\d{4}-\d\d-\d\d[T ]\d\d:/.test(text) ? new Date(text).toISOString() : text
    }),
  )
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The keys of all rows that an organization sees in a table: its own. With `only`, without those of tables below it. */
export async function keysIn(
  organization: Organization,
  table: Kept,
  only: 'only' | '' = '',
): Promise<readonly (string | undefined)[]> {
  const columns = table.keys.map((name, i) => `to_jsonb(t) ->> '${name.replaceAll("'", "''")}' as k${i}`)
  const rows = await organization.query(
    `select ${[...columns, '1 as one'].join(', ')} from ${only} ${table.label} t limit 5001`,
  )
  if (rows.length > 5000)
    throw cannotProbe(`An organization of the probes has more rows in ${table.label} than it made.`)
  return rows.map(row => keyText(table, Object.fromEntries(table.keys.map((name, i) => [name, row[`k${i}`]]))))
}

/** The rows and the number of them, as an expectation says it. */
export function rowsSaid(keys: readonly (string | undefined)[]): Pick<Expected, 'rows' | 'total'> {
  const known = keys.flatMap(key => key ?? [])
  return known.length === keys.length ? { rows: known, total: keys.length } : { total: keys.length }
}
