import { AsyncLocalStorage } from 'node:async_hooks'

/** Takes what a program prints. */
type Take = (bytes: Uint8Array) => void

const within = new AsyncLocalStorage<Take>()
const others = new Set<Take>()
let watched = false

/**
 * What a twin's site prints is the twin's own, as if it ran in a process of its own: it goes to `take` and not to the
 * terminal. What is printed by code that belongs to no twin, or lost its way, goes where it always goes, and to every
 * twin besides: better seen twice than not at all.
 */
export function printing(take: Take): { run<T>(work: () => T): T; close(): void } {
  watch()
  others.add(take)
  return Object.freeze({
    run: <T>(work: () => T): T => within.run(take, work),
    close: () => void others.delete(take),
  })
}

/** Stays for good once a twin was there: a stream that is wrapped and unwrapped by several ends up as nobody meant. */
function watch(): void {
  if (watched) return
  watched = true
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream)
    stream.write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      const take = within.getStore()
      if (take !== undefined) {
        take(bytes)
        const done = rest.findLast(one => typeof one === 'function')
        if (done !== undefined) Reflect.apply(done, undefined, [])
        return true
      }
      for (const other of others) other(bytes)
      return Boolean(Reflect.apply(write, undefined, [chunk, ...rest]))
    }
  }
}
