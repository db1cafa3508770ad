import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderBlobs } from '../../src/adapters/objects/folder/index.ts'
import { all, list, noise, noiseAt } from './bytes.ts'

// Fills a real disk of two mebibytes, mounted in a mount namespace of this process's own, and says what it met.

const folder = mkdtempSync(join(tmpdir(), 'upheld-full-'))
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', folder])
const blobs = await folderBlobs({ path: join(folder, 'store') })
const mebibyte = 1024 * 1024

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'it went well',
    (thrown: unknown) => (thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)),
  )
}

await blobs.put('kept', noise(mebibyte))
const large = await codeOf(blobs.put('large', noise(3 * mebibyte)))
const replacing = await codeOf(blobs.put('kept', noise(3 * mebibyte), { replace: true }))
const met = {
  large,
  replacing,
  drafts: readdirSync(join(folder, 'store', '.drafts')).length,
  listed: await list(blobs.list('')),
  kept: (await all(await blobs.get('kept'))).equals(noiseAt(0, mebibyte)),
  again: await blobs.put('small', noise(1000)),
}
execFileSync('umount', [folder])
rmSync(folder, { recursive: true })
process.stdout.write(JSON.stringify(met))
