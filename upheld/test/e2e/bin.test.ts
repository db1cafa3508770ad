import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { scratch } from './harness.ts'

const bin = join(import.meta.dirname, '..', '..', 'bin.js')
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(path => majorOf(path) < 24)
const withoutOldNode = oldNode === undefined && 'no Node older than 24 on this machine'

function majorOf(path: string): number {
  const { status, stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
  return status === 0 ? Number(stdout.split('.')[0]) : Infinity
}

suite('the program that a package manager links', () => {
  const place = scratch()
  after(() => place.remove())

  test('runs the command line, with its exit code', () => {
    assert.match(execFileSync(process.execPath, [bin, '--version'], { encoding: 'utf8' }), /^\d+\.\d+\.\d+\n$/)
    assert.equal(spawnSync(process.execPath, [bin, 'chekc']).status, 64)
  })

  test('goes on with the pinned Node when an old one started it', { skip: withoutOldNode }, () => {
    assert.match(execFileSync(oldNode ?? '', [bin, '--version'], { encoding: 'utf8' }), /^\d+\.\d+\.\d+\n$/)
    assert.equal(spawnSync(oldNode ?? '', [bin, 'chekc']).status, 64)
  })

  test('says in one line what an old Node lacks when no other is there', { skip: withoutOldNode }, () => {
    const alone = join(place.folder, 'bin.mjs')
    copyFileSync(bin, alone)
    const { status, stderr } = spawnSync(oldNode ?? '', [alone, '--version'], { encoding: 'utf8' })
    assert.deepEqual([status, stderr.split('\n')[0]?.includes('needs Node 24')], [70, true])
  })
})
