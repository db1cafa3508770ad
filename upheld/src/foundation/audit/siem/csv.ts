import { leafHashOf, type Entry } from '../search/index.ts'
import { visible, type Format } from './format.ts'

const columns: readonly (readonly [name: string, of: (entry: Entry) => string | number | undefined])[] = [
  ['index', ({ index }) => index],
  ['received_at', ({ says }) => says.received_at],
  ['actor_type', ({ says }) => says.actor.type],
  ['actor_id', ({ says }) => says.actor.id],
  ['action', ({ says }) => says.action],
  ['outcome', ({ says }) => says.outcome],
  ['object', ({ says }) => says.object],
  ['rows_total', ({ says }) => says.rows_total],
  ['rows', ({ says }) => (says.rows === undefined ? undefined : JSON.stringify(says.rows))],
  ['targets', ({ says }) => says.targets?.map(({ type, id }) => `${type}:${id}`).join(' ')],
  ['purpose', ({ says }) => says.purpose],
  ['request', ({ says }) => says.request],
  ['claimed_at', ({ says }) => says.at],
  ['id', ({ says }) => says.id],
  ['leaf_hash', entry => Buffer.from(leafHashOf(entry), 'base64').toString('hex')],
]

/** For people and their spreadsheets: RFC 4180, and no cell that a spreadsheet would take for a formula. */
export const csv: Format = Object.freeze({
  name: 'csv',
  media: 'text/csv; charset=utf-8; header=present',
  header: columns.map(([name]) => name).join(','),
  line: entry => columns.map(([, of]) => cell(of(entry))).join(','),
} satisfies Format)

/**
 * A cell that begins as a formula does, in narrow or in wide characters, after white space or not, gets an apostrophe in
 * front. A number of ours is no formula. Line breaks and other controls are written as their numbers: an entry is a line.
 */
function cell(value: string | number | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = visible(value)
  const safe = /^[\s\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u.test(text) ? `'${text}` : text
  return /[",\s']/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
