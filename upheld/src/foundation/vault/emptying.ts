import type { OrganizationId } from '../../core/ids.ts'
import type { Pace } from './crowd.ts'
import type { KeyDomain } from './ports.ts'
import { indexDomain, reindex } from './reindex.ts'
import { isOfRows, reseal, type ResealPorts } from './reseal.ts'
import type { Turn } from './turn.ts'

/** What was done for one domain of one organization. */
export interface Emptied {
  readonly organization: OrganizationId
  readonly domain: KeyDomain
  /** Values sealed anew, or indexes made anew. */
  readonly done: number
  /** What keeps the older key alive: values that do not open, indexes that nobody can explain, or rows always held by others. */
  readonly left: number
  /** Of those that do not open, at most 100. */
  readonly unreadable: readonly { readonly says: string; readonly row: string }[]
}

/** How a domain is emptied that seals nothing in rows, such as objects. What is left keeps the older keys. */
export type Elsewhere = (organization: OrganizationId) => Promise<{ readonly done: number; readonly left: number }>

/**
 * Empties older keys of whatever is in sealed columns. Called when nobody seals with them any more; what was still being
 * written then is waited for, so that the count is of everything.
 */
export function emptying(
  ports: ResealPorts,
  pace: Pace & { readonly rowsMax?: number },
  onEmptied: (emptied: Emptied) => void,
  elsewhere: Readonly<Partial<Record<KeyDomain, Elsewhere>>> = {},
): (turn: Turn) => Promise<boolean> {
  return async ({ organization, domain }) => {
    const nothing = { organization, domain, done: 0, left: 0, unreadable: [] }
    if (!isOfRows(domain) && domain !== indexDomain) {
      const found = (await elsewhere[domain]?.(organization)) ?? { done: 0, left: 1 }
      onEmptied({ ...nothing, ...found })
      return found.left === 0
    }
    await ports.rows.settled(organization)
    if (domain === indexDomain) {
      const { reindexed, foreign, left, complete } = await reindex(ports, organization, pace)
      onEmptied({ ...nothing, done: reindexed, left: foreign + left })
      return complete
    }
    const { resealed, unreadable, left, complete } = await reseal(ports, organization, domain, pace)
    onEmptied({ ...nothing, done: resealed, left, unreadable })
    return complete && left === 0
  }
}
