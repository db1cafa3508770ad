import { takeLock } from '../../adapters/files/index.ts'
import { keyReloadMs, readContextKey, writeContextKey } from '../../adapters/keys/index.ts'
import { rotateContextKey, tenancyOptions } from '../../foundation/tenancy/index.ts'
import { adminUrlOf } from './attach.ts'
import { exit, type Invocation } from './command.ts'
import { refuse } from './errors.ts'
import { withAdmin } from './system/server.ts'
import { existingState } from './system/state.ts'

/** What two clocks may differ. */
const skewSecs = 5

/** A new key for tenant contexts: the database learns it, then the application signs with it, then the old one goes. */
export async function rotateKeys({ settings, terminal }: Invocation): Promise<number> {
  const state = existingState(settings.state)
  const adminUrl = adminUrlOf(state, settings)
  if (adminUrl === undefined) throw refuse.no_system({ detail: state.folder })
  const lock = takeLock(`${state.contextKey}.lock`, 'upheld keys rotate')
  try {
    const graceSecs = tenancyOptions.parse({}).contextTtlSecs + Math.ceil(keyReloadMs / 1000) + skewSecs
    const current = readContextKey(state.contextKey)
    const publish = (key: typeof current): void => writeContextKey(state.contextKey, key)
    const key = await withAdmin(adminUrl, admin => rotateContextKey(admin, { current, publish, graceSecs }))
    terminal.say(`Contexts are signed with key ${key.id} now. Key ${current.id} is accepted for ${graceSecs} s more.`)
    terminal.document({ key: key.id, retired: current.id, graceSecs })
    return exit.upheld
  } finally {
    lock.release()
  }
}
