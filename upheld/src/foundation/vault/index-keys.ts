import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { keyCache } from './cache.ts'
import type { Chain, DataKey } from './chain-port.ts'
import { recent } from './recent.ts'
import { indexDomain } from './reindex.ts'

/** Which keys of indexes there are: so long, of so many organizations. */
const idsTtlMs = 5_000
const idsMax = 10_000

/** Every key that an index can stand under. */
interface IndexKeys {
  /** The active one first. */
  all(organization: OrganizationId): Promise<readonly DataKey[]>
  forget(organization: OrganizationId): void
}

interface Ids {
  readonly organization: OrganizationId
  readonly ids: readonly string[]
  readonly untilMs: number
}

export function indexKeysOf(chain: Chain, keys: ReturnType<typeof keyCache>, clock: Clock): IndexKeys {
  const known = recent<string, Ids>(idsMax)
  /** A key that was made a moment ago makes no index yet: it is known here long before it does. */
  async function idsOf(organization: OrganizationId): Promise<readonly string[]> {
    const kept = known.get(organization)
    if (kept !== undefined && clock.monotonicMs() < kept.untilMs) return kept.ids
    const ids = await chain.ids(organization, indexDomain)
    known.set(organization, { organization, ids, untilMs: clock.monotonicMs() + idsTtlMs })
    return ids
  }
  async function older(organization: OrganizationId, id: string): Promise<readonly DataKey[]> {
    try {
      return [(await keys.byId(organization, indexDomain, id)).key]
    } catch (thrown) {
      if (thrown instanceof UpheldError && over.has(thrown.code)) return []
      throw thrown
    }
  }
  return Object.freeze({
    async all(organization: OrganizationId) {
      const [active, ids] = await Promise.all([keys.active(organization, indexDomain), idsOf(organization)])
      const others = ids.filter(id => id !== active.key.id)
      return [active.key, ...(await Promise.all(others.map(id => older(organization, id)))).flat()]
    },
    forget: (organization: OrganizationId) => known.drop(kept => kept.organization === organization),
  })
}

/** A key that ended a moment ago has no index left that it made. */
const over = new Set(['vault.key_destroyed', 'vault.version_too_old', 'vault.key_unknown'])
