import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { systemClock } from '../../../core/clock.ts'
import { destroyRootKeyVersion, ensureRootKey, fileRootKey, rotateRootKeyFile } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-root-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const context = Buffer.from('file')
const fresh = (name: string): string => join(folder, `${name}-${randomBytes(4).toString('hex')}`)

suite('the root key in a file', () => {
  test('it is made at first use, for its owner alone, whatever the umask; no two are equal', () => {
    const [one, two] = [fresh('a'), fresh('b')]
    const before = process.umask(0)
    try {
      for (const path of [one, two]) ensureRootKey(path, systemClock)
    } finally {
      process.umask(before)
    }
    assert.equal(statSync(one).mode & 0o777, 0o600)
    assert.notEqual(keysOf(one)[0], keysOf(two)[0])
    assert.match(keysOf(one)[0] ?? '', /^[0-9a-f]{64}$/)
    const text = readFileSync(one, 'utf8')
    ensureRootKey(one, systemClock)
    assert.equal(readFileSync(one, 'utf8'), text)
  })

  test('five processes that make it at once agree on one', async () => {
    const path = fresh('race')
    const program = `
      import { ensureRootKey } from '${new URL('../index.ts', import.meta.url).href}'
      import { systemClock } from '${new URL('../../../core/clock.ts', import.meta.url).href}'
      for (;;) {
        try { ensureRootKey(${JSON.stringify(path)}, systemClock); break } catch (error) { if (error.code !== 'files.locked') throw error }
      }`
    const children = Array.from({ length: 5 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
    )
    const codes = await Promise.all(children.map(async child => (await once(child, 'exit'))[0] as unknown))
    assert.deepEqual(codes, [0, 0, 0, 0, 0])
    assert.equal(keysOf(path).length, 1)
  })

  for (const mode of [0o640, 0o604, 0o620, 0o666, 0o700 | 0o010]) {
    test(`a key file that others can use is refused, not mended: mode ${mode.toString(8)}`, () => {
      const path = fresh('loose')
      ensureRootKey(path, systemClock)
      chmodSync(path, mode)
      assert.throws(() => ensureRootKey(path, systemClock), { code: 'files.too_open' })
      assert.equal(statSync(path).mode & 0o777, mode)
    })
  }

  test('a key file of another account is refused, also by root', { skip: notRoot() }, () => {
    const path = fresh('foreign')
    ensureRootKey(path, systemClock)
    chownSync(path, 65_534, 65_534)
    assert.throws(() => fileRootKey(path), { code: 'files.too_open' })
  })

  test('a link in its place is refused, whoever it leads to', () => {
    const [path, link] = [fresh('real'), fresh('link')]
    ensureRootKey(path, systemClock)
    symlinkSync(path, link)
    assert.throws(() => ensureRootKey(link, systemClock), { code: 'files.not_a_file' })
    const dangling = fresh('dangling')
    symlinkSync(fresh('nowhere'), dangling)
    assert.throws(() => fileRootKey(dangling), { code: 'files.not_a_file' })
  })

  test('a folder, a pipe and a giant in its place are refused at once', () => {
    const [place, pipe, giant] = [fresh('folder'), fresh('pipe'), fresh('giant')]
    mkdirSync(place, { mode: 0o700 })
    execFileSync('mkfifo', ['-m', '600', pipe])
    writeFileSync(giant, 'x'.repeat(100_000), { mode: 0o600 })
    for (const path of [place, pipe, giant]) assert.throws(() => fileRootKey(path), { code: 'files.not_a_file' }, path)
  })

  test('a file that is cut anywhere is refused, and no new key takes its place', () => {
    const path = fresh('cut')
    ensureRootKey(path, systemClock)
    const text = readFileSync(path, 'utf8').trimEnd()
    for (let length = 0; length < text.length; length++) {
      writeFileSync(path, text.slice(0, length), { mode: 0o600 })
      assert.throws(() => ensureRootKey(path, systemClock), { code: 'kms.bad_key_file' }, `${length} bytes`)
    }
    assert.equal(readFileSync(path, 'utf8'), text.slice(0, -1))
  })

  test('a changed digit of the key is noticed before anything is wrapped with it', () => {
    const path = fresh('rot')
    ensureRootKey(path, systemClock)
    const key = keysOf(path)[0] ?? ''
    const other = (key.startsWith('0') ? '1' : '0') + key.slice(1)
    writeFileSync(path, readFileSync(path, 'utf8').replace(key, other))
    assert.throws(() => fileRootKey(path), { code: 'kms.bad_key_file', detail: /damaged/ })
  })

  const foreign = [
    '{}',
    '[]',
    'null',
    '-----BEGIN PRIVATE KEY-----\n',
    `{"id":"01","secret":"${'0'.repeat(64)}"}`,
    '\0\0',
  ]
  for (const text of foreign) {
    test(`a file of something else is refused: ${JSON.stringify(text.slice(0, 12))}`, () => {
      const path = fresh('other')
      writeFileSync(path, text, { mode: 0o600 })
      assert.throws(() => ensureRootKey(path, systemClock), { code: 'kms.bad_key_file' })
      assert.equal(readFileSync(path, 'utf8'), text)
    })
  }

  test('opened without being there it is refused: no key is made beside keys that another one wrapped', () => {
    assert.throws(() => fileRootKey(fresh('absent')), { code: 'kms.bad_key_file', detail: /does not exist/ })
  })

  test('a key file that becomes loose, changes, or goes while it is in use is not used any more', async () => {
    const path = fresh('live')
    const root = ensureRootKey(path, systemClock)
    const wrapped = await root.wrap(randomBytes(32), context)
    chmodSync(path, 0o644)
    await assert.rejects(root.unwrap(wrapped, context), { code: 'files.too_open' })
    chmodSync(path, 0o600)
    assert.equal((await root.unwrap(wrapped, context)).length, 32)
    renameSync(path, `${path}.away`)
    await assert.rejects(root.unwrap(wrapped, context), { code: 'kms.bad_key_file' })
    linkSync(`${path}.away`, path)
    assert.equal((await root.unwrap(wrapped, context)).length, 32)
  })

  test('a destroyed version opens nothing any more, and leaves a tombstone; the newest cannot be destroyed', async () => {
    const path = fresh('versions')
    const root = ensureRootKey(path, systemClock)
    const [old] = [await root.wrap(randomBytes(32), context)]
    const secret = keysOf(path)[0] ?? ''
    assert.throws(() => destroyRootKeyVersion(path, 1, systemClock), { code: 'kms.bad_options' })
    assert.match(rotateRootKeyFile(path, systemClock), /#2$/)
    const wrapped = await root.wrap(randomBytes(32), context)
    assert.equal(destroyRootKeyVersion(path, 1, systemClock), true)
    assert.equal(destroyRootKeyVersion(path, 1, systemClock), false)
    assert.equal(readFileSync(path, 'utf8').includes(secret), false)
    await assert.rejects(root.unwrap(old, context), { code: 'kms.key_destroyed' })
    assert.equal((await root.unwrap(wrapped, context)).length, 32)
    assert.match(rotateRootKeyFile(path, systemClock), /#3$/, 'a number is never used twice')
  })
})

function keysOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/"key": "([0-9a-f]*)"/g)].map(match => match[1] ?? '')
}

function notRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'only root gives files away'
}
