import { organizationId } from '../../src/core/ids.ts'
import { apiKeys } from '../../src/guards/keys/index.ts'
import { allSources, reviews } from '../../src/guards/reviews/index.ts'
import { openMembers } from '../../src/sealed-rows.ts'
import { shop } from './keys-stage.ts'

/** What a process that closes a review is told; it comes over the channel, with its secrets. */
export interface Orders {
  readonly url: string
  readonly key: { readonly id: string; readonly cell: string; readonly secret: string }
  readonly now: number
  readonly organization: string
  readonly review: string
  /** Where it stops, says so, and waits to be killed. */
  readonly hangs: 'removing' | 'trying'
}

async function closeAndHang({ url, key, now, organization, review, hangs }: Orders): Promise<void> {
  const contextKey = { id: key.id, cell: key.cell, secret: Buffer.from(key.secret, 'hex') }
  const contextKeys = { current: () => contextKey }
  const handle = openMembers({ databaseUrl: url, connectionsMax: 2, contextKeys })
  const clock = { now: () => new Date(now), monotonicMs: () => performance.now() }
  const ports = { tenancy: handle, access: shop, clock }
  const keys = apiKeys({ ...ports, application: handle })
  const hang = (): Promise<never> => {
    process.send?.('there')
    return new Promise(() => undefined)
  }
  const sources = allSources({ ...ports, platform: handle, keys }).map(source => {
    // Members come last: keys and roles are taken away by then, in a transaction that is still open.
    if (hangs === 'removing' && source.kind === 'member') return { ...source, end: hang }
    return hangs === 'trying' ? { ...source, works: hang } : source
  })
  await reviews({ tenancy: handle, access: shop, clock, sources }).close(
    organizationId(organization),
    'schedule',
    review,
  )
}

process.once('message', (orders: Orders) => void closeAndHang(orders))
