/**
 * Characters that end a line, steer a terminal or turn the reading direction. The two joiners stay: emoji and several
 * scripts are spelled with them.
 */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text from elsewhere on one line, never empty: what cannot be seen is spelled out. */
export function line(text: string): string {
  const seen = text
    .toWellFormed()
    .replaceAll(/[\t\r\n ]+/g, ' ')
    .replace(unsafe, character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .trim()
  return seen === '' ? '-' : seen
}

/** A line for a field that is read as CommonMark, where it stays what it is: no tag, no link, no emphasis. */
export function markup(text: string): string {
  return line(text).replaceAll(/[\\`*_[\]{}<>&~^]/g, '\\$&')
}

/**
 * A cell of CSV, RFC 4180. One that begins as a formula does, in narrow or in wide characters, after white space or not,
 * gets an apostrophe in front: a spreadsheet would run it.
 */
export function csvCell(text: string): string {
  const plain = text === '' ? '' : line(text)
  const safe = /^[\s\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u.test(plain) ? `'${plain}` : plain
  return `"${safe.replaceAll('"', '""')}"`
}

/** A document as it is written: the same value gives the same bytes. */
export function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
