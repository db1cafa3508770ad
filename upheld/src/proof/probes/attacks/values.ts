import { randomUUID } from 'node:crypto'
import type { Column, Table } from './relations.ts'

const byBase: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false'],
  date: ['2026-06-15', '2020-01-01'],
  'time without time zone': ['12:00'],
  'time with time zone': ['12:00+00'],
  'timestamp without time zone': ['2026-06-15 12:00', '2020-01-01'],
  'timestamp with time zone': ['2026-06-15 12:00+00', '2099-01-01 00:00+00', '2020-01-01 00:00+00'],
  interval: ['1 day', '0'],
  json: ['{}', '[]', '"x"', '1'],
  jsonb: ['{}', '[]', '"x"', '1'],
  inet: ['192.0.2.1'],
  cidr: ['192.0.2.0/24'],
  macaddr: ['02:00:00:00:00:01'],
  xml: ['<x/>'],
  point: ['(0,0)'],
  money: ['1'],
  array: ['{}', '{a}', '{1}'],
}
const numbers = ['1', '0', '2', '10', '100', '1000', '0.5', '-1', '2026']
const texts = [
  'a',
  'ab',
  'abc',
  'a@canary.example',
  'https://canary.example/a',
  '+4412345678',
  'en',
  'EUR',
  'GB',
  '#aabbcc',
  'canary',
  '1',
  '{}',
  '',
]
/** Literals that are taken out of checks and triggers for one column. */
const namedMax = 60
const ranges = ['empty', '[1,5)']
const spans = ['[2026-06-15 10:00,2026-06-15 11:00)', '[2026-06-15,2026-06-16)', '[2099-01-01,2099-01-02)', 'empty']
const anything = ['', '0', '1', '{}', 'empty', 'a', '(0,0)', '2026-06-15', '<x/>', '\\x00', '00000000']

/** A fresh number that earlier rows of a run are unlikely to have, small enough for a smallint. */
export type Fresh = () => number

/**
 * Texts that a value of this column could have, likeliest first. What the table's checks name comes in too: a check that
 * allows 'open' and 'closed' says so in its text.
 */
export function candidatesFor(column: Column, table: Table, mark: string, fresh: Fresh): readonly string[] {
  const own = ownCandidates(column, mark, fresh)
  const said = [...table.checks, ...table.triggers].filter(one => one.columns.includes(column.name))
  const named = said.flatMap(one => literalsOf(one.definition)).slice(0, namedMax)
  const digits = said.flatMap(one => digitsOf(one.definition, `${fresh()}${mark}`))
  return [...new Set([...own.slice(0, 2), ...digits, ...named, ...own])]
}

function ownCandidates(column: Column, mark: string, fresh: Fresh): readonly string[] {
  const { base, type } = column
  // What the domains of sealed columns take for their own: no attack of this kind opens them.
  if (type === 'upheld.sealed') return [`\\x01000001${mark.repeat(40).slice(0, 192)}`]
  if (type === 'upheld.blind_index')
    return [`\\x${fresh().toString(16).padStart(8, '0')}${mark.repeat(8).slice(0, 24)}`]
  if (base === 'enum') return column.labels
  if (base === 'uuid') return [randomUUID()]
  if (base === 'bytea') return [`\\x${mark}`, `\\x${mark.repeat(8).slice(0, 64)}`, '\\x']
  if (/^(smallint|integer|bigint|numeric|real|double precision|oid)$/.test(base)) return [String(fresh()), ...numbers]
  if (/^(text|character varying|character|"char"|name|citext)$/.test(base)) {
    const marked = `canary-${mark}-${fresh()}`
    const hex = mark.repeat(4).slice(0, 64)
    const fitting = [marked, `${mark}${fresh()}@canary.example`, hex, ...texts].map(text =>
      text.slice(0, column.lengthMax ?? 200),
    )
    return column.base === 'character' ? fitting.map(text => text.padEnd(column.lengthMax ?? 1, 'x')) : fitting
  }
  if (base.endsWith('multirange')) return [...(isSpan(base) ? spans : ranges).map(range => `{${range}}`), '{}']
  if (base.endsWith('range')) return isSpan(base) ? spans : [...ranges, ...spans]
  return byBase[base] ?? anything
}

function isSpan(base: string): boolean {
  return /^(ts|tstz|date)/.test(base)
}

/** A pattern that asks for so many hex digits, such as `^[0-9a-f]{32}$`, is met by that many. */
function digitsOf(definition: string, beginning: string): string[] {
  return [...definition.matchAll(/\[0-9a-f\]\{(\d{1,3})\}/g)].map(([, count]) =>
    beginning.padEnd(Number(count), '0123456789abcdef').slice(0, Number(count)),
  )
}

/** Strings and numbers that stand in a check, and the numbers next to them. */
export function literalsOf(definition: string): string[] {
  const strings = [...definition.matchAll(/'((?:[^']|'')*)'/g)].map(match => (match[1] ?? '').replaceAll("''", "'"))
  const plain = definition.replaceAll(/'(?:[^']|'')*'/g, '')
  const figures = [...plain.matchAll(/-?\b\d+(?:\.\d+)?\b/g)].map(match => Number(match[0]))
  const near = figures.flatMap(figure => [figure, figure + 1, figure - 1].map(String))
  // A bound on a length is met by a text of that length.
  const long = figures.filter(figure => figure > 0 && figure <= 512).map(figure => 'a'.repeat(Math.floor(figure)))
  return [...strings, ...near, ...long]
}
