import { leafHashOf, type Entry } from '../search/index.ts'
import { sentenceOf, severityOf, visible, type Format, type Source } from './format.ts'

/**
 * Common Event Format, version 0: seven header fields with bars between them, then key=value. In a header a bar and a
 * backslash are escaped, in a value an equals sign and a backslash; a line break is `\n` or `\r` in a value and a space
 * in a header, which may have none.
 */
export const cef: Format = Object.freeze({
  name: 'cef',
  media: 'text/plain; charset=utf-8',
  line: (entry, source) => `${headOf(entry, source)}|${extensionOf(entry, source)}`,
} satisfies Format)

function headOf(entry: Entry, source: Source): string {
  const { action } = entry.says
  const fields = ['Upheld', 'Upheld', source.version, action, action, String(severityOf(entry).cef)]
  return ['CEF:0', ...fields.map(headText)].join('|')
}

function extensionOf(entry: Entry, source: Source): string {
  const { says, index } = entry
  const pairs: readonly (readonly [key: string, value: string | number | undefined])[] = [
    ['rt', Date.parse(says.received_at)],
    ['start', says.at === undefined ? undefined : Date.parse(says.at)],
    ['externalId', says.id],
    ['act', says.action],
    ['outcome', says.outcome],
    ['suid', says.actor.id],
    ['spriv', says.actor.type],
    ['cnt', says.rows_total],
    ['cn1Label', 'sequence'],
    ['cn1', index],
    ['cs1Label', 'log'],
    ['cs1', source.origin],
    ['cs2Label', 'organization'],
    ['cs2', source.organization],
    ['cs3Label', 'leafHash'],
    ['cs3', leafHashOf(entry)],
    ...labeled(4, 'object', says.object),
    ...labeled(5, 'purpose', says.purpose),
    ...labeled(6, 'request', says.request),
    ['msg', sentenceOf(entry)],
  ]
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${valueText(String(value))}`])).join(' ')
}

function labeled(place: number, label: string, value: string | undefined): readonly (readonly [string, string])[] {
  if (value === undefined) return []
  return [
    [`cs${place}Label`, label],
    [`cs${place}`, value],
  ]
}

function headText(text: string): string {
  return visible(text.replace(/[\\|]/g, String.raw`\$&`).replace(/[\r\n]+/g, ' '))
}

function valueText(text: string): string {
  return visible(
    text
      .replace(/[\\=]/g, String.raw`\$&`)
      .replaceAll('\n', String.raw`\n`)
      .replaceAll('\r', String.raw`\r`),
  )
}
