import { availableParallelism } from 'node:os'
import pg from 'pg'
import { testPlatform, type TestPlatform } from '../upheld/src/testing/index.ts'
import { upheld, type Upheld } from '../upheld/src/upheld.ts'
import { contest, seeded, type Contestant, type Score, type Sizes } from './harness.ts'

const organizations = 20
const purchases = 500
const batch = 1_000
const connections = availableParallelism()

export interface ShapeResult {
  readonly shape: string
  readonly concurrency: number
  readonly scores: readonly Score[]
}

/** A text over the tables of one schema; `own` is the condition that an application without isolation has to write. */
interface Shape {
  readonly text: (schema: string, own: (table: string) => string) => string
  readonly values: (index: number) => readonly unknown[]
  /** The same operation cannot be done twice: each has a number of its own, in all rounds. */
  readonly once?: boolean
  /** Operations of a round, as a part of those that were asked for. */
  readonly share: number
}

const shapes: Readonly<Record<string, Shape>> = {
  'five-way join': {
    text: (schema, own) => `
      select c.name, sum(l.amount)::int as amount, min(p.name) as product, max(y.paid) as paid
      from ${schema}.purchase u
      join ${schema}.customer c on c.organization_id = u.organization_id and c.id = u.customer_id
      join ${schema}.line l on l.organization_id = u.organization_id and l.purchase_id = u.id
      join ${schema}.product p on p.organization_id = l.organization_id and p.id = l.product_id
      join ${schema}.payment y on y.organization_id = u.organization_id and y.purchase_id = u.id
      where u.id = $2 and ${own('u')} group by c.name`,
    values: index => [1 + (index % purchases)],
    share: 1,
  },
  'aggregate of 2,000 rows': {
    text: (schema, own) => `
      select product_id % 10 as kind, count(*)::int as lines, sum(amount)::int as amount from ${schema}.line l
      where l.amount > $2 and ${own('l')} group by 1 order by 1`,
    values: index => [index % 5],
    share: 0.4,
  },
  'insert of 1,000 rows': {
    text: schema => `
      insert into ${schema}.visit (organization_id, id, page)
      select $1::uuid, n, 'page ' || n from generate_series($2::int, $2::int + ${batch - 1}) n`,
    values: index => [1 + index * batch],
    once: true,
    share: 0.02,
  },
}

/**
 * The same three questions over the same rows: with no isolation, with the unsigned setting of the recipes (four
 * statements, awaited one by one), and through the handle.
 */
export async function shapesBench(sizes: readonly Sizes[]): Promise<readonly ShapeResult[]> {
  const platform = await testPlatform({
    tenantSchemas: ['mart'],
    migrations: new URL('./schemas/mart/', import.meta.url),
  })
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
    const ids = await fill(platform)
    const results: ShapeResult[] = []
    for (const [shape, one] of Object.entries(shapes)) {
      const contestants = [bare(pool, ids, one), recipe(pool, ids, one), bound(handle, ids, one)]
      for (const size of sizes) {
        const operations = Math.max(size.concurrency, Math.round(size.operations * one.share))
        results.push({
          shape,
          concurrency: size.concurrency,
          scores: await contest(contestants, { ...size, operations }),
        })
      }
    }
    return results
  } finally {
    await handle.close()
    await pool.end()
    await platform.close()
  }
}

async function fill(platform: TestPlatform): Promise<readonly string[]> {
  const ids = await Promise.all(
    Array.from({ length: organizations }, async () => (await platform.upheld.createOrganization()).id),
  )
  for (const id of ids) {
    const { sql } = platform.upheld.organization(id)
    await sql`insert into mart.customer select ${id}, n, 'customer ' || n from generate_series(1, 100) n`
    await sql`insert into mart.product select ${id}, n, 'product ' || n from generate_series(1, 100) n`
    await sql`insert into mart.purchase select ${id}, n, 1 + n % 100 from generate_series(1, ${purchases}::int) n`
    await sql`insert into mart.payment select ${id}, n, n, n * 7 from generate_series(1, ${purchases}::int) n`
    await sql`
      insert into mart.line select ${id}, n, 1 + n % ${purchases}::int, 1 + n % 100, n % 50
      from generate_series(1, ${purchases * 4}::int) n`
  }
  for (const schema of ['open', 'guarded'] as const) await twin(platform, schema)
  await platform.admin.query('vacuum analyze')
  return ids
}

/** The same tables, keys and rows once more: under no policy, or under one that believes the unsigned setting. */
async function twin(platform: TestPlatform, schema: 'open' | 'guarded'): Promise<void> {
  const tables = ['customer', 'product', 'purchase', 'payment', 'line', 'visit']
  await platform.admin.transaction(async tx => {
    await tx.query('set local session_replication_role = replica')
    await tx.query(`create schema ${schema}`)
    await tx.query(`grant usage on schema ${schema} to upheld_app`)
    for (const table of tables) {
      await tx.query(`create table ${schema}.${table} (like mart.${table} including all)`)
      await tx.query(`insert into ${schema}.${table} select * from mart.${table}`)
      await tx.query(`grant select, insert on ${schema}.${table} to upheld_app`)
      if (schema === 'open') continue
      await tx.query(
        `create policy tenant on ${schema}.${table}
         using (organization_id = (select nullif(current_setting('app.tenant', true), '')::uuid))`,
      )
      await tx.query(`alter table ${schema}.${table} enable row level security`)
    }
    await tx.query('grant execute on function pg_catalog.set_config(text, text, boolean) to upheld_app')
  })
}

type Ask = (organization: string, text: string, values: readonly unknown[]) => Promise<readonly object[]>

function contestant(name: string, schema: string, ids: readonly string[], shape: Shape, ask: Ask): Contestant {
  const text = shape.text(schema, table =>
    schema === 'open' ? `${table}.organization_id = $1` : '$1::uuid is not null',
  )
  let done = 0
  return {
    name,
    async run(index) {
      const organization = ids[Math.floor(seeded(index)() * ids.length)] ?? ''
      const values = [organization, ...shape.values(shape.once === true ? done++ : index)]
      return JSON.stringify(await ask(organization, text, values))
    },
  }
}

function bare(pool: pg.Pool, ids: readonly string[], shape: Shape): Contestant {
  return contestant('no isolation', 'open', ids, shape, async (_, text, values) => {
    const { rows } = await pool.query<Record<string, unknown>>({ name: nameFor(text), text, values: [...values] })
    return rows
  })
}

function recipe(pool: pg.Pool, ids: readonly string[], shape: Shape): Contestant {
  return contestant('unsigned setting', 'guarded', ids, shape, async (organization, text, values) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query("select set_config('app.tenant', $1, true)", [organization])
      const { rows } = await client.query<Record<string, unknown>>({ name: nameFor(text), text, values: [...values] })
      await client.query('commit')
      return rows
    } finally {
      client.release()
    }
  })
}

function bound(handle: Upheld, ids: readonly string[], shape: Shape): Contestant {
  return contestant('upheld', 'mart', ids, shape, (organization, text, values) =>
    handle.organization(organization).query(text, values),
  )
}

/** One name for one text on each connection. */
function nameFor(text: string): string {
  return `shape_${text.length}_${text.includes('guarded.') ? 'guarded' : 'open'}`
}
