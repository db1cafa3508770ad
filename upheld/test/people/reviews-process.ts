import { openBoundConnections } from '../../src/adapters/postgres/bound/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { organizationId } from '../../src/core/ids.ts'
import { parseTenancyOptions, tenancy } from '../../src/foundation/tenancy/index.ts'
import { apiKeys } from '../../src/guards/keys/index.ts'
import { linkSources, memberSources, reviews } from '../../src/guards/reviews/index.ts'
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
  const connections = openBoundConnections({
    url,
    connectionsMax: 2,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 10_000,
    pooler: false,
    citus: false,
  })
  const contextKey = { id: key.id, cell: key.cell, secret: Buffer.from(key.secret, 'hex') }
  const handle = tenancy(
    { connections, keys: { current: () => contextKey }, clock: systemClock },
    parseTenancyOptions({}),
  )
  const clock = { now: () => new Date(now), monotonicMs: () => performance.now() }
  const keys = apiKeys({ tenancy: handle, application: handle, access: shop, clock })
  const hang = (): Promise<never> => {
    process.send?.('there')
    return new Promise(() => undefined)
  }
  const sources = [...memberSources({ access: shop, clock, keys }), ...linkSources()].map(source => {
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
