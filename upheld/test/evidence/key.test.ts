import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { evidenceFiles } from '../../src/adapters/files/index.ts'
import { parseVerifierKey, type NoteSigner } from '../../src/core/transparency/index.ts'
import { evidenceKey } from '../../src/proof/evidence/index.ts'
import { origin } from './lab.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (name: string): string => join(folder, 'keys', name)
const open = (name = origin): NoteSigner => evidenceKey(evidenceFiles(folder).key, name)

test('the first start makes a key that only its owner can read, and later starts find it', () => {
  const { verifier } = open()
  assert.equal(statSync(path('evidence.key')).mode & 0o777, 0o600)
  assert.equal(parseVerifierKey(readFileSync(path('evidence.pub'), 'utf8').trimEnd()).encoded, verifier.encoded)
  assert.equal(open().verifier.encoded, verifier.encoded)
  assert.deepEqual(readdirSync(join(folder, 'keys')).sort(), ['evidence.key', 'evidence.pub'])
})

test('ten processes at once make one key', async () => {
  const program = `
    const { evidenceFiles } = await import(${JSON.stringify(import.meta.resolve('../../src/adapters/files/index.ts'))})
    const { evidenceKey } = await import(${JSON.stringify(import.meta.resolve('../../src/proof/evidence/index.ts'))})
    process.stdout.write(evidenceKey(evidenceFiles(process.argv[1]).key, ${JSON.stringify(origin)}).verifier.encoded)`
  const keys = await Promise.all(
    Array.from({ length: 10 }, () =>
      text(
        spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }).stdout,
      ),
    ),
  )
  assert.equal(new Set(keys).size, 1)
  assert.equal(parseVerifierKey(keys[0] ?? '').encoded, open().verifier.encoded)
  assert.deepEqual(readdirSync(join(folder, 'keys')).sort(), ['evidence.key', 'evidence.pub'])
})

for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666]) {
  test(`a key with mode ${mode.toString(8)} is refused`, () => {
    open()
    chmodSync(path('evidence.key'), mode)
    assert.throws(() => open(), { code: 'files.too_open' })
    chmodSync(path('evidence.key'), 0o600)
    open()
  })
}

const notRoot = process.getuid?.() === 0 ? false : 'only root can give a file to another account'
test('a key that another account owns is refused', { skip: notRoot }, () => {
  open()
  chownSync(path('evidence.key'), 65_534, 65_534)
  assert.throws(() => open(), { code: 'files.too_open' })
})

test('a key for a log of another name is refused, and so is a key that was damaged', () => {
  open()
  assert.throws(() => open('southwind.example/upheld/evidence'), { code: 'evidence.other_origin' })
  const secret = readFileSync(path('evidence.key'), 'utf8')
  for (const damaged of ['', secret.slice(0, -9), secret.replace('PRIVATE', 'PUBLIC'), `${secret}\n`]) {
    writeFileSync(path('evidence.key'), damaged)
    assert.throws(() => open(), { code: 'transparency.bad_key' })
  }
})
