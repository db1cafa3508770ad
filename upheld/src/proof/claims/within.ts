export type Outcome<T> =
  | { readonly end: 'finished'; readonly value: T }
  | { readonly end: 'failed'; readonly thrown: unknown }
  /** The signal came first. The work may still go on somewhere: nobody listens to it any more. */
  | { readonly end: 'abandoned' }

/**
 * Waits for work until the signal aborts, whether the work heeds the signal or not.
 * Work that ends because it was told to stop counts as abandoned: it has not done what it set out to do.
 */
export async function within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<Outcome<T>> {
  if (signal.aborted) return { end: 'abandoned' }
  const { promise: stopped, resolve } = Promise.withResolvers<Outcome<T>>()
  const stop = (): void => resolve({ end: 'abandoned' })
  signal.addEventListener('abort', stop)
  try {
    const outcome = await Promise.race([settle(work), stopped])
    return isAborted(signal) ? { end: 'abandoned' } : outcome
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { end: 'finished', value: await work() }
  } catch (thrown) {
    return { end: 'failed', thrown }
  }
}

// A signal changes while one waits, which the compiler cannot know.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}

/** Waits for work for so many milliseconds at most. */
export async function atMost<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), ms)
  try {
    return await within(limit.signal, () => work(limit.signal))
  } finally {
    clearTimeout(timer)
  }
}
