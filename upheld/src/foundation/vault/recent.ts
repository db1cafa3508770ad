/** Pairs that were used lately, so many at most: those that were not are forgotten first. */
interface Recent<N, T> {
  get(name: N): T | undefined
  set(name: N, value: T): void
  /** Forgets those of which this is true. */
  drop(where: (value: T) => boolean): void
  clear(): void
}

/**
 * Two halves: what is used moves to the young one, and when that is full the old one is forgotten and the young one is
 * old. Keeps at least the last `max / 2` that were used, and never more than `max`.
 */
export function recent<N extends string | number, T>(max: number): Recent<N, T> {
  const half = Math.max(1, Math.floor(max / 2))
  let young = new Map<N, T>()
  let old = new Map<N, T>()

  function set(name: N, value: T): void {
    if (young.size >= half && !young.has(name)) {
      old = young
      young = new Map()
    }
    young.set(name, value)
  }

  return Object.freeze({
    get(name) {
      const found = young.get(name)
      if (found !== undefined) return found
      const older = old.get(name)
      if (older !== undefined) {
        old.delete(name)
        set(name, older)
      }
      return older
    },
    set(name, value) {
      old.delete(name)
      set(name, value)
    },
    drop(where) {
      for (const half of [young, old]) for (const [name, value] of half) if (where(value)) half.delete(name)
    },
    clear() {
      young.clear()
      old.clear()
    },
  } satisfies Recent<N, T>)
}
