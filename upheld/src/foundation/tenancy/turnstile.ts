import { refuse } from './errors.ts'

/** Lets a bounded number of statements of one organization run at once and a bounded number wait. */
interface Turnstile {
  /** @throws tenancy.busy when the waiting line is full */
  pass<T>(organization: string, work: () => Promise<T>): Promise<T>
}

interface Line {
  running: number
  readonly waiting: (() => void)[]
}

export function turnstile(runningMax: number, waitingMax: number): Turnstile {
  const lines = new Map<string, Line>()
  return Object.freeze({
    async pass<T>(organization: string, work: () => Promise<T>): Promise<T> {
      const line = lines.get(organization) ?? { running: 0, waiting: [] }
      lines.set(organization, line)
      if (line.running >= runningMax) {
        if (line.waiting.length >= waitingMax) throw refuse.busy()
        // Whoever leaves hands its place over, so `running` stays as it is.
        await new Promise<void>(resolve => line.waiting.push(resolve))
      } else {
        line.running++
      }
      try {
        return await work()
      } finally {
        const next = line.waiting.shift()
        if (next !== undefined) next()
        else if (--line.running === 0) lines.delete(organization)
      }
    },
  })
}
