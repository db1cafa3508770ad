/** As many requests at once as connections are kept: what only looks does not mind what else is looked at. */
export const lanesMax = 4

/** Works on all of them, a few at a time. The first failure ends it, when those under way have come back. */
export async function inLanes<T>(all: Iterable<T>, work: (one: T) => Promise<unknown>): Promise<void> {
  const next = Iterator.from(all)
  let ended = false
  const lane = async (): Promise<void> => {
    try {
      for (let one = next.next(); !ended && one.done !== true; one = next.next()) await work(one.value)
    } finally {
      // Nobody begins anything any more: all is done, or something went wrong.
      ended = true
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: lanesMax }, lane))
  const failed = lanes.find(one => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** In groups that fill the lanes. */
export function inFews<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / lanesMax) }, (_, at) =>
    all.slice(at * lanesMax, (at + 1) * lanesMax),
  )
}
