import { fork, type ChildProcess } from 'node:child_process'
import { UpheldError } from '../../../core/errors.ts'
import { pause, type Clock } from '../../../core/clock.ts'
import { refuse } from '../errors.ts'
import { patience } from './patience.ts'
import { fromChild, type Failed, type FromChild, type Place, type ToChild } from './messages.ts'

export interface ChildSpec {
  /** For the person at the terminal: `web`, `prover`. */
  readonly name: string
  readonly module: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Handed over when the child starts; asked for anew at each start. Travels over the channel, never as an argument. */
  payload(): unknown
  onMessage(message: FromChild): void
  /** What the child prints, as it prints it, besides being shown at the terminal. */
  readonly onOutput?: (bytes: Uint8Array) => void
  /** A life begins, or has ended and another follows. */
  readonly onLife?: (life: { readonly pid: number | undefined } | { readonly againMs: number }) => void
  readonly note: (line: string) => void
  readonly clock: Clock
  readonly silenceMsMax: number
  readonly stopMsMax: number
  /** Whether a child that ends is started again. */
  readonly restarts: boolean
}

export interface Supervised {
  /** Resolves at the first `ready`; rejects with the child's own words when it cannot start. */
  readonly ready: Promise<{ readonly place: Place | undefined }>
  pid(): number | undefined
  /** Resolves with how its last life ended, once it is not started again. */
  readonly ended: Promise<string>
  /** Asks the child to end, then makes it. Never rejects. */
  stop(): Promise<void>
  /** Ends it now. */
  kill(): void
}

const backoffMsMin = 500
const backoffMsMax = 30_000
/** A life of this length shows that the cause of the last death is gone. */
const wellMs = 60_000
const watchEveryMs = 250

/** Keeps one child alive until told to stop: a dead one is started again, later each time; one that hangs is killed. */
export function supervise(spec: ChildSpec): Supervised {
  const stopping = new AbortController()
  const { promise: ready, resolve, reject } = Promise.withResolvers<{ readonly place: Place | undefined }>()
  let current: ChildProcess | undefined
  let wasReady = false

  async function live(): Promise<string> {
    const child = fork(spec.module, [...spec.args], {
      env: spec.env,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    current = child
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => printed(spec, bytes))
    spec.onLife?.({ pid: child.pid })
    const life = listen(spec, child, message => {
      if (message.type !== 'ready') return
      wasReady = true
      resolve({ place: message.place })
    })
    const halt = (): void => void end(child, spec)
    stopping.signal.addEventListener('abort', halt)
    if (stopping.signal.aborted) halt()
    const how = await life
    stopping.signal.removeEventListener('abort', halt)
    current = undefined
    if (!wasReady)
      reject(how.failed === undefined ? refuse.child_failed({ detail: `${spec.name} ${how.says}.` }) : told(how.failed))
    return how.says
  }

  async function keepAlive(): Promise<string> {
    let deaths = 0
    const over = (): boolean => stopping.signal.aborted || !wasReady || !spec.restarts
    for (;;) {
      const bornMs = spec.clock.monotonicMs()
      const says = await live()
      if (over()) return says
      deaths = spec.clock.monotonicMs() - bornMs > wellMs ? 0 : deaths
      const waitMs = Math.min(backoffMsMin * 2 ** deaths, backoffMsMax)
      deaths += 1
      spec.onLife?.({ againMs: waitMs })
      spec.note(`${spec.name} ${says}; it starts again in ${waitMs / 1000} s`)
      await pause(waitMs, stopping.signal)
      if (over()) return says
    }
  }

  const ended = keepAlive()
  return Object.freeze({
    ready,
    ended,
    pid: () => current?.pid,
    stop: async () => {
      stopping.abort()
      await ended
    },
    kill: () => void current?.kill('SIGKILL'),
  })
}

/** Words of a child go to our standard error: standard output is for answers. */
function printed({ onOutput }: ChildSpec, bytes: Uint8Array): void {
  process.stderr.write(bytes)
  onOutput?.(bytes)
}

interface Ending {
  /** Such as "was ended by SIGKILL". */
  readonly says: string
  readonly failed?: Failed
}

/** Hands the payload over, passes messages on, ends a child that hangs; resolves when the process is gone. */
async function listen(spec: ChildSpec, child: ChildProcess, onMessage: (message: FromChild) => void): Promise<Ending> {
  const limit = patience(spec.clock, spec.silenceMsMax)
  let failed: Failed | undefined
  let hung: string | undefined
  child.on('message', raw => {
    const message = fromChild.safeParse(raw).data
    if (message === undefined) return
    limit.heard(message)
    if (message.type === 'failed') failed = message
    onMessage(message)
    spec.onMessage(message)
  })
  // A channel that closes while we speak is answered by the process's end.
  child.on('error', () => undefined)
  send(child, { type: 'start', payload: spec.payload() })
  const watch = setInterval(() => {
    hung = limit.lost()
    if (hung !== undefined) child.kill('SIGKILL')
  }, watchEveryMs)
  const [code, signal] = await exited(child)
  clearInterval(watch)
  const gone = signal === null ? `ended with code ${code ?? 'none'}` : `was ended by ${signal}`
  const says = hung ?? (failed === undefined ? gone : `failed (${failed.code}: ${failed.message})`)
  return failed === undefined ? { says } : { says, failed }
}

function exited(child: ChildProcess): Promise<[code: number | null, signal: NodeJS.Signals | null]> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve([code, signal]))
    child.once('error', () => {
      if (child.pid === undefined) resolve([null, null])
    })
  })
}

async function end(child: ChildProcess, spec: ChildSpec): Promise<void> {
  const gone = new AbortController()
  child.once('exit', () => gone.abort())
  send(child, { type: 'stop' })
  await pause(spec.stopMsMax, gone.signal)
  if (!gone.signal.aborted) child.kill('SIGKILL')
}

function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined)
}

function told({ code, message, mend, usage }: Failed): UpheldError {
  return new UpheldError(code, { status: usage ? 400 : 500, public: message, ...(mend === undefined ? {} : { mend }) })
}
