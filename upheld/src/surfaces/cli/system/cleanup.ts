import { takeLock, type Lock } from '../../../adapters/files/index.ts'
import { startPostgres } from '../../../adapters/postgres/embedded/index.ts'
import { pause } from '../../../core/clock.ts'
import { UpheldError } from '../../../core/errors.ts'
import { stateAt } from './state.ts'

const purpose = 'upheld cleanup'
const waitMs = 200
const triesMax = 100

/**
 * Ends the server that a killed supervisor left behind, unless somebody has taken the folder over already: then it is
 * theirs now.
 */
export async function endServer(stateFolder: string): Promise<void> {
  const lock = freeLock(stateAt(stateFolder).lock, purpose)
  if (lock === undefined) return
  try {
    const left = await startPostgres({ folder: stateFolder })
    await left.stop()
  } finally {
    lock.release()
  }
}

function freeLock(path: string, purpose: string): Lock | undefined {
  try {
    return takeLock(path, purpose)
  } catch (thrown) {
    if (thrown instanceof UpheldError && thrown.code === 'files.locked') return undefined
    throw thrown
  }
}

/**
 * The lock of a state folder; a cleanup that is under way is waited for, at most 20 s.
 * @throws files.locked
 */
export async function takeState(path: string, by: string): Promise<Lock> {
  for (let tries = 1; ; tries += 1) {
    try {
      return takeLock(path, by)
    } catch (thrown) {
      const cleaning = thrown instanceof UpheldError && thrown.detail?.includes(`(${purpose})`) === true
      if (!cleaning || tries === triesMax) throw thrown
      await pause(waitMs)
    }
  }
}
