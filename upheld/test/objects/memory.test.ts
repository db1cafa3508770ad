import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { z } from 'zod'

const said = z.strictObject({ drained: z.number(), read: z.number(), grownMiB: z.number() })

test('3 GiB are sealed and 256 MiB read back in a process that grows by less than 160 MiB', context => {
  const program = new URL('memory.ts', import.meta.url).pathname
  const { drained, read, grownMiB } = said.parse(
    JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' })),
  )
  context.diagnostic(`grew by ${grownMiB} MiB`)
  const gibibytes = 3 * 1024 ** 3
  // Every chunk of 16 KiB has a tag of 16 bytes, and there is one more that is empty; then head and trailer.
  assert.equal(drained, gibibytes + (gibibytes / 16_384 + 1) * 16 + 56 + 4096)
  assert.equal(read, 256 * 1024 ** 2)
  assert.ok(grownMiB < 160, `${grownMiB} MiB`)
})
