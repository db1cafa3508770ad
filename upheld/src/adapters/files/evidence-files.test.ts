import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { evidenceFiles } from './index.ts'

suite('the files of the evidence log', () => {
  test('a key is made once, and never again where a head has been seen', () => {
    const folder = mkdtempSync(join(tmpdir(), 'upheld-evidence-'))
    try {
      const files = evidenceFiles(folder)
      assert.equal(
        files.key.keep(() => 'first'),
        'first',
      )
      assert.equal(
        files.key.keep(() => 'second'),
        'first',
      )
      files.anchor.write('a head')
      const key = join(folder, 'keys', 'evidence.key')
      rmSync(key)
      assert.throws(() => files.key.keep(() => 'third'), { code: 'files.key_missing' })
      assert.equal(existsSync(key), false)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
