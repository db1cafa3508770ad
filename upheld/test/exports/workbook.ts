import { crc32, deflateRawSync } from 'node:zlib'

// A spreadsheet made here, by the words of APPNOTE and ECMA-376 and nothing of ours, so that the filler meets a stranger.

interface File {
  readonly name: string
  readonly text: string | Buffer
  readonly method?: 0 | 8
  /** What the archive says of it, where that is not the truth. */
  readonly says?: { readonly size?: number; readonly crc?: number; readonly flags?: number; readonly method?: number }
}

export function zip(files: readonly File[]): Buffer {
  const [local, central]: [Buffer[], Buffer[]] = [[], []]
  let offset = 0
  for (const { name, text, method = 8, says = {} } of files) {
    const plain = Buffer.from(text)
    const packed = method === 8 ? deflateRawSync(plain) : plain
    const crc = says.crc ?? crc32(plain)
    const size = says.size ?? plain.length
    const numbers = [
      [2, 20],
      [2, says.flags ?? 0],
      [2, says.method ?? method],
      [2, 0],
      [2, 0x5a21],
      [4, crc],
      [4, packed.length],
      [4, size],
      [2, Buffer.byteLength(name)],
      [2, 0],
    ] as const
    const common = Buffer.concat(numbers.map(([bytes, value]) => little(bytes, value)))
    const head = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, Buffer.from(name), packed])
    const list = [Buffer.from('PK\u0001\u0002', 'latin1'), little(2, 20), common, Buffer.alloc(10), little(4, offset)]
    central.push(...list, Buffer.from(name))
    local.push(head)
    offset += head.length
  }
  const index = Buffer.concat(central)
  const count = little(2, files.length)
  const end = [
    Buffer.from('PK\u0005\u0006\0\0\0\0', 'latin1'),
    count,
    count,
    little(4, index.length),
    little(4, offset),
  ]
  return Buffer.concat([...local, index, ...end, little(2, 0)])
}

function little(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntLE(value, 0, bytes)
  return buffer
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

/** Cells as XML, by reference. */
export function sheet(rows: readonly string[]): string {
  return `${head}<worksheet xmlns="${main}"><cols><col min="1" max="6" width="20"/></cols><sheetData>${rows.join('')}</sheetData><dataValidations count="1"><dataValidation type="list" sqref="C3:C9"><formula1>"Yes,No,NA"</formula1></dataValidation></dataValidations></worksheet>`
}

export const shared = `${head}<sst xmlns="${main}" count="6" uniqueCount="6"><si><t>Question ID</t></si><si><r><rPr><b/></rPr><t>CSP CAIQ </t></r><r><t>Answer</t></r></si><si><t>A&amp;A-01.1</t></si><si><t xml:space="preserve"> CEK-03.1 </t></si><si><t>Intro</t><rPh sb="0" eb="1"><t>reading</t></rPh></si><si><t>by hand</t></si></sst>`

/** A questionnaire as programs write it: a title above, shared and inline texts, styles, gaps, and rows of others. */
export const rows: readonly string[] = [
  '<row r="1" spans="1:6"><c r="A1" s="1" t="s"><v>4</v></c></row>',
  '<row r="2"><c r="A2" s="2" t="s"><v>0</v></c><c r="B2" t="inlineStr"><is><t>Question</t></is></c><c r="C2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><t>SSRM Control Ownership</t></is></c><c r="E2" t="inlineStr"><is><t>CSP Implementation\nDescription (Optional)</t></is></c></row>',
  '<row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="str"><v>Is a > b?</v></c><c r="C3" s="7"/><c r="E3" s="8"/><c r="F3"><v>42</v></c></row>',
  '<row r="4"><c r="A4" t="s"><v>3</v></c><c r="C4" s="7" t="inlineStr"><is><t>Yes</t></is></c></row>',
  '<row r="5"><c r="A5" t="inlineStr"><is><t>GRC-01.1</t></is></c><c r="C5" s="7" t="s"><v>5</v></c></row>',
  '<row r="6"/>',
  '<row r="7"><c r="A7" t="inlineStr"><is><t>IAM-16.1</t></is></c></row>',
]

export function workbook(change: Partial<Record<'sheet' | 'shared', string>> = {}, more: readonly File[] = []): Buffer {
  return zip([
    { name: '[Content_Types].xml', text: `${head}<Types/>` },
    { name: 'xl/workbook.xml', text: `${head}<workbook xmlns="${main}"/>`, method: 0 },
    { name: 'xl/sharedStrings.xml', text: change.shared ?? shared },
    { name: 'xl/worksheets/sheet1.xml', text: sheet(['<row r="1"><c r="A1"><v>1</v></c></row>']) },
    { name: 'xl/worksheets/sheet2.xml', text: change.sheet ?? sheet(rows) },
    { name: 'xl/media/image1.png', text: Buffer.from([0x89, 0x50, 0, 255]), method: 0 },
    ...more,
  ])
}
