import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

interface Work {
  readonly folder: string
  readonly databaseUrl?: string
  readonly identityUrl?: string
  readonly work: 'active' | 'rotate kek' | 'rotate data' | 'rotate objects' | 'rewrap root' | 'shred' | 'serve'
  readonly organization: string
  readonly domain?: string
  readonly since?: string
  readonly settleMs?: number
  readonly rowsMax?: number
  readonly dieAfter?: number
}

const answerForm = z.object({ result: z.unknown().optional(), failed: z.string().optional(), calls: z.number() })

/** How a process ended: with an answer, or killed. */
type End = z.output<typeof answerForm> | 'killed'

/** A process that stands at its start until it is let go. */
interface Started {
  /** Resolves when it has said this line. */
  said(line: string): Promise<void>
  go(): void
  readonly end: Promise<End>
}

export async function start(work: Work): Promise<Started> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('process.ts', import.meta.url)), JSON.stringify(work)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const waiting = new Map<string, () => void>()
  createInterface({ input: child.stdout }).on('line', line => {
    lines.push(line)
    waiting.get(line)?.()
  })
  const said = (line: string): Promise<void> =>
    lines.includes(line) ? Promise.resolve() : new Promise(resolve => waiting.set(line, resolve))
  const end = ended(child, lines)
  await Promise.race([said('ready'), end])
  return { said, go: () => void child.stdin.write('go\n'), end }
}

async function ended(child: ChildProcess, lines: readonly string[]): Promise<End> {
  await once(child, 'close')
  if (child.signalCode === 'SIGKILL') return 'killed'
  return answerForm.parse(JSON.parse(lines.at(-1) ?? ''))
}

/** Starts it and lets it go. */
export async function run(work: Work): Promise<End> {
  const started = await start(work)
  started.go()
  return started.end
}

/** What it gave, when it came to its end. */
export function resultOf<T extends z.ZodType>(end: End, form: T): z.output<T> {
  if (end === 'killed' || end.failed !== undefined) throw new Error(`it was ${end === 'killed' ? end : end.failed}`)
  return form.parse(end.result)
}

/** Processes at once, in a test that starts many. */
const atOnce = 4

/**
 * Runs it again and again, each time killed one call later, until it comes to its end. `each` has a world of its own for
 * every one. Gives after how many calls it was killed for the last time.
 */
export async function killedAtEveryCall(each: (dieAfter: number) => Promise<End>): Promise<number> {
  for (let first = 1; ; first += atOnce) {
    const ends = await Promise.all(Array.from({ length: atOnce }, (_, nth) => each(first + nth)))
    const alive = ends.findIndex(end => end !== 'killed')
    if (alive !== -1) return first + alive - 1
  }
}
