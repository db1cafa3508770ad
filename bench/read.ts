import { availableParallelism } from 'node:os'
import pg from 'pg'
import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { tapWire, testPlatform, type TestPlatform } from '../upheld/src/testing/index.ts'
import { upheld, type Upheld } from '../upheld/src/upheld.ts'
import { contest, seeded, type Contestant, type Score, type Sizes } from './harness.ts'

const organizations = 20
const rowsEach = 5_000
/** As many as this machine has cores for: more would only wait for each other. */
const connections = availableParallelism()

export interface ReadResult {
  readonly concurrency: number
  readonly scores: readonly Score[]
}

/**
 * A read by primary key, three ways over the same rows and the same driver: with no isolation at all; as ORM recipes do
 * it, with `begin`, an unsigned setting, the read and `commit` awaited one by one; through Upheld's handle; and through
 * it for an actor of each read's own, so that every read makes and signs a note that was never used before.
 */
export async function readBench(sizes: readonly Sizes[]): Promise<readonly ReadResult[]> {
  const platform = await testPlatform({
    tenantSchemas: ['shop'],
    migrations: new URL('./schemas/shop/', import.meta.url),
  })
  try {
    const ids = await fill(platform)
    const pool = new pg.Pool({ connectionString: platform.urls.app, max: connections })
    pool.on('error', () => undefined)
    const handle = upheld(
      {
        databaseUrl: platform.urls.app,
        contextKeyFile: 'in memory',
        connectionsMax: connections,
        tenancy: { concurrentMax: 1_000 },
      },
      { contextKeys: { current: () => platform.key } },
    )
    try {
      const contestants = [bare(pool, ids), recipe(pool, ids), bound(handle, ids), acting(handle, ids)]
      const results: ReadResult[] = []
      for (const one of sizes) results.push({ concurrency: one.concurrency, scores: await contest(contestants, one) })
      return results
    } finally {
      await handle.close()
      await pool.end()
    }
  } finally {
    await platform.close()
  }
}

/** What one read puts on the wire. Counted, not timed. */
export async function readRoundTrips(): Promise<{
  readonly bound: number
  readonly acting: number
  readonly recipe: number
}> {
  const platform = await testPlatform({
    tenantSchemas: ['shop'],
    migrations: new URL('./schemas/shop/', import.meta.url),
  })
  const tap = await tapWire(platform.urls.app)
  const pool = new pg.Pool({ connectionString: tap.url, max: 1 })
  pool.on('error', () => undefined)
  const handle = upheld(
    { databaseUrl: tap.url, contextKeyFile: 'in memory', connectionsMax: 1 },
    { contextKeys: { current: () => platform.key } },
  )
  try {
    const ids = await fill(platform, 1)
    const count = async (one: Contestant): Promise<number> => {
      await one.run(0)
      tap.take()
      await one.run(1)
      return tap.take().roundTrips
    }
    return {
      bound: await count(bound(handle, ids)),
      acting: await count(acting(handle, ids)),
      recipe: await count(recipe(pool, ids)),
    }
  } finally {
    await handle.close()
    await pool.end()
    await tap.close()
    await platform.close()
  }
}

async function fill(platform: TestPlatform, each = rowsEach): Promise<readonly string[]> {
  const ids = await Promise.all(
    Array.from({ length: organizations }, async () => (await platform.upheld.createOrganization()).id),
  )
  for (const id of ids) {
    await platform.upheld.organization(id).sql`
      insert into shop.item select ${id}, n, 'item ' || n || repeat('.', 60) from generate_series(1, ${each}::int) n`
  }
  const admin = openDatabase(platform.adminUrl, { connectionsMax: 1 })
  try {
    // The same rows twice more: where nothing is checked, and where the policy reads the unsigned setting of the recipes.
    await admin.query('set session_replication_role = replica')
    await admin.query(`
      create schema open;
      grant usage on schema open to upheld_app;
      create table open.item as select * from shop.item with no data;
      create table open.guarded as select * from shop.item with no data;
      alter table open.item add primary key (organization_id, id);
      alter table open.guarded add primary key (organization_id, id);
      alter table shop.item disable row level security;
      insert into open.item select * from shop.item;
      insert into open.guarded select * from shop.item;
      alter table shop.item enable row level security;
      create policy tenant on open.guarded using (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
      alter table open.guarded enable row level security;
      grant select on open.item, open.guarded to upheld_app;
      grant execute on function pg_catalog.set_config(text, text, boolean) to upheld_app`)
    await admin.query('vacuum analyze')
  } finally {
    await admin.close()
  }
  return ids
}

/** Question number `index`: an organization and one of its rows. */
function question(ids: readonly string[], index: number): readonly [organization: string, id: number] {
  const random = seeded(index)
  return [ids[Math.floor(random() * ids.length)] ?? '', 1 + Math.floor(random() * rowsEach)]
}

function bare(pool: pg.Pool, ids: readonly string[]): Contestant {
  return {
    name: 'no isolation',
    async run(index) {
      const { rows } = await pool.query<{ name: string }>({
        name: 'bare',
        text: 'select name from open.item where organization_id = $1 and id = $2',
        values: [...question(ids, index)],
      })
      return rows[0]?.name ?? ''
    },
  }
}

function recipe(pool: pg.Pool, ids: readonly string[]): Contestant {
  return {
    name: 'four statements',
    async run(index) {
      const [organization, id] = question(ids, index)
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query("select set_config('app.tenant', $1, true)", [organization])
        const { rows } = await client.query<{ name: string }>({
          name: 'recipe',
          text: 'select name from open.guarded where id = $1',
          values: [id],
        })
        await client.query('commit')
        return rows[0]?.name ?? ''
      } finally {
        client.release()
      }
    },
  }
}

function bound(handle: Upheld, ids: readonly string[]): Contestant {
  const all = new Map(ids.map(id => [id, handle.organization(id)]))
  return {
    name: 'upheld',
    async run(index) {
      const [id, item] = question(ids, index)
      const organization = all.get(id) ?? handle.organization(id)
      const rows = await organization.sql<{ name: string }>`select name from shop.item where id = ${item}`
      return rows[0]?.name ?? ''
    },
  }
}

function acting(handle: Upheld, ids: readonly string[]): Contestant {
  const all = new Map(ids.map(id => [id, handle.organization(id)]))
  const actor = { type: 'member', id: '0192f0c1-7c3e-7b3a-8c1d-000000000001', purpose: 'support-desk' } as const
  let reads = 0
  return {
    name: 'upheld, an actor for each read',
    async run(index) {
      const [id, item] = question(ids, index)
      reads += 1
      const organization = (all.get(id) ?? handle.organization(id)).as({ ...actor, request: `request ${reads}` })
      const rows = await organization.sql<{ name: string }>`select name from shop.item where id = ${item}`
      return rows[0]?.name ?? ''
    },
  }
}
