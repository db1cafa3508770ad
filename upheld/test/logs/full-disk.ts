import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLog, openOutput } from '../../src/adapters/log/index.ts'
import { systemClock } from '../../src/core/clock.ts'

// In a mount namespace of its own: a folder of 64 KiB for the logs, filled to its last byte while they are written.

const folder = mkdtempSync(join(tmpdir(), 'full-log-'))
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', folder])
const logs = join(folder, 'log')
const log = openLog({ folder: logs, process: 'web', clock: systemClock })
const output = openOutput(logs, 'web')
const lines = (from: number, count: number): void => {
  for (let pid = from; pid < from + count; pid += 1) {
    log.write('child.started', { child: 'web', pid })
    output.append(Buffer.from(`line ${pid}\n`))
  }
}
lines(1, 10)
const ballast = join(folder, 'ballast')
for (let bytes = 64 * 1024; bytes >= 1; bytes >>= 1) {
  try {
    writeFileSync(ballast, Buffer.alloc(bytes), { flag: 'a' })
  } catch {
    // Full: the rest goes in by smaller pieces.
  }
}
// Pages that are not full yet take some more lines; then nothing goes in.
lines(1_000, 2_000)
const full = statSync(join(logs, 'web.log')).size
lines(3_000, 100)
const still = statSync(join(logs, 'web.log')).size
rmSync(ballast)
lines(9_000, 3)
log.close()
output.close()
const texts = readFileSync(join(logs, 'web.log'), 'utf8').split('\n').slice(0, -1)
process.stdout.write(
  JSON.stringify({ full, still, texts, printed: readFileSync(join(logs, 'web.out.log'), 'utf8').split('\n') }),
)
execFileSync('umount', [folder])
rmSync(folder, { recursive: true })
