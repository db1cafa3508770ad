import { systemClock } from './core/clock.ts'
import { keyPorts } from './custody.ts'
import { refuse } from './foundation/tenancy/index.ts'
import { rewrapRoot, type Pace, type Rewrapped } from './foundation/vault/index.ts'
import { parseUpheldOptions, type UpheldOptions } from './options.ts'
import { upheld, type UpheldPorts } from './upheld.ts'

/**
 * Puts the KEK of every organization under the root key that is given as `rootKey`, in a key service: the new version of
 * a key, or another key, with the one before in `olderRootKeys`. No data key and no row is touched, and the application
 * goes on. Stopped or killed it is called again. Only when `failed` is empty and `complete` true may the older key be
 * disabled in the service.
 * @throws tenancy.bad_options without a vault; kms.* when a service does not answer
 */
export async function rewrapKeys(given: UpheldOptions, ports: UpheldPorts, pace: Pace = {}): Promise<Rewrapped> {
  const options = parseUpheldOptions(given)
  if (options.vault === undefined) throw refuse.bad_options({ detail: 'vault: without it there are no keys' })
  const platform = upheld(given, ports)
  const operator = { type: 'operator', id: 'upheld-rewrap', purpose: 'key-custody' } as const
  try {
    const keys = keyPorts(options.vault, ports, ports.clock ?? systemClock, id =>
      platform.organization(id).as(operator),
    )
    // A KEK that was being made meanwhile, under the older root key, is met by the second walk.
    const first = await rewrapRoot(keys, pace)
    if (!first.complete) return first
    const last = await rewrapRoot(keys, pace)
    return { ...last, rewrapped: first.rewrapped + last.rewrapped }
  } finally {
    await platform.close()
  }
}
