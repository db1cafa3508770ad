import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { OrganizationId } from '../../src/core/ids.ts'

/** Where a store is, as another process opens it. */
export interface Place {
  readonly kind: 'folder' | 'table'
  readonly place: string
}

interface Worker {
  readonly child: ChildProcess
  /** The next line; undefined when the process has ended. */
  next(): Promise<string | undefined>
  say(line: string): void
  kill(): Promise<void>
}

export async function startWorker(at: Place, organization: OrganizationId): Promise<Worker> {
  const program = fileURLToPath(new URL('worker.ts', import.meta.url))
  const child = spawn(process.execPath, [program, at.kind, at.place, organization], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'exit')
  const worker = {
    child,
    async next() {
      const line = await lines.next()
      return line.done === true ? undefined : line.value
    },
    say: (line: string) => void child.stdin.write(`${line}\n`),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
  const first = await worker.next()
  if (first !== 'ready') throw new Error(`a worker did not start: ${String(first)}`)
  return worker
}

/** The same line to two processes at the same moment, so many times; what each of them answered. */
export async function race(workers: readonly Worker[], line: string): Promise<readonly (string | undefined)[]> {
  for (const worker of workers) worker.say(line)
  return Promise.all(workers.map(worker => worker.next()))
}
