import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readLog } from '../../src/proof/evidence/index.ts'
import { startTestServer } from '../../src/testing/server.ts'
import { openLab, type Lab } from './lab.ts'

// Fills real disks: two small ones, mounted in a mount namespace of this process's own, one below the anchor, one below
// the leaves. Says what it met, one JSON line for each step; the test beside it demands what that must be.

function say(step: string, met: unknown): void {
  process.stdout.write(`${JSON.stringify({ step, met })}\n`)
}

async function attempt(step: string, work: () => Promise<unknown>): Promise<void> {
  try {
    say(step, await work())
  } catch (error) {
    say(step, error instanceof Error && 'code' in error ? error.code : String(error))
  }
}

function mount(folder: string, kilobytes: number): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=700`, 'tmpfs', folder])
}

/** Takes every block that is left. */
function fillUp(folder: string): string {
  const filler = join(folder, 'filler')
  writeFileSync(filler, '')
  for (const size of [4096, 1]) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
    } catch {
      continue
    }
  }
  return filler
}

async function anchorOnFullDisk(lab: Lab): Promise<void> {
  const folder = join(lab.folder, 'evidence')
  const head = readFileSync(join(folder, 'head'), 'utf8')
  mount(folder, 64)
  lab.files.anchor.write(head)
  await attempt('append with room for the anchor', () => lab.append({ type: 'test/leaf@v1' }))
  const filler = fillUp(folder)
  const kept = readFileSync(join(folder, 'head'), 'utf8')
  await attempt('append that cannot keep its head', () => lab.append({ type: 'test/leaf@v1' }))
  await attempt('append while the anchor lags', () => lab.append({ type: 'test/leaf@v1' }))
  say('the anchor is as it was', readFileSync(join(folder, 'head'), 'utf8') === kept)
  await attempt('leaves after the failure', async () => (await readLog(lab.page, lab.log)).size)
  rmSync(filler)
  await attempt('append when there is room again', () => lab.append({ type: 'test/leaf@v1' }))
  execFileSync('umount', [folder])
}

async function leavesOnFullDisk(lab: Lab): Promise<void> {
  const { rows } = await lab.admin.query('show data_directory')
  const owner = statSync(String(rows[0]?.['data_directory']))
  const folder = mkdtempSync(join(tmpdir(), 'evidence-tablespace-'))
  mount(folder, 1024)
  const place = join(folder, 'leaves')
  mkdirSync(place, { mode: 0o700 })
  for (const path of [folder, place]) chownSync(path, owner.uid, owner.gid)
  await lab.admin.query(`create tablespace small location '${place}'`)
  await lab.admin.query('alter table upheld_proof.leaf set tablespace small')
  await attempt('append with room for leaves', () => lab.append({ type: 'test/leaf@v1' }))
  const filler = fillUp(folder)
  await attempt('append without room for leaves', async () => {
    for (let i = 0; i < 64; i += 1) await lab.append({ noise: randomBytes(6000).toString('base64') })
  })
  const before = await readLog(lab.page, lab.log)
  await attempt('once more', () => lab.append({ noise: randomBytes(6000).toString('base64') }))
  say('nothing was changed', (await readLog(lab.page, lab.log)).checkpoint === before.checkpoint)
  rmSync(filler)
  await attempt('append when there is room for leaves again', async () => {
    return (await lab.append({ noise: randomBytes(6000).toString('base64') })) === before.size
  })
  await lab.admin.query('alter table upheld_proof.leaf set tablespace pg_default')
  await lab.admin.query('drop tablespace small')
  execFileSync('umount', [folder])
  rmSync(folder, { recursive: true })
}

const server = await startTestServer()
const lab = await openLab(server)
try {
  await anchorOnFullDisk(lab)
  await leavesOnFullDisk(lab)
} finally {
  await lab.close()
  await server.stop()
}
