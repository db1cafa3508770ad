import { randomInt } from 'node:crypto'
import { pause, type Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { takeLock, type Lock } from '../files/index.ts'
import { refuse } from './errors.ts'

const waitMsMax = 10_000
const pauseMsMax = 20

/**
 * Does `work` while no other process holds the lock file at `path`. `work` ends before it returns, so two callers in one process
 * never meet. Whoever holds the lock and is killed is followed.
 * @throws keystore.busy
 */
export async function locked<T>(path: string, clock: Clock, work: () => T): Promise<T> {
  const startMs = clock.monotonicMs()
  for (;;) {
    const lock = tryLock(path)
    if (lock !== undefined) {
      try {
        return work()
      } finally {
        lock.release()
      }
    }
    if (clock.monotonicMs() - startMs > waitMsMax) throw refuse.busy({ detail: path })
    await pause(randomInt(1, pauseMsMax))
  }
}

function tryLock(path: string): Lock | undefined {
  try {
    return takeLock(path, 'changing a key')
  } catch (thrown) {
    if (thrown instanceof UpheldError && thrown.code === 'files.locked') return undefined
    throw thrown
  }
}
