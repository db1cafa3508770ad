export const digits = new Intl.NumberFormat('en')

/** "1 table", "9 tables". */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${digits.format(value)} ${value === 1 ? one : many}`
}

/** "9 tables, 1 shared table". The units are words of ours, in the plural. */
export function populationWords(population: Readonly<Record<string, number>>): string {
  const words = Object.entries(population).map(([unit, size]) => {
    const many = unit.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
    return count(size, many.replace(/ies$/, 'y').replace(/s$/, ''), many)
  })
  return words.length === 0 ? 'nothing' : words.join(', ')
}

/** A statement as it is pasted: with its end. */
export function statement(sql: string): string {
  return /;\s*$|^\s*--[^\n]*$/.test(sql) ? sql : `${sql};`
}

/** Characters that end a line, steer a terminal, show nothing, or turn the reading direction. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A name or a sentence from elsewhere on one line: what cannot be seen is spelled out, so that nothing passes for another line. */
export function oneLine(text: string): string {
  return text.replace(unsafe, character => {
    if (character === '\n') return '\\n'
    if (character === '\t') return '\\t'
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

/** The same for a statement, which keeps its line ends. `--json` has it to the letter. */
export function manyLines(text: string): string {
  return text.split(/\r?\n/).map(oneLine).join('\n')
}
