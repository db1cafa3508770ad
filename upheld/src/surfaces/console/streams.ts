import { pause } from '../../core/clock.ts'
import { refuse } from './errors.ts'

/** How many pages may be followed at once: by one person, and by all. */
const perOperatorMax = 4
const inAllMax = 40
/** One that is followed for longer ends by itself; the browser asks again, from where it was. */
const lifeMsMax = 600_000
/** Without any news, a sign of life so often: a proxy closes what is silent. */
const quietMsMax = 10_000
/** Whoever may not look any more is cut off within so long. */
const admitMsMax = 5_000

/** A part of a stream of events (HTML standard, section 9.2). Its id is what the browser names when it asks again. */
export interface StreamEvent {
  readonly event: string
  readonly id?: number
  readonly data: object
}

interface Followed {
  readonly operator: string
  readonly signal: AbortSignal
  readonly pollMs: number
  /** What is new since the last look, and whether that was all. */
  readonly look: () => Promise<{ readonly events: readonly StreamEvent[]; readonly over: boolean }>
  /** Whether they may look still. */
  readonly admitted: () => Promise<boolean>
  readonly monotonicMs: () => number
}

export interface Streams {
  /** @throws console.too_many_streams */
  open(followed: Followed): Response
  /** How many there are now. */
  count(): number
}

export function openStreams(): Streams {
  const open = new Map<string, number>()
  const total = (): number => [...open.values()].reduce((sum, one) => sum + one, 0)
  const leave = (operator: string): void => {
    const left = (open.get(operator) ?? 1) - 1
    if (left === 0) open.delete(operator)
    else open.set(operator, left)
  }
  return Object.freeze({
    count: total,
    open(followed: Followed) {
      const { operator } = followed
      if (total() >= inAllMax || (open.get(operator) ?? 0) >= perOperatorMax) throw refuse.too_many_streams()
      open.set(operator, (open.get(operator) ?? 0) + 1)
      return new Response(
        bodyOf(followed, () => leave(operator)),
        {
          headers: {
            'content-type': 'text/event-stream; charset=utf-8',
            'cache-control': 'no-store',
            // Asked of proxies that gather answers before they pass them on.
            'x-accel-buffering': 'no',
          },
        },
      )
    },
  })
}

function bodyOf(followed: Followed, left: () => void): ReadableStream<Uint8Array> {
  const gone = new AbortController()
  const signal = AbortSignal.any([followed.signal, gone.signal])
  const parts = partsOf(followed, signal)
  let isOpen = true
  const leave = (): void => {
    if (isOpen) left()
    isOpen = false
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await parts.next().catch(() => ({ done: true as const, value: undefined }))
        if (next.done !== true) return controller.enqueue(new TextEncoder().encode(next.value))
        leave()
        controller.close()
      },
      cancel() {
        gone.abort()
        leave()
      },
    },
    { highWaterMark: 0 },
  )
}

async function* partsOf(followed: Followed, signal: AbortSignal): AsyncGenerator<string, undefined> {
  const { pollMs, look, admitted, monotonicMs } = followed
  const begunMs = monotonicMs()
  let [saidMs, admittedMs] = [begunMs, begunMs]
  yield 'retry: 2000\n\n'
  while (!signal.aborted && monotonicMs() - begunMs < lifeMsMax) {
    if (monotonicMs() - admittedMs >= admitMsMax) {
      if (!(await admitted())) return undefined
      admittedMs = monotonicMs()
    }
    const { events, over } = await look()
    for (const one of events) yield written(one)
    if (over) return undefined
    if (events.length > 0) saidMs = monotonicMs()
    if (monotonicMs() - saidMs >= quietMsMax) {
      saidMs = monotonicMs()
      yield ': nothing new\n\n'
    }
    await pause(pollMs, signal)
  }
  return undefined
}

/** JSON has no line break outside of its strings, and writes those in them as escapes. */
function written({ event, id, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
