/**
 * How a text may stand in a log: plain, in some encoding, between signs that a printer adds. A text of letters and digits
 * is looked for in two views of what was written, both without anything that is no letter or digit: one in lower case,
 * one as it is, for base64.
 */
export interface Form {
  readonly name: string
  readonly view: View
  readonly of: (text: string) => readonly string[]
}

type View = 'folded' | 'exact'

const each = (text: string, write: (code: number) => string): readonly string[] => [
  [...Buffer.from(text)].map(write).join(''),
]
const hex = (code: number): string => code.toString(16).padStart(2, '0')

export const forms: readonly Form[] = [
  { name: 'as it is', view: 'folded', of: text => [text] },
  // Also %61%62, and 61 62 as a buffer is printed.
  { name: 'in hex', view: 'folded', of: text => each(text, hex) },
  { name: 'in base64', view: 'exact', of: text => aligned(text, 3, part => Buffer.from(part).toString('base64'), 6) },
  { name: 'in base32', view: 'folded', of: text => aligned(text, 5, base32, 5) },
  { name: 'in JSON escapes', view: 'folded', of: text => each(text, code => `u00${hex(code)}`) },
  { name: 'in escapes', view: 'folded', of: text => each(text, code => `x${hex(code)}`) },
  { name: 'in hex numbers', view: 'folded', of: text => each(text, code => `0x${hex(code)}`) },
  { name: 'in decimal numbers', view: 'folded', of: text => each(text, String) },
  { name: 'in octal escapes', view: 'folded', of: text => each(text, code => code.toString(8)) },
  { name: 'backwards', view: 'folded', of: text => [Buffer.from(text).reverse().toString('latin1')] },
]

/** A text inside a longer one, at every place where a group of bytes may begin; signs that depend on neighbors left out. */
function aligned(text: string, group: number, encode: (bytes: Buffer) => string, bits: number): readonly string[] {
  const bytes = Buffer.from(text)
  return Array.from({ length: group }, (_, shift) => {
    const signs = encode(Buffer.concat([Buffer.alloc(shift), bytes]))
    const first = Math.ceil((shift * 8) / bits)
    const last = Math.floor(((shift + bytes.byteLength) * 8) / bits)
    return signs.slice(first, last)
  })
}

/** RFC 4648, section 6, in lower case and without padding. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const signs = 'abcdefghijklmnopqrstuvwxyz234567'
  return (bits.match(/.{1,5}/g) ?? []).map(five => signs[Number.parseInt(five.padEnd(5, '0'), 2)] ?? '').join('')
}

export function viewsOf(bytes: Uint8Array): Readonly<Record<View, string>> {
  const exact = Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^A-Za-z0-9]+/g, '')
  return { exact, folded: exact.toLowerCase() }
}
