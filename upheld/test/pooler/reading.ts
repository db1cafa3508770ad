import pg from 'pg'
import { z } from 'zod'
import { upheld } from '../../src/index.ts'

/** What one process of clients is told to do. */
export const readingOrder = z.strictObject({
  url: z.string(),
  key: z.strictObject({ id: z.string(), cell: z.string(), secret: z.string() }),
  /** `signed`: through the handle. `session`: the recipe that sets a name for the session and then reads. */
  how: z.enum(['signed', 'session']),
  organizations: z.array(z.uuid()).min(2),
  reads: z.number().int(),
  clients: z.number().int(),
  seed: z.number().int(),
  pooler: z.boolean(),
})

export type ReadingOrder = z.output<typeof readingOrder>

export interface ReadingCount {
  readonly reads: number
  /** Rows of another organization. */
  readonly wrong: number
  /** Reads that did not see exactly the rows of their organization. */
  readonly odd: number
}

/** Every client reads as one organization and then as another; each organization has one row, which names it. */
export async function readInterleaved(order: ReadingOrder): Promise<ReadingCount> {
  const reader = order.how === 'signed' ? signedReader(order) : sessionReader(order)
  let next = 0
  let wrong = 0
  let odd = 0
  const client = async (): Promise<void> => {
    while (next < order.reads) {
      const index = order.seed + next++
      const organization = order.organizations[(index * 7919) % order.organizations.length] ?? ''
      const owners = await reader.read(organization)
      wrong += owners.filter(owner => owner !== organization).length
      if (owners.length !== 1 || owners[0] !== organization) odd++
    }
  }
  try {
    await Promise.all(Array.from({ length: order.clients }, client))
  } finally {
    await reader.close()
  }
  return { reads: order.reads, wrong, odd }
}

interface Reader {
  read(organization: string): Promise<readonly string[]>
  close(): Promise<void>
}

function signedReader({ url, key, clients, pooler }: ReadingOrder): Reader {
  const platform = upheld(
    {
      databaseUrl: url,
      contextKeyFile: 'in memory',
      connectionsMax: clients,
      pooler,
      tenancy: { waitingMax: 1_000, statementTimeoutMs: 60_000, waitMaxMs: 120_000 },
    },
    { contextKeys: { current: () => ({ ...key, secret: Buffer.from(key.secret, 'hex') }) } },
  )
  const handles = new Map<string, ReturnType<typeof platform.organization>>()
  const handleOf = (id: string): ReturnType<typeof platform.organization> => {
    const known = handles.get(id) ?? platform.organization(id)
    handles.set(id, known)
    return known
  }
  return {
    read: async id => (await handleOf(id).sql<{ name: string }>`select name from shelf.author`).map(row => row.name),
    close: () => platform.close(),
  }
}

/** Both statements on one client of the pool, as the recipe has it; a pooler may give each to another backend. */
function sessionReader({ url, clients }: ReadingOrder): Reader {
  const pool = new pg.Pool({ connectionString: url, max: clients })
  pool.on('error', () => undefined)
  return {
    async read(id) {
      const client = await pool.connect()
      try {
        await client.query("select set_config('app.tenant', $1, false)", [id])
        const { rows } = await client.query<{ name: string }>('select name from open.author')
        return rows.map(row => row.name)
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}
