import { refuse } from './errors.ts'

/** Lets a bounded number of statements of one organization run at once and a bounded number wait, for a bounded time. */
interface Turnstile {
  /** @throws tenancy.busy when the waiting line is full, or nobody left in time */
  pass<T>(organization: string, work: () => Promise<T>): Promise<T>
  /** The same for work that is no promise: gives what must be called, once, when it is over. */
  enter(organization: string): Promise<() => void>
}

interface Line {
  running: number
  readonly waiting: Set<() => void>
}

export function turnstile(runningMax: number, waitingMax: number, waitMaxMs = 30_000): Turnstile {
  const lines = new Map<string, Line>()

  /** Undefined when there is a place at once. */
  const arrive = (organization: string): Promise<void> | undefined => {
    const line = lines.get(organization) ?? { running: 0, waiting: new Set() }
    lines.set(organization, line)
    if (line.running < runningMax) {
      line.running++
      return undefined
    }
    if (line.waiting.size >= waitingMax) throw refuse.busy()
    // Whoever leaves hands its place over, so `running` stays as it is.
    return new Promise((resolve, reject) => {
      const called = (): void => {
        clearTimeout(patience)
        resolve()
      }
      const patience = setTimeout(() => {
        line.waiting.delete(called)
        reject(refuse.busy({ detail: `Nobody left within ${waitMaxMs} ms.` }))
      }, waitMaxMs)
      line.waiting.add(called)
    })
  }

  const leave = (organization: string): void => {
    const line = lines.get(organization)
    if (line === undefined) return
    const [next] = line.waiting
    if (next !== undefined) {
      line.waiting.delete(next)
      next()
    } else if (--line.running === 0) {
      lines.delete(organization)
    }
  }

  return Object.freeze({
    async pass<T>(organization: string, work: () => Promise<T>): Promise<T> {
      const place = arrive(organization)
      if (place !== undefined) await place
      try {
        return await work()
      } finally {
        leave(organization)
      }
    },
    async enter(organization: string) {
      await arrive(organization)
      let inside = true
      return () => {
        if (inside) leave(organization)
        inside = false
      }
    },
  })
}
