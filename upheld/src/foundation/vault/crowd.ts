import type { Clock } from '../../core/clock.ts'

/** How a long work is done, stopped and watched. */
export interface Pace {
  /** At once, from 1. */
  readonly concurrencyMax?: number
  /** When it aborts, nothing new is begun; what was begun is finished, and the call resolves with what was done. */
  readonly signal?: AbortSignal
  /** Called after each one: how many are done, of how many when that is known. */
  readonly onProgress?: (progress: Progress) => void
}

export interface Progress {
  /** Such as `keys under the new root`. */
  readonly says: string
  readonly done: number
  readonly of?: number
}

const concurrencyUsual = 8

/** Does `work` for each of them, so many at once, in no order. False when it was stopped before the last. */
export async function forEach<T>(
  all: AsyncIterable<T> | Iterable<T>,
  { concurrencyMax = concurrencyUsual, signal }: Pace,
  work: (one: T) => Promise<void>,
): Promise<boolean> {
  const iterator = Symbol.asyncIterator in all ? all[Symbol.asyncIterator]() : all[Symbol.iterator]()
  let over = false
  /** One at a time asks for the next: a folder or a cursor is read in order. */
  let asking: Promise<unknown> = Promise.resolve()
  const next = (): Promise<IteratorResult<T>> => {
    const answer = asking.then(() => iterator.next())
    asking = answer.catch(() => undefined)
    return answer
  }
  const worker = async (): Promise<void> => {
    while (!over && signal?.aborted !== true) {
      const step = await next()
      if (step.done === true) over = true
      else await work(step.value)
    }
  }
  try {
    const workers = await Promise.allSettled(Array.from({ length: concurrencyMax }, () => worker().catch(halt)))
    for (const one of workers) if (one.status === 'rejected') throw one.reason
  } finally {
    await iterator.return?.()
  }
  return over

  /** The first that fails ends all, once the others have finished what they had begun. */
  function halt(thrown: unknown): never {
    over = true
    throw thrown
  }
}

/** How long until this moment, in ms; 0 when it is over. */
export function untilMs(clock: Clock, since: string, afterMs: number): number {
  return Math.max(0, Date.parse(since) + afterMs - clock.now().getTime())
}
