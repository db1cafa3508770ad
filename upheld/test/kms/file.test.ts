import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ensureRootKey, fileRootKey, rotateRootKeyFile } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { rootKeyContract, type Rig } from './contract.ts'

async function fileRig(): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-root-'))
  const path = join(folder, 'root.key')
  ensureRootKey(path, systemClock)
  return {
    open: async () => fileRootKey(path),
    openOther: async () => ensureRootKey(join(folder, 'other.key'), systemClock),
    rotate: async () => void rotateRootKeyFile(path, systemClock),
    uri: /^file:root\.key#\d+$/,
    versioned: true,
    secrets: [...readFileSync(path, 'utf8').matchAll(/[0-9a-f]{64}/g)].map(([key]) => key),
    close: async () => rmSync(folder, { recursive: true }),
  }
}

rootKeyContract('a file', fileRig)

test('the rig of the file knows the key that no text may hold', async () => {
  const rig = await fileRig()
  assert.equal(rig.secrets.length, 1)
  await rig.close()
})
