import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { z } from 'zod'
import { mayMount } from '../mounts.ts'

const found = spawnSync('unshare', ['-rm', 'true']).status === 0 ? ['-rm'] : ['-m']
const skip = mayMount(found) ? false : 'this account may mount nothing, not even in a namespace of its own'

const told = z.object({
  full: z.number(),
  still: z.number(),
  texts: z.array(z.string()),
  printed: z.array(z.string()),
})
const line = z.looseObject({ event: z.string(), pid: z.number().optional(), lines: z.number().optional() })

test('a full disk loses lines and nobody’s work; when there is room again, the log says how many', { skip }, () => {
  const program = fileURLToPath(new URL('./full-disk.ts', import.meta.url))
  const out = execFileSync('unshare', [...found, process.execPath, program], { encoding: 'utf8' })
  const { full, still, texts, printed } = told.parse(JSON.parse(out))
  assert.equal(still, full, 'nothing more went in')
  // At most one line was cut in two by the end of the disk; every other one is whole.
  const read = texts.flatMap(text => {
    try {
      return [line.parse(JSON.parse(text))]
    } catch {
      return []
    }
  })
  assert.ok(texts.length - read.length <= 1, `${texts.length - read.length} lines are no lines`)
  const pids = read.flatMap(({ event, pid }) => (event === 'child.started' && pid !== undefined ? [pid] : []))
  assert.deepEqual(pids.slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(pids.slice(-3), [9_000, 9_001, 9_002])
  const lost = read.filter(({ event }) => event === 'log.lost')
  assert.equal(lost.length, 1)
  assert.equal(pids.length + (lost[0]?.lines ?? 0), 10 + 2_000 + 100 + 3, 'every line was written or counted')
  assert.ok((lost[0]?.lines ?? 0) >= 100)
  assert.deepEqual(printed.slice(0, 3), ['line 1', 'line 2', 'line 3'])
  assert.deepEqual(printed.slice(-4), ['line 9000', 'line 9001', 'line 9002', ''])
})
