import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const line = z.object({
  adminUrl: z.string().optional(),
  version: z.string().optional(),
  source: z.string().optional(),
  adopted: z.boolean().optional(),
  stopped: z.boolean().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
})
export type Said = z.infer<typeof line>

export interface Owner {
  /** The next thing that it says. */
  said(): Promise<Said>
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>
}

interface OwnerOptions {
  readonly binaries?: 'system' | 'npm'
  readonly port?: number
  readonly uid?: number
  /** Another path to owner.ts. */
  readonly script?: string
  /** Words before `node`, such as those of unshare(1). */
  readonly within?: readonly string[]
}

/** A process of its own that owns the Postgres of a folder. */
export function startOwner(folder: string, options: OwnerOptions = {}): Owner {
  const program = [
    process.execPath,
    options.script ?? join(import.meta.dirname, 'owner.ts'),
    folder,
    options.binaries ?? process.env.UPHELD_TEST_POSTGRES ?? 'any',
    ...(options.port === undefined ? [] : [String(options.port)]),
  ]
  const [command, ...words] = [...(options.within ?? []), ...program]
  assert.ok(command)
  const child = spawn(command, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async said() {
      const next = await lines.next()
      assert.ok(next.done !== true, 'the owner ended without a word')
      return line.parse(JSON.parse(next.value))
    },
    async end(signal) {
      child.kill(signal)
      await ended
    },
  }
}
