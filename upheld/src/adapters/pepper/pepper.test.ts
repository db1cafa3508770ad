import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { guessKeyFile, pepperFile } from './index.ts'

suite('peppers in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-pepper-'))
  after(() => rmSync(folder, { recursive: true }))
  let nowMs = 0
  const clock = { now: () => new Date(0), monotonicMs: () => nowMs }
  const code = (wanted: string) => (thrown: unknown) =>
    thrown instanceof Error && 'code' in thrown && thrown.code === wanted
  const line = (id: string) => `${id} ${id.repeat(8)}\n`

  test('made once, of 32 random bytes, for this account alone', () => {
    const path = join(folder, 'made')
    const [first] = pepperFile(path, clock).current()
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.match(first.id, /^[0-9a-f]{8}$/)
    assert.equal(first.key.length, 32)
    assert.deepEqual(pepperFile(path, clock).current(), [first])
  })

  test('a new line on top is the newest within a second, and the older one stays', () => {
    const path = join(folder, 'rotated')
    const peppers = pepperFile(path, clock)
    const [before] = peppers.current()
    writeFileSync(path, line('0000000a') + readFileSync(path, 'utf8'))
    nowMs += 1_000
    assert.deepEqual(
      peppers.current().map(({ id }) => id),
      ['0000000a', before.id],
    )
  })

  test('a file that others can read is refused, also when it was opened to them later', () => {
    const path = join(folder, 'open')
    const peppers = pepperFile(path, clock)
    chmodSync(path, 0o644)
    assert.throws(() => pepperFile(path, clock), code('files.too_open'))
    nowMs += 1_000
    assert.throws(() => peppers.current(), code('files.too_open'))
  })

  test('keys for counting guesses: two of one secret, the same at every start, and none that others can read', () => {
    const path = join(folder, 'guesses')
    const { count, work } = guessKeyFile(path)
    assert.deepEqual([count.length, work.length], [32, 32])
    assert.notDeepEqual(count, work)
    assert.deepEqual(guessKeyFile(path), { count, work })
    assert.ok(!readFileSync(path, 'utf8').includes(Buffer.from(count).toString('hex')))
    for (const text of ['', 'ab'.repeat(31), `${'ab'.repeat(32)}\nmore`]) {
      writeFileSync(path, text)
      assert.throws(() => guessKeyFile(path), code('pepper.bad_file'), JSON.stringify(text))
    }
    writeFileSync(path, 'ab'.repeat(32))
    chmodSync(path, 0o640)
    assert.throws(() => guessKeyFile(path), code('files.too_open'))
  })

  test('a file that was lost or spoiled is an error, never the old peppers and never a new one', () => {
    const path = join(folder, 'spoiled')
    const peppers = pepperFile(path, clock)
    for (const text of ['', '\n', 'pepper\n', line('0000000A'), line('0000000a') + line('0000000a')]) {
      writeFileSync(path, text)
      nowMs += 1_000
      assert.throws(() => peppers.current(), code('pepper.bad_file'), JSON.stringify(text))
      assert.throws(() => pepperFile(path, clock), code('pepper.bad_file'), JSON.stringify(text))
    }
    rmSync(path)
    nowMs += 1_000
    assert.throws(() => peppers.current(), code('pepper.bad_file'))
  })
})
