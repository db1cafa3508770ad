import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { UpheldError } from '../../src/core/errors.ts'
import { caiqAnswers, exhibitsOf, fillSpreadsheet, type CaiqAnswer } from '../../src/proof/exports/index.ts'
import { attacked, reportOn } from './lab.ts'
import { rows, sheet, shared, workbook, zip } from './workbook.ts'

let answers: readonly CaiqAnswer[] = []
before(async () => {
  answers = caiqAnswers(exhibitsOf(reportOn(await attacked())))
})

/** The files of an archive, found by walking from its first byte: another way than the one that wrote it. */
function unzip(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>()
  let at = 0
  while (bytes.toString('latin1', at, at + 4) === 'PK\u0003\u0004') {
    const [packed, size] = [bytes.readUInt32LE(at + 18), bytes.readUInt32LE(at + 22)]
    const from = at + 30 + bytes.readUInt16LE(at + 26)
    const data = bytes.subarray(from, from + packed)
    const plain = bytes.readUInt16LE(at + 8) === 8 ? inflateRawSync(data) : data
    assert.equal(plain.length, size)
    files.set(bytes.toString('utf8', at + 30, from), plain)
    at = from + packed
  }
  return files
}

function cellOf(xml: string, reference: string): string | undefined {
  return new RegExp(`<c r="${reference}"[^>]*?(?:/>|>.*?</c>)`).exec(xml)?.[0]
}

function refused(bytes: Uint8Array, code: string): void {
  assert.throws(
    () => fillSpreadsheet(bytes, answers),
    (thrown: unknown) => {
      assert.ok(thrown instanceof UpheldError, String(thrown))
      assert.equal(thrown.code, code)
      return true
    },
  )
}

suite('answers in the spreadsheet that somebody downloaded', () => {
  test('what is proven, refuted and unproven is written; what stood there goes; all else stays to the byte', () => {
    const before = workbook()
    const { bytes, filled, replaced, absent } = fillSpreadsheet(before, answers)
    assert.deepEqual(filled, ['A&A-01.1', 'CEK-03.1', 'IAM-16.1'])
    assert.deepEqual(replaced, ['CEK-03.1'])
    assert.deepEqual(absent, ['A&A-02.1', 'DCS-01.1', 'DSP-01.1', 'DSP-02.1', 'DSP-03.1', 'STA-01.1', 'STA-02.1'])
    const [was, is] = [unzip(before), unzip(bytes)]
    assert.deepEqual([...is.keys()], [...was.keys()])
    for (const [name, data] of was) if (name !== 'xl/worksheets/sheet2.xml') assert.deepEqual(is.get(name), data, name)

    const xml = is.get('xl/worksheets/sheet2.xml')?.toString() ?? ''
    assert.equal(cellOf(xml, 'C3'), '<c r="C3" s="7" t="inlineStr"><is><t xml:space="preserve">Yes</t></is></c>')
    assert.match(cellOf(xml, 'E3') ?? '', /^<c r="E3" s="8" t="inlineStr">.*Proven: Every room is locked/)
    assert.equal(cellOf(xml, 'C4'), '<c r="C4" s="7"/>')
    assert.match(cellOf(xml, 'E4') ?? '', /Unproven: .*the house did not answer/)
    assert.match(cellOf(xml, 'C7') ?? '', />No</)
    for (const kept of [
      rows[0],
      rows[1],
      rows[4],
      rows[5],
      '<c r="F3"><v>42</v></c>',
      '<formula1>"Yes,No,NA"</formula1>',
    ])
      assert.ok(xml.includes(kept ?? 'nothing'), String(kept))
    const order = [...xml.matchAll(/<c r="([A-F])3"/g)].map(([, column]) => column)
    assert.deepEqual(order, ['A', 'B', 'C', 'E', 'F'])
  })

  test('filled twice, nothing changes any more; with other verdicts, what was Yes is taken back', () => {
    const once = fillSpreadsheet(workbook(), answers).bytes
    assert.deepEqual(fillSpreadsheet(once, answers).bytes, once)
    const open = answers.map(one => ({ ...one, answer: '' as const, description: 'Unproven.' }))
    const taken = fillSpreadsheet(once, open)
    assert.deepEqual(taken.replaced, ['A&A-01.1', 'CEK-03.1', 'IAM-16.1'])
    const xml = unzip(taken.bytes).get('xl/worksheets/sheet2.xml')?.toString() ?? ''
    assert.doesNotMatch(xml, />(Yes|No)</)
  })

  test('hostile words are words in the file: markup, controls, surrogates, and more than a cell can hold', () => {
    const description = `=cmd|' /C calc'!A0 </t></is></c><f>1+1</f> & "x" \u0000\ufffe\ud800 ${'🙈'.repeat(20_000)}`
    const { bytes } = fillSpreadsheet(workbook(), [{ ...(answers[0] ?? fail()), description }])
    const xml = unzip(bytes).get('xl/worksheets/sheet2.xml')?.toString() ?? ''
    const cell = /<c r="E3"[^]*?<\/c>/.exec(xml)?.[0] ?? ''
    assert.ok(cell.includes('&lt;/t&gt;&lt;/is&gt;&lt;/c&gt;&lt;f&gt;1+1&lt;/f&gt; &amp; '))
    assert.doesNotMatch(cell, /[\u0000\ufffe]|\p{Cs}/u)
    assert.ok(cell.length < 33_500 && cell.includes('…'))
  })
})

