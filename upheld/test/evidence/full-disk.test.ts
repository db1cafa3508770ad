import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { mayMount } from '../mounts.ts'

// Who: nobody, the disk is simply full. What it would cost: half a leaf, a head without its leaf, or a log that never
// grows again.

const skip = mayMount() ? false : 'mounting a small disk is not permitted to this account'

test(
  'a full disk, of the anchor or of the database: a clear code, nothing half done, and it goes on after',
  { skip },
  () => {
    const program = join(import.meta.dirname, 'full-disk.ts')
    const output = execFileSync('unshare', ['-m', '--propagation', 'private', process.execPath, program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      // Its server must see its disks, so it starts one of its own.
      env: { ...process.env, UPHELD_TEST_ADMIN_URL: '' },
    })
    const met = output
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    assert.deepEqual(met, [
      { step: 'append with room for the anchor', met: 0 },
      { step: 'append that cannot keep its head', met: 'evidence.disk_full' },
      { step: 'append while the anchor lags', met: 'evidence.disk_full' },
      { step: 'the anchor is as it was', met: true },
      { step: 'leaves after the failure', met: 2 },
      { step: 'append when there is room again', met: 2 },
      { step: 'append with room for leaves', met: 3 },
      { step: 'append without room for leaves', met: 'evidence.disk_full' },
      { step: 'once more', met: 'evidence.disk_full' },
      { step: 'nothing was changed', met: true },
      { step: 'append when there is room for leaves again', met: true },
    ])
  },
)
