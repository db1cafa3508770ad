import { refuse } from './errors.ts'

/** Work that takes much memory: so much of it at once, so much that waits, and no more. */
interface Line {
  /** @throws passwords.busy when too many wait, passwords.abandoned when the request ended first */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
  counts(): { readonly running: number; readonly waiting: number; readonly busy: number; readonly abandoned: number }
}

export function openLine(concurrentMax: number, waitingMax: number): Line {
  const waiting = new Set<() => void>()
  let [running, busy, abandoned] = [0, 0, 0]

  /** A place that is given back goes to whoever waits longest, and to nobody in between. */
  function leave(): void {
    const [next] = waiting
    if (next === undefined) running -= 1
    else {
      waiting.delete(next)
      next()
    }
  }

  function gone(): Error {
    abandoned += 1
    return refuse.abandoned()
  }

  function enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(gone())
    if (running < concurrentMax) {
      running += 1
      return Promise.resolve()
    }
    if (waiting.size >= waitingMax) {
      busy += 1
      return Promise.reject(refuse.busy({ retryAfterMs: 2_000 }))
    }
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const end = () => {
        waiting.delete(turn)
        reject(gone())
      }
      waiting.add(turn)
      signal?.addEventListener('abort', end, { once: true })
    })
  }

  return Object.freeze({
    async run<T>(work: () => Promise<T>, signal?: AbortSignal) {
      await enter(signal)
      try {
        return await work()
      } finally {
        leave()
      }
    },
    counts: () => ({ running, waiting: waiting.size, busy, abandoned }),
  })
}