suite('what is no such spreadsheet is refused with a code', () => {
  const bad: Readonly<Record<string, () => Buffer>> = {
    'an empty file': () => Buffer.alloc(0),
    text: () => Buffer.from('Question ID,Answer\n'.repeat(10)),
    'a part that says another size': () =>
      zip([{ name: 'xl/worksheets/sheet1.xml', text: sheet(rows), says: { size: 10 } }]),
    'a part that says another sum': () =>
      zip([{ name: 'xl/worksheets/sheet1.xml', text: sheet(rows), says: { crc: 1 } }]),
    'a bomb: 64 MB of zeros that say to be a thousand': () =>
      zip([{ name: 'xl/worksheets/sheet1.xml', text: Buffer.alloc(64 * 1024 * 1024), says: { size: 1000 } }]),
    'an encrypted part': () => zip([{ name: 'xl/worksheets/sheet1.xml', text: sheet(rows), says: { flags: 1 } }]),
    'another compression': () => zip([{ name: 'xl/worksheets/sheet1.xml', text: sheet(rows), says: { method: 12 } }]),
    ZIP64: () => zip([{ name: 'xl/worksheets/sheet1.xml', text: sheet(rows), says: { size: 0xffffffff } }]),
    'two parts of one name': () => workbook({}, [{ name: 'xl/worksheets/sheet2.xml', text: sheet(rows) }]),
    'a doctype with entities': () => workbook({ sheet: `<!DOCTYPE x [<!ENTITY a "b">]>${sheet(rows)}` }),
    'a comment': () => workbook({ sheet: sheet([...rows, '<!-- <row r="9"/> -->']) }),
    'an entity that nobody knows': () => workbook({ shared: shared.replace('&amp;', '&lol;') }),
    'a row without an end': () => workbook({ sheet: sheet(['<row r="1"><c r="A1"><v>1</v></c>']) }),
    'a cell without an end': () => workbook({ sheet: sheet(['<row r="1"><c r="A1"><v>1</v></row>']) }),
    'a cell that is none': () => workbook({ sheet: sheet(['<row r="1"><c r="ZZZZ1"/></row>']) }),
    'a text that is not there': () => workbook({ sheet: sheet(['<row r="1"><c r="A1" t="s"><v>99</v></c></row>']) }),
    'a formula where an answer belongs': () =>
      workbook({ sheet: sheet(rows.map(row => row.replace('<c r="C3" s="7"/>', '<c r="C3"><f>1+1</f></c>'))) }),
    'no UTF-8': () => zip([{ name: 'xl/worksheets/sheet1.xml', text: Buffer.from([0x3c, 0xff, 0xfe]) }]),
  }
  for (const [name, make] of Object.entries(bad)) test(name, () => refused(make(), 'exports.bad_spreadsheet'))

  test('a sheet without questions', () => refused(workbook({ sheet: sheet([]) }), 'exports.no_questions'))
  test('an archive without a sheet', () => refused(zip([{ name: 'a.txt', text: 'a' }]), 'exports.no_questions'))
  test('a part that owns up to being a bomb', () =>
    refused(
      zip([{ name: 'xl/worksheets/sheet1.xml', text: Buffer.alloc(40 * 1024 * 1024) }]),
      'exports.spreadsheet_too_large',
    ))
  test('more than a questionnaire can be', () =>
    refused(Buffer.alloc(33 * 1024 * 1024), 'exports.spreadsheet_too_large'))
  test('more rows than a questionnaire has', () =>
    refused(workbook({ sheet: sheet(Array<string>(20_001).fill('<row/>')) }), 'exports.spreadsheet_too_large'))

  test('cut anywhere, or with any byte changed: refused with a code, or read whole', () => {
    const whole = workbook()
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(whole)
        changed.writeUInt8(changed.readUInt8(at) ^ flip, at)
        for (const bytes of [whole.subarray(0, at), changed]) {
          try {
            fillSpreadsheet(bytes, answers)
          } catch (thrown) {
            assert.ok(thrown instanceof UpheldError && /^exports\./.test(thrown.code), String(thrown))
          }
        }
      }),
      { numRuns: 500, seed: 6 },
    )
    for (let at = 0; at < whole.length; at += 11) refused(whole.subarray(0, at), 'exports.bad_spreadsheet')
  })
})

function fail(): never {
  throw new Error('there is an answer')
}
