import { readTables, writeTables } from './sfnt.ts'

// The table `name` (OpenType 1.9.1, "name: naming table"). The Open Font License lets everybody change a font, but not keep
// a reserved name for what was changed (OFL 1.1, condition 3): "Source" is reserved by Adobe, so our cuts have names of ours.

interface NameRecord {
  readonly id: number
  readonly text: string
}

const windows = { platform: 3, encoding: 1, language: 0x0409 } as const
const recordBytes = 12
/** Names of axes and of styles, which other tables point at. */
const namedByTables = 256

export function readNames(font: Buffer): NameRecord[] {
  const table = readTables(font).get('name') ?? Buffer.alloc(6)
  const texts = table.readUInt16BE(4)
  return Array.from({ length: table.readUInt16BE(2) }, (_, place) => {
    const at = 6 + place * recordBytes
    const start = texts + table.readUInt16BE(at + 10)
    const text = Buffer.from(table.subarray(start, start + table.readUInt16BE(at + 8)))
    return { id: table.readUInt16BE(at + 6), text: text.swap16().toString('utf16le') }
  })
}

/** The font under another name, with the copyright and the license that it came with. */
export function renamed(font: Buffer, family: string): Buffer {
  const given = readNames(font)
  const of = (id: number): string => given.find(one => one.id === id)?.text ?? ''
  const plain = family.replaceAll(' ', '')
  const version = of(5).split(';', 1).join('')
  const names: NameRecord[] = [
    { id: 0, text: of(0) },
    { id: 1, text: family },
    { id: 2, text: 'Regular' },
    { id: 3, text: `${version};${plain}-Regular` },
    { id: 4, text: `${family} Regular` },
    { id: 5, text: version },
    { id: 6, text: `${plain}-Regular` },
    { id: 13, text: 'This Font Software is licensed under the SIL Open Font License, Version 1.1.' },
    { id: 14, text: 'https://openfontlicense.org' },
    ...given.filter(one => one.id >= namedByTables && !one.text.includes('Source')),
  ]
  return writeTables(new Map(readTables(font)).set('name', nameTable(names)))
}

function nameTable(names: readonly NameRecord[]): Buffer {
  const texts = names.map(({ text }) => Buffer.from(text, 'utf16le').swap16())
  const head = Buffer.alloc(6 + names.length * recordBytes)
  head.writeUInt16BE(names.length, 2)
  head.writeUInt16BE(head.byteLength, 4)
  let start = 0
  for (const [place, { id }] of names.entries()) {
    const bytes = texts[place]?.byteLength ?? 0
    const fields = [windows.platform, windows.encoding, windows.language, id, bytes, start]
    for (const [field, value] of fields.entries()) head.writeUInt16BE(value, 6 + place * recordBytes + field * 2)
    start += bytes
  }
  return Buffer.concat([head, ...texts])
}
