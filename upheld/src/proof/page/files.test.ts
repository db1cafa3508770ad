import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { checkSource, readSource } from './index.ts'
import { before, check, sampleClaims } from './sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-page-'))
after(() => rmSync(folder, { recursive: true }))

function written(name: string, bytes: Buffer | string): string {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}

function places(bytes: Buffer | string): readonly string[] {
  return check(bytes).problems.map(({ line, column, says }) => `${line}:${column}: ${says}`)
}

suite('files as people save them', () => {
  test('ends of line of Windows and of old machines, and the mark before UTF-8, change neither page nor places', () => {
    const bad = `${before}Trust us.`
    const plain = check(before).page
    for (const end of ['\r\n', '\r']) {
      assert.deepEqual(check(before.replaceAll('\n', end)).page, plain)
      assert.deepEqual(places(bad.replaceAll('\n', end)), ['9:1: A sentence cites no claim.'])
      assert.deepEqual(places(`${before}[Files\u202e stay.](claim:isolation.rows)`.replaceAll('\n', end)), [
        '9:7: U+202E turns the direction of text.',
      ])
    }
    assert.deepEqual(check(`\uFEFF${before}`).page, plain)
    assert.deepEqual(check(`\uFEFF${before}`).problems, [])
    assert.match(places(`${before}\uFEFF[Files stay.](claim:isolation.rows)`).join(), /^9:1: U\+FEFF/)
  })

  test('what is no UTF-8 is named where it begins', () => {
    assert.deepEqual(places(Buffer.concat([Buffer.from('# Title\nab'), Buffer.from([0xff]), Buffer.from('c')])), [
      '2:3: This is no UTF-8.',
    ])
    assert.deepEqual(places(Buffer.from(`\uFEFF${before}`, 'utf16le')), ['1:1: This is no UTF-8.'])
    assert.deepEqual(places(Buffer.from('# Sécurité', 'latin1')), ['1:4: This is no UTF-8.'])
  })

  test('an empty file is told what to begin with', () => {
    for (const empty of ['', ' \n\t\r\n', '\uFEFF']) {
      const { problems } = check(empty)
      assert.deepEqual(
        problems.map(({ says }) => says),
        ['The file is empty.'],
      )
      assert.match(problems[0]?.mend ?? '', /upheld page init/)
    }
  })

  test('a file of 5 MB is refused unread', () => {
    const file = written('large.md', before + 'a '.repeat(2_500_000))
    assert.ok(readSource(file).length < 1_100_000)
    assert.deepEqual(
      checkSource(readSource(file), sampleClaims).problems.map(({ says }) => says),
      ['The file has more than 1048576 bytes.'],
    )
  })

  test('a file that is not there, and a folder, cannot be read', () => {
    for (const path of [join(folder, 'none.md'), folder])
      assert.throws(() => readSource(path), { code: 'page.unreadable' })
    assert.throws(() => readSource(new URL('https://house.example/security.md')), { code: 'page.unreadable' })
  })

  test('2,000 sentences are 2,000 promises, and a fault in the last of them has its line', () => {
    const many = Array.from({ length: 1_999 }, (_, i) => `[Row number ${i} stays here, 🔒.](claim:isolation.rows)\n`)
    const { page, problems } = check(`${before}${many.join('\n')}`)
    assert.deepEqual(problems, [])
    assert.equal(page.sections[0]?.sentences.length, 2_000)
    assert.deepEqual(places(`${before}${many.join('\n')}\nTrust us.`), ['4007:1: A sentence cites no claim.'])
  })

  test('what would keep a parser busy for minutes is refused before it is parsed', () => {
    for (const heavy of ['_a*'.repeat(20_000), '['.repeat(20_000), 'a\n'.repeat(20_000)])
      assert.match(places(`${before}${heavy}`).join(), /^9:1: A paragraph of \d+ characters and \d+ marks/)
    for (const heavy of ['>'.repeat(60), '- '.repeat(60), ' '.repeat(60)])
      assert.deepEqual(places(`${before}${heavy}a`), ['9:1: A line begins with too many marks.'])
  })
})
