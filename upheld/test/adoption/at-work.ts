import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import type { Legacy, LegacyDatabase } from './legacies.ts'

const told = z.object({
  statements: z.number(),
  longestMs: z.number(),
  failures: z.array(z.string()),
  kept: z.array(z.string()),
})

interface AtWork {
  /** Ends the old application, and says how it fared. */
  stop(): Promise<z.output<typeof told>>
}

/** Starts the old application; resolves when it has done its first round of statements. */
export async function oldApplication(legacy: Legacy, database: LegacyDatabase): Promise<AtWork> {
  const child = fork(join(import.meta.dirname, 'old-application.ts'), [legacy.name, database.loginUrl])
  const first = await Promise.race([heard(child, 'message'), heard(child, 'exit')])
  assert.equal(first, 'working')
  return {
    async stop() {
      const answered = heard(child, 'message')
      child.send('stop')
      return told.parse(await answered)
    },
  }
}

function heard(child: ChildProcess, event: 'message' | 'exit'): Promise<unknown> {
  return new Promise(resolve => child.once(event, resolve))
}
