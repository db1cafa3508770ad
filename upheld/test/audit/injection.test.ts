import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '../../src/core/json.ts'
import { entryOf, type Entry } from '../../src/foundation/audit/search/index.ts'
import { formats } from '../../src/foundation/audit/siem/index.ts'

/**
 * Attack 24. Somebody who may choose a name, a purpose or a target writes into it what ends a field or a line of the
 * export, or what a spreadsheet calculates. The receivers below are written from the formats' own rules, not from ours.
 */
const payloads = [
  'a|b|9|fake=1',
  'x outcome=success act=nothing',
  'line\nCEF:0|Evil|Evil|1|x|x|10|',
  'line\r\nCEF:0|Evil|Evil|1|x|x|10|',
  'back\\slash\\',
  'back\\=slash\\|',
  '\\n is no line',
  'vertical\u000bform\u000cnext\u0085sep\u2028para\u2029nul\u0000esc\u001b[31m',
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1+1',
  ' =1+1',
  '\r=1',
  '\uff1dcmd',
  '\u200b=1',
  "=cmd|' /C calc'!A0",
  '"quoted","cells"',
  "'",
  ',,,',
  '%0a',
]

const source = { organization: 'o\n|=x', origin: 'desk.example/upheld/audit/x', version: '0.1|=\n' }

function hostile(text: string): Entry {
  const leaf = {
    type: 'upheld/audit@v1',
    id: text === '' ? 'x' : text,
    action: text === '' ? 'x' : text,
    actor: { type: text, id: text },
    purpose: text,
    object: text,
    rows: [text],
    rows_total: 1,
    targets: [{ type: text, id: text }],
    outcome: 'failure',
    received_at: '2026-11-21T18:00:00Z',
    request: text,
  }
  return entryOf(4, Buffer.from(canonicalJson(leaf)))
}

/** CEF as its receivers read it: bars that no backslash precedes, then keys up to the next key. */
function readCef(line: string): { readonly head: string[]; readonly pairs: Map<string, string> } {
  const head: string[] = ['']
  let at = 0
  for (; at < line.length && head.length < 8; at++) {
    if (line[at] === '\\') head.push(`${head.pop() ?? ''}${line[++at] ?? ''}`)
    else if (line[at] === '|') head.push('')
    else head.push(`${head.pop() ?? ''}${line[at] ?? ''}`)
  }
  const pairs = new Map<string, string>()
  for (const [, key = '', value = ''] of line
    .slice(at)
    .matchAll(/(?:^| )([A-Za-z0-9]+)=((?:\\.|[^\\=])*?)(?=(?: [A-Za-z0-9]+=)|$)/g)) {
    assert.ok(!pairs.has(key), `${key} stands twice`)
    pairs.set(
      key,
      value.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one === 'r' ? '\r' : one)),
    )
  }
  return { head, pairs }
}

/** RFC 4180. */
function readCsv(line: string): string[] {
  const cells: string[] = []
  let rest = `,${line}`
  while (rest !== '') {
    const [whole = '', quoted, bare] = /^,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(rest) ?? []
    assert.ok(whole !== '', `cannot read ${JSON.stringify(rest)}`)
    cells.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'))
    rest = rest.slice(whole.length)
  }
  return cells
}

/** Controls as the export writes them, apart from line breaks, which each format has its own way for. */
const shown = (text: string, keep: RegExp): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, one =>
    keep.test(one) ? one : `(U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')})`,
  )

const cefKeys =
  'rt externalId act outcome suid spriv cnt cn1Label cn1 cs1Label cs1 cs2Label cs2 cs3Label cs3 cs4Label cs4 cs5Label cs5 cs6Label cs6 msg'

function holdsInCef(text: string): void {
  const line = formats.cef.line(hostile(text), source, undefined)
  assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u, 'one line, whatever a receiver takes for its end')
  const { head, pairs } = readCef(line)
  assert.deepEqual([head[0], head[1], head[6]], ['CEF:0', 'Upheld', '4'], JSON.stringify(text))
  assert.equal([...pairs.keys()].join(' '), cefKeys, JSON.stringify(text))
  assert.deepEqual([pairs.get('outcome'), pairs.get('cn1')], ['failure', '4'])
  for (const key of ['suid', 'cs4', 'cs5', 'cs6']) assert.equal(pairs.get(key), shown(text, /[\r\n]/), key)
}

function holdsInCsv(text: string): void {
  const cells = readCsv(formats.csv.line(hostile(text), source, undefined))
  assert.equal(cells.length, formats.csv.header?.split(',').length)
  for (const cell of cells) assert.doesNotMatch(cell, /^[\s\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u)
  assert.equal(cells[3]?.replace(/^'/, ''), shown(text, /(?!)/).replace(/^'/, ''))
}

suite('attack 24: whoever chooses a text of an entry does not write the export', () => {
  for (const payload of payloads) {
    test(`CEF: ${JSON.stringify(payload)} ends no field and no line`, () => holdsInCef(payload))
    test(`CSV: ${JSON.stringify(payload)} is no formula and no further cell`, () => holdsInCsv(payload))
  }

  test('any text at all goes through CEF and CSV and comes back as it was', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    const nasty = fc.array(fc.constantFrom('|', '=', '\\', '\n', '\r', '"', ',', '@', '+', '-', ' ', 'a', 'act='))
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          nasty.map(parts => parts.join('')),
        ),
        one => {
          holdsInCef(one)
          holdsInCsv(one)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('formats of one object a line keep their one line', () => {
    for (const payload of payloads) {
      for (const name of ['ocsf', 'ecs', 'cadf', 'ndjson'] as const) {
        const line = formats[name].line(hostile(payload), source, undefined)
        assert.doesNotMatch(line, /[\r\n]/)
        JSON.parse(line)
      }
    }
  })
})
