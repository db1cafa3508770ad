import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { convert } from 'fontverter'
import { basic } from '../../src/surfaces/look/index.ts'
import { asking } from '../../src/surfaces/trust/sample/serving.ts'
import { cuts } from './fonts/cuts.ts'
import { fontFolder, makeCut } from './fonts/make.ts'
import { readNames } from './fonts/names.ts'
import { readTables, writeTables } from './fonts/sfnt.ts'

const files = new Map(cuts.map(cut => [cut, readFileSync(new URL(`${cut.name}.woff2`, fontFolder))]))

suite('fonts of the pages', () => {
  test('the files are what npm run fonts makes, and there is no other', async () => {
    for (const [cut, file] of files) assert.ok((await makeCut(cut)).equals(file), `${cut.name}: run npm run fonts`)
    const there = readdirSync(fontFolder).sort()
    assert.deepEqual(there, ['OFL.txt', ...cuts.map(cut => `${cut.name}.woff2`)].sort())
  })
  test('no name of a changed font is one that its owner reserves, and copyright and license go with it', async () => {
    for (const [cut, file] of files) {
      const names = readNames(await convert(file, 'sfnt'))
      const copyright = names.find(one => one.id === 0)?.text ?? ''
      assert.match(copyright, /Adobe.*Reserved Font Name .Source/, cut.name)
      assert.ok(readFileSync(new URL('OFL.txt', fontFolder), 'utf8').includes(copyright), copyright)
      assert.match(names.find(one => one.id === 13)?.text ?? '', /SIL Open Font License, Version 1\.1/)
      for (const { id, text } of names) if (id !== 0) assert.doesNotMatch(text, /source/i, `${cut.name}, name ${id}`)
    }
  })
  test('each draws every character that it is asked for', async () => {
    for (const [cut, file] of files) {
      const drawn = charactersOf(await convert(file, 'sfnt'))
      const asked = Array.from(cut.characters, one => one.codePointAt(0) ?? 0).sort((one, other) => one - other)
      assert.deepEqual(
        asked.filter(one => !drawn.has(one)).map(one => String.fromCodePoint(one)),
        [],
        cut.name,
      )
    }
  })
  test('our own pages are written with the characters of the first files', async () => {
    const ask = asking()
    for (const path of ['/security', '/security/history', '/security/evidence', '/security/verify', '/security/none']) {
      const text = await (await ask(path)).text()
      const others = new Set(Array.from(text).filter(one => one.charCodeAt(0) > 32 && !basic.includes(one)))
      assert.deepEqual([...others], [], path)
    }
  })
  test('a font that is taken apart and put together is the same font', async () => {
    for (const file of [...files.values()].slice(0, 3)) {
      const sfnt = await convert(file, 'sfnt')
      const again = writeTables(readTables(sfnt))
      assert.deepEqual([...readTables(again).keys()].sort(), [...readTables(sfnt).keys()].sort())
      assert.equal(sum(again), 0xb1b0afba)
    }
  })
})

/** Segments of the character map in its format 4 (OpenType 1.9.1, "cmap", format 4). */
function charactersOf(sfnt: Buffer): ReadonlySet<number> {
  const cmap = readTables(sfnt).get('cmap') ?? Buffer.alloc(0)
  const found = new Set<number>()
  for (let place = 0; place < cmap.readUInt16BE(2); place += 1) {
    const start = cmap.readUInt32BE(4 + place * 8 + 4)
    if (cmap.readUInt16BE(start) !== 4) continue
    const doubled = cmap.readUInt16BE(start + 6)
    for (let at = 0; at < doubled; at += 2) {
      const last = cmap.readUInt16BE(start + 14 + at)
      const first = cmap.readUInt16BE(start + 16 + doubled + at)
      for (let point = first; point <= last && point < 0xffff; point += 1) found.add(point)
    }
  }
  return found
}

function sum(font: Buffer): number {
  let total = 0
  for (let at = 0; at < font.byteLength; at += 4) total = (total + font.readUInt32BE(at)) >>> 0
  return total
}
