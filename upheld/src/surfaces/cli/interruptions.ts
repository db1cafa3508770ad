import type { Terminal } from './terminal.ts'

export interface Interruptions {
  /** Aborted at the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal
  readonly requested: Promise<undefined>
  /** Called at the second one. */
  onForce(force: () => void): void
  close(): void
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The first asks for an orderly end, the second ends the children at once, the third this process. */
export function interruptions(terminal: Terminal): Interruptions {
  const asked = new AbortController()
  const { promise: requested, resolve } = Promise.withResolvers<undefined>()
  const forces: (() => void)[] = []
  let count = 0
  const heard = (): void => {
    count += 1
    if (count === 1) {
      terminal.note('Stopping. Once more ends it at once.')
      asked.abort()
      resolve(undefined)
    } else if (count === 2) forces.forEach(force => force())
    else process.exit(1)
  }
  for (const name of signals) process.on(name, heard)
  return Object.freeze({
    signal: asked.signal,
    requested,
    onForce: (force: () => void) => void forces.push(force),
    close: () => signals.forEach(name => process.removeListener(name, heard)),
  })
}
