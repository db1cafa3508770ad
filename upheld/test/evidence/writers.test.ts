import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openCheckpoint } from '../../src/core/transparency/index.ts'
import { readLog } from '../../src/proof/evidence/index.ts'
import { openLab, type Lab } from './lab.ts'

const program = join(import.meta.dirname, 'appender.ts')

interface Writer {
  readonly name: string
  /** Index of each leaf that the process said was committed. */
  readonly said: readonly number[]
  readonly ended: boolean
}

/** One process that appends `count` leaves, or is killed by -9 right after it has said the given number of them. */
async function write(lab: Lab, name: string, count: number, killAfter = Infinity): Promise<Writer> {
  const child = spawn(process.execPath, [program, lab.proverUrl, lab.folder, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise<number | null>(resolve => child.once('exit', resolve))
  const said: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(Number(line.split(' ')[0]))
    if (said.length === killAfter) child.kill('SIGKILL')
  }
  return { name, said, ended: (await exit) === 0 }
}

test('five processes at once, two of them killed by -9: no gap, no double, nothing lost that was committed', async () => {
  const lab = await openLab()
  try {
    const writers = await Promise.all([
      write(lab, 'a', 40),
      write(lab, 'b', 40),
      write(lab, 'c', 40),
      write(lab, 'killed early', 1000, 3),
      write(lab, 'killed late', 1000, 25),
    ])
    assert.deepEqual(
      writers.map(({ ended }) => ended),
      [true, true, true, false, false],
    )

    const view = await readLog(lab.page, lab.log)
    const found = new Map(writers.map(({ name }): [string, number[]] => [name, []]))
    view.leaves.forEach(({ value: { name, n } }, index) => {
      const mine = (typeof name === 'string' ? found.get(name) : undefined) ?? []
      assert.equal(n, mine.length, 'each process finds its leaves in the order in which it appended them')
      mine.push(index)
    })
    for (const { name, said, ended } of writers) {
      const mine = found.get(name) ?? []
      assert.deepEqual(mine.slice(0, said.length), said, name)
      // One more may have been committed before its process could say so.
      assert.ok(mine.length === said.length || (!ended && mine.length > said.length), name)
    }
    const head = openCheckpoint(readFileSync(join(lab.folder, 'evidence', 'head'), 'utf8'), lab.log.verifier)
    assert.ok(head.size <= view.size)
    assert.equal(await lab.append({ type: 'test/after@v1' }), view.size)
    assert.equal((await readLog(lab.page, lab.log)).size, view.size + 1)
  } finally {
    await lab.close()
  }
})

test('readers that look while others write always get a whole log', async () => {
  const lab = await openLab()
  try {
    const done = new AbortController()
    const writers = Promise.all([write(lab, 'a', 60), write(lab, 'b', 60)]).finally(() => done.abort())
    let view = await readLog(lab.page, lab.log)
    let looks = 0
    while (!done.signal.aborted) {
      const next = await readLog(lab.page, lab.log, view)
      assert.ok(next.size >= view.size)
      view = next
      looks += 1
    }
    await writers
    assert.equal((await readLog(lab.page, lab.log, view)).size, 120)
    assert.ok(looks > 0)
  } finally {
    await lab.close()
  }
})
