import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openCommonPasswords } from '../../../src/guards/passwords/index.ts'
import { makeFuse } from './fuse.ts'
import { commonEntries, commonLists } from './lists.ts'

const shipped = new URL('../../../src/guards/passwords/filter/', import.meta.url)

suite('the set of common passwords that comes with the package', () => {
  const { record, ...set } = openCommonPasswords()
  const has = (text: string) => set.has(text)
  const entries = commonEntries()

  test('none of its entries is missed', () => {
    assert.equal(entries.length, record.entries)
    assert.ok(entries.length > 200_000)
    assert.deepEqual(
      entries.filter(entry => !has(entry)),
      [],
    )
  })

  test('the 3,000 commonest that fit the policy are in it (ASVS 6.2.4)', () => {
    const [most] = commonLists()
    const fitting = most?.found.filter(text => text.length >= 8 && !text.includes('\uFFFD')).slice(0, 3_000) ?? []
    assert.equal(fitting.length, 3_000)
    for (const text of fitting) assert.ok(has(text.toLowerCase()), text)
  })

  test('of a million others about 15 are taken for one of them', () => {
    const others = 1_000_000
    let wrong = 0
    const block = randomBytes(12 * 1_000)
    for (let at = 0; at < others; at++) {
      if (at % 1_000 === 0) randomBytes(block.length).copy(block)
      if (has(block.toString('base64', (at % 1_000) * 12, (at % 1_000) * 12 + 12))) wrong += 1
    }
    // 15.3 are expected; a fair filter has more than 45 less than once in ten million tests.
    assert.ok(wrong <= 45, `${wrong} of ${others}`)
  })

  test('the same lists make the same bytes, and the record says what they are', () => {
    const { bytes, shape } = makeFuse(entries)
    assert.ok(bytes.equals(readFileSync(new URL('common.bin', shipped))))
    assert.deepEqual(shape, { seed: record.seed, segmentLength: record.segmentLength, segments: record.segments })
    assert.deepEqual(
      commonLists().map(({ source }) => source),
      record.sources,
    )
    for (const { license } of record.sources) assert.equal(license, 'MIT')
  })

  suite('breach filter missing, cut or changed: nothing starts', () => {
    const places: string[] = []
    after(() => places.forEach(place => rmSync(place, { recursive: true })))
    const broken = (breakIt: (folder: string) => void) => {
      const folder = mkdtempSync(join(tmpdir(), 'upheld-common-'))
      places.push(folder)
      cpSync(shipped, folder, { recursive: true })
      breakIt(folder)
      return () => openCommonPasswords(pathToFileURL(`${folder}/`))
    }
    const edit = (change: (record: Record<string, unknown>) => unknown) => (folder: string) => {
      const place = join(folder, 'common.json')
      const found: unknown = JSON.parse(readFileSync(place, 'utf8'))
      writeFileSync(place, JSON.stringify(change(typeof found === 'object' ? { ...found } : {})))
    }
    const ways: Readonly<Record<string, (folder: string) => void>> = {
      'the filter is missing': folder => rmSync(join(folder, 'common.bin')),
      'the record is missing': folder => rmSync(join(folder, 'common.json')),
      'the filter is cut short': folder => truncateSync(join(folder, 'common.bin'), record.bytes - 1),
      'the filter is empty': folder => truncateSync(join(folder, 'common.bin'), 0),
      'one bit is changed': folder => {
        const bytes = readFileSync(join(folder, 'common.bin'))
        bytes.writeUInt8(bytes.readUInt8(1_000) ^ 1, 1_000)
        writeFileSync(join(folder, 'common.bin'), bytes)
      },
      'the record is no JSON': folder => writeFileSync(join(folder, 'common.json'), '{'),
      'the record says more than it should': edit(found => ({ ...found, more: 1 })),
      'the record says another shape': edit(found => ({ ...found, segments: record.segments + 1 })),
      'the record says a shape that is none': edit(found => ({ ...found, segmentLength: 4_095 })),
    }
    for (const [name, breakIt] of Object.entries(ways)) {
      test(name, () => {
        assert.throws(
          broken(breakIt),
          (thrown: unknown) => thrown instanceof Error && 'code' in thrown && thrown.code === 'passwords.bad_filter',
        )
      })
    }
    test('untouched it opens, so what is above is refused for what was done to it', () => {
      assert.equal(broken(() => undefined)().has('password1'), true)
    })
  })
})
