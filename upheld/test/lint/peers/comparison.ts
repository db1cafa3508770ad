import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** One planted hole, and which lints of the peer say something that they did not say before it was planted. */
export interface Compared {
  readonly rule: string
  readonly hole: string
  readonly theirs: readonly string[]
}

/** The page has one part for each test that plants holes: `tables` and `around`. */
type Part = 'tables' | 'around'

const page = new URL('../../../../docs/reference/lint-comparison.md', import.meta.url)
const mark = (part: Part, end: '' | '/'): string => `<!-- ${end}${part} -->`

/** Ids of lints that are new, out of lines `id object`. */
export function newIds(before: readonly string[], after: readonly string[]): readonly string[] {
  const known = new Set(before)
  return [...new Set(after.filter(line => !known.has(line)).map(line => line.split(' ')[0] ?? ''))].sort()
}

function partOf(rows: readonly Compared[], sound: readonly string[]): string {
  const found = rows.filter(({ theirs }) => theirs.length > 0).length
  const alarms = [...new Set(sound.map(line => line.split(' ')[0] ?? ''))].sort()
  const told = alarms.length === 0 ? 'nothing' : alarms.map(id => `\`${id}\``).join(', ')
  return [
    `Upheld: ${rows.length} of ${rows.length}. The other list: ${found} of ${rows.length}. On the sound database, before anything was planted, Upheld says nothing; the other list says ${told}.`,
    '',
    '| rule of Upheld | planted | the other list |',
    '| --- | --- | --- |',
    ...[...rows]
      .sort((a, b) => (`${a.rule} ${a.hole}` < `${b.rule} ${b.hole}` ? -1 : 1))
      .map(({ rule, hole, theirs }) => {
        const ids = theirs.length === 0 ? '-' : theirs.map(id => `\`${id}\``).join(' ')
        return `| \`${rule}\` | ${hole.replaceAll('|', '\\|')} | ${ids} |`
      }),
  ].join('\n')
}

/**
 * What a test found, against what the page says; with UPHELD_WRITE_REFERENCE set the page is written first.
 * @returns both texts, to be asserted equal
 */
export function compareWithPage(
  part: Part,
  rows: readonly Compared[],
  sound: readonly string[],
): { readonly found: string; readonly published: string } {
  const found = partOf(rows, sound)
  const text = existsSync(page) ? readFileSync(page, 'utf8') : ''
  const [from, to] = [mark(part, ''), mark(part, '/')]
  const [start, end] = [text.indexOf(from), text.indexOf(to)]
  if (process.env.UPHELD_WRITE_REFERENCE !== undefined) {
    writeFileSync(page, `${text.slice(0, start + from.length)}\n\n${found}\n\n${text.slice(end)}`)
    return { found, published: found }
  }
  return { found, published: start < 0 || end < 0 ? '' : text.slice(start + from.length, end).trim() }
}
