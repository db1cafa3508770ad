import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { decodeEntries, parseVerifierKey, verifyProof } from '../../src/core/transparency/index.ts'
import { verifyBundle, verifyLog } from '../../src/verify.ts'
import { vectorFolder, vectors } from './vectors.ts'

const read = (path: string): Buffer => readFileSync(join(vectorFolder, path))
const key = read('key').toString().trimEnd()
const now = new Date('2026-11-20T12:30:00.000Z')

test('the vectors are what we write today, byte for byte', () => {
  const written = vectors()
  for (const [path, bytes] of written) assert.deepEqual(read(path), bytes, path)
  const kept = globSync('**', { cwd: vectorFolder, withFileTypes: true }).filter(entry => entry.isFile())
  assert.equal(kept.length, written.size + 1, 'and the README')
})

test('the bundle and the served log of the vectors say the same: held, after one refuted run', async () => {
  const bundle = verifyBundle(read('bundle'), { now, key })
  assert.deepEqual(await verifyLog(async path => read(path), { now, key }), bundle)
  assert.deepEqual(
    bundle.claims.map(({ claim, standing, runs, reds }) => [claim, standing.verdict, runs, reds]),
    [
      ['isolation.rows', 'upheld', 3, [3]],
      ['mfa.enforced', 'planned', 0, []],
    ],
  )
})

test('each proof of the vectors shows its leaf, and no other leaf', () => {
  const leaves = decodeEntries(read('tile/entries/000.p/5'))
  assert.equal(leaves.length, 5)
  leaves.forEach((leaf, index) => {
    const proof = read(`proof/${index}.tlog-proof`).toString()
    assert.equal(verifyProof(proof, leaf, parseVerifierKey(key)).index, index)
    const other = leaves[(index + 1) % 5] ?? Buffer.of()
    assert.throws(() => verifyProof(proof, other, parseVerifierKey(key)), { code: 'transparency.not_included' })
  })
})
