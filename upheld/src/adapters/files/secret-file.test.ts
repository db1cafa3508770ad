import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readSecretFile, writeSecretFile } from './secret-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-secret-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('a secret is written for its owner only, whatever the umask, and nothing else is left', () => {
  const path = join(folder, 'a')
  const before = process.umask(0)
  try {
    writeSecretFile(path, 'first')
    writeSecretFile(path, 'second')
  } finally {
    process.umask(before)
  }
  assert.equal(readSecretFile(path), 'second')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(folder), ['a'])
})

for (const mode of [0o640, 0o604, 0o620, 0o601, 0o777]) {
  test(`a secret that others can use is refused: mode ${mode.toString(8)}`, () => {
    const path = join(folder, `loose-${mode.toString(8)}`)
    writeSecretFile(path, 'known')
    chmodSync(path, mode)
    assert.throws(() => readSecretFile(path), { code: 'files.too_open' })
  })
}

test('no file is no secret; a folder that is not there is a clear error', () => {
  assert.equal(readSecretFile(join(folder, 'none')), undefined)
  assert.throws(() => writeSecretFile(join(folder, 'none', 'x'), 'y'), { code: 'files.no_folder' })
})
