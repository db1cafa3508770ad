import { shelfPlatform } from '../upheld/test/builders/stage.ts'
import { startPgBouncer, withoutPgBouncer } from '../upheld/test/pooler/pgbouncer.ts'
import { keyOf, plantOwners, readInProcesses } from '../upheld/test/pooler/processes.ts'
import type { ReadingCount } from '../upheld/test/pooler/reading.ts'

export interface PooledResult extends ReadingCount {
  readonly way: 'connections of its own' | 'PgBouncer, transaction mode'
  readonly processes: number
  readonly clients: number
  readonly seconds: number
}

const organizations = 50
const processes = 2
const clients = 8
/** Backends behind the pooler: fewer than clients, so that every one of them serves all. */
const poolSize = 4

/**
 * Rows of a wrong organization among so many reads, half on pooled connections of the platform's own and half through
 * PgBouncer, by clients of two processes whose organizations take turns. Without PgBouncer all go the first way.
 */
export async function pooledBench(reads: number): Promise<readonly PooledResult[]> {
  const platform = await shelfPlatform()
  try {
    const ids = await plantOwners(platform, organizations)
    const order = { key: keyOf(platform), how: 'signed' as const, organizations: [...ids], clients, seed: 1 }
    const one = async (
      way: PooledResult['way'],
      url: string,
      pooler: boolean,
      count: number,
    ): Promise<PooledResult> => {
      const start = performance.now()
      const counted = await readInProcesses(processes, { ...order, url, pooler, reads: count })
      return { way, processes, clients, ...counted, seconds: (performance.now() - start) / 1000 }
    }
    if (withoutPgBouncer !== undefined) {
      console.log(`SKIPPED: ${withoutPgBouncer}`)
      return [await one('connections of its own', platform.urls.app, false, reads)]
    }
    const pooler = await startPgBouncer(platform.urls.app, { poolSize })
    try {
      const through = pooler.through(platform.urls.app)
      return [
        await one('connections of its own', platform.urls.app, false, reads / 2),
        await one('PgBouncer, transaction mode', through, true, reads / 2),
      ]
    } finally {
      await pooler.stop()
    }
  } finally {
    await platform.close()
  }
}
