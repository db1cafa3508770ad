import type { Pair } from './pair.ts'
import { asMine } from './on-keys.ts'
import { insertSql, rowFor } from './statements.ts'
import type { Relation, Routine } from './reachable.ts'
import { nameOf } from './reachable.ts'
import { may, quoted, type Table } from './relations.ts'

/** A statement of the thief whose answer must not depend on whether the victim's rows are there. */
export interface Question {
  /** Finds it again when everything was planted anew. */
  readonly id: string
  readonly attack: string
  readonly where: string
  readonly text: string
  readonly values: readonly (string | null)[]
  /** The number of rows that it changed is its answer: asked by hand, because only the server tells. */
  readonly counted?: boolean
}

/** Calls of one function, at most: its cost may not grow with the number of tables. */
const callsMax = 16

/** Everything in a relation that may be read, as one number and, where a secret stands in it, as a text. */
export function readingOf(relation: Relation, secrets: readonly string[]): Question | undefined {
  if (relation.columns.length === 0) return undefined
  const columns = relation.columns.map(quoted).join(', ')
  const found = secrets.map((_, index) => `position($${index + 1} in r.line) > 0`).join(' or ')
  return {
    id: `read ${relation.label}`,
    attack: 'read everything',
    where: relation.label,
    text: `select count(*)::text as n, coalesce(sum(hashtextextended(r.line, 0)), 0)::text as digest,
      count(*) filter (where ${found === '' ? 'false' : found})::text as told
      from (select to_jsonb(s)::text as line from (select ${columns} from ${relation.label}) s) r`,
    values: [...secrets],
  }
}

/** A function, called with what the victim has: ids, names and numbers that stand in its rows, first by their names. */
export function callsOf(routine: Routine, pair: Pair, tables: readonly Table[]): readonly Question[] {
  if (routine.procedure) {
    const [first] = argumentSets(routine, pair, tables)
    return first === undefined ? [] : [questionOf(routine, first, 0)]
  }
  return argumentSets(routine, pair, tables).map((values, index) => questionOf(routine, values, index))
}

function questionOf(routine: Routine, values: readonly (string | null)[], index: number): Question {
  const slots = routine.arguments.map(({ type }, at) => `$${at + 1}::text::${type}`).join(', ')
  const text = routine.procedure
    ? `call ${routine.label}(${slots})`
    : `select to_jsonb(r)::text as seen from ${routine.label}(${slots}) r limit 1000`
  return { id: `call ${nameOf(routine)} ${index}`, attack: 'call', where: nameOf(routine), text, values }
}

function argumentSets(routine: Routine, pair: Pair, tables: readonly Table[]): (string | null)[][] {
  if (routine.arguments.length === 0) return [[]]
  const pools = routine.arguments.map(one => poolFor(one, pair, tables))
  const longest = Math.min(callsMax, Math.max(...pools.map(pool => pool.length)))
  const sets = Array.from({ length: longest }, (_, turn) => pools.map(pool => pool[turn % pool.length] ?? null))
  // With the first word for all, and each argument turned against the first of the others.
  const crossed = pools.flatMap((pool, at) =>
    pool.slice(1, 4).map(value => pools.map((other, index) => (index === at ? value : (other[0] ?? null)))),
  )
  const all = [...sets, ...crossed].map(values => JSON.stringify(values))
  return [...new Set(all)]
    .slice(0, callsMax)
    .map(text => sets.concat(crossed).find(one => JSON.stringify(one) === text) ?? [])
}

type Argument = Routine['arguments'][number]

/** What to hand in for one argument, likeliest first. */
function poolFor(argument: Argument, pair: Pair, tables: readonly Table[]): (string | null)[] {
  const { base, name } = argument
  const rows = tables.flatMap(table => {
    const row = pair.theirs.find(table)
    return row === undefined ? [] : table.columns.map(column => ({ column, value: row[column.name] ?? null, table }))
  })
  const fitting = rows.filter(({ column, value }) => value !== null && alike(column.base, base))
  const bare = name.toLowerCase().replace(/^(p|arg|in|v)?_+/, '')
  const named = fitting.filter(({ column }) => bare !== '' && (column.name === bare || bare.endsWith(column.name)))
  const keys = pair.victim.key.filter((_, index) =>
    tables.some(table => alike(table.columns.find(one => one.name === table.tenant[index])?.base ?? '', base)),
  )
  const own = pair.thief.key.slice(0, keys.length)
  const words = isText(base)
    ? [pair.theirs.mark, '%', '', `%${pair.theirs.mark}%`, 'canary of a probe', ...pair.victim.key]
    : []
  const plain = /^(smallint|integer|bigint|numeric|real|double precision)$/.test(base) ? ['1', '0', '1000'] : []
  const rest =
    base === 'boolean'
      ? ['true', 'false']
      : /^timestamp|^date$/.test(base)
        ? ['-infinity', 'infinity']
        : base === 'jsonb' || base === 'json'
          ? ['{}']
          : []
  const pool = [
    ...keys,
    ...own,
    ...named.map(one => one.value),
    ...words,
    ...fitting.slice(0, 12).map(one => one.value),
    ...plain,
    ...rest,
  ]
  const different = [...new Set(pool)]
  return different.length === 0 ? [null] : different
}

function alike(one: string, other: string): boolean {
  const kind = (base: string): string =>
    isText(base) ? 'text' : /^(smallint|integer|bigint|numeric)$/.test(base) ? 'number' : base
  return kind(one) === kind(other)
}

function isText(base: string): boolean {
  return /^(text|character|citext|name|"char")/.test(base)
}

/** A row like the victim's under the thief's own name, once for all columns and once for each key: is it taken? */
export function insertsInto(pair: Pair, table: Table): readonly Question[] {
  const [mine, wanted] = [pair.own.find(table), pair.theirs.find(table)]
  if (mine === undefined || wanted === undefined || table.partitioned || !may(table, 'insert')) return []
  const keys = [...table.oracles, ...table.uniqueKeys.map(columns => ({ name: columns.join(', '), columns }))]
  return keys.slice(0, callsMax).flatMap((key, index): Question[] => {
    if (key.columns.every(name => table.tenant.includes(name) || mine[name] === wanted[name])) return []
    const row = rowFor(table, asMine(pair, table, key.columns, mine, wanted))
    return [
      {
        id: `insert ${table.label} ${index}`,
        attack: `ask the key ${key.name}`,
        where: table.label,
        text: insertSql(table, row),
        values: Object.values(row),
      },
    ]
  })
}
