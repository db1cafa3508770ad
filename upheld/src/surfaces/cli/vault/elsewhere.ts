import { systemClock } from '../../../core/clock.ts'
import { UpheldError } from '../../../core/errors.ts'
import type { OrganizationId } from '../../../core/ids.ts'
import type { Elsewhere } from '../../../foundation/vault/index.ts'
import type { Custody } from './custody.ts'

/** The longest that a link lasts. */
export const linkLifeMs = 7 * 24 * 60 * 60 * 1000
/** What was put while a walk went on is met by the next. */
const walksMax = 20

/** What keys of the vault seal beside rows: objects are sealed anew; links end by themselves. */
export function elsewhere(custody: Custody, settleMs: number): Readonly<Record<'objects' | 'links', Elsewhere>> {
  return {
    objects: organization => renewObjects(custody, organization),
    links: organization => linksOut(custody, organization, settleMs),
  }
}

/** Until a walk finds nothing under older keys any more. What does not open keeps its key. */
async function renewObjects({ objects, reseal, pace }: Custody, organization: OrganizationId): ReturnType<Elsewhere> {
  reseal.sealer.forget(organization)
  let done = 0
  for (let walks = 0; walks < walksMax; walks++) {
    const before = done
    try {
      const renewed = objects.of(organization).renew()[Symbol.asyncIterator]()
      while ((await renewed.next()).done !== true) {
        done += 1
        pace.onProgress?.({ says: 'objects sealed anew', done })
        if (pace.signal?.aborted === true) return { done, left: 1 }
      }
    } catch (thrown) {
      if (!(thrown instanceof UpheldError) || thrown.code !== 'objects.altered') throw thrown
      return { done, left: Number.parseInt(thrown.detail ?? '1', 10) }
    }
    if (done === before) return { done, left: 0 }
  }
  return { done, left: 1 }
}

/** A link is signed with a key that its process may have kept in memory for as long as keys settle. `left`: seconds. */
async function linksOut({ reseal }: Custody, organization: OrganizationId, settleMs: number): ReturnType<Elsewhere> {
  const records = await reseal.store.list(organization, 'links')
  const madeMs = Math.max(...records.filter(one => one.state === 'active').map(one => Date.parse(one.madeAt)))
  const leftMs = madeMs + 2 * settleMs + linkLifeMs - systemClock.now().getTime()
  return { done: 0, left: Math.max(0, Math.ceil(leftMs / 1000)) }
}
