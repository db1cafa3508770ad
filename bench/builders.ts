import { PrismaPg } from '@prisma/adapter-pg'
import { eq, and } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, PostgresDialect } from 'kysely'
import { availableParallelism } from 'node:os'
import pg from 'pg'
import { boundDrizzle } from '../upheld/src/adapters/builders/drizzle/index.ts'
import { boundKysely } from '../upheld/src/adapters/builders/kysely/index.ts'
import { boundPool } from '../upheld/src/adapters/builders/pool/index.ts'
import { boundPrisma } from '../upheld/src/adapters/builders/prisma/index.ts'
import { upheld, type Upheld } from '../upheld/src/upheld.ts'
import { shelfPlatform } from '../upheld/test/builders/stage.ts'
import { shelfSchema } from '../upheld/test/builders/subjects/drizzle.ts'
import type { ShelfTables } from '../upheld/test/builders/subjects/kysely.ts'
import { prismaClient } from '../upheld/test/builders/subjects/prisma.ts'
import { contest, seeded, type Contestant, type Score, type Sizes } from './harness.ts'

const organizations = 10
const rowsEach = 2_000
const connections = availableParallelism()

export interface BuilderResult {
  readonly builder: string
  readonly concurrency: number
  /** `bare` and `bound`. */
  readonly scores: readonly Score[]
}

type Read = (organization: string, id: number) => Promise<string | undefined>

/** One builder in two ways: over a plain connection that no policy binds, and over organizations. */
interface Pair {
  readonly builder: string
  readonly bare: Read
  readonly bound: Read
}

/**
 * A read by primary key through each builder, over a superuser's plain connection, where row security does not apply and
 * the text names the organization, and over the organization itself, where it does not.
 */
export async function buildersBench(sizes: readonly Sizes[]): Promise<readonly BuilderResult[]> {
  const platform = await shelfPlatform()
  const plain = new pg.Pool({ connectionString: platform.adminUrl, max: connections })
  const prismaPlain = prismaClient(new PrismaPg({ connectionString: platform.adminUrl, max: connections }))
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
    const ids = await Promise.all(
      Array.from({ length: organizations }, async () => (await handle.createOrganization()).id),
    )
    for (const id of ids) {
      await handle.organization(id).sql`
        insert into shelf.author (id, name) select n, 'author ' || n from generate_series(1, ${rowsEach}::int) n`
    }
    await platform.admin.query('vacuum analyze shelf.author')
    const pairs = [
      poolPair(plain, handle),
      kyselyPair(plain, handle),
      drizzlePair(plain, handle),
      prismaPair(prismaPlain, handle),
    ]
    const results: BuilderResult[] = []
    for (const { builder, bare, bound } of pairs) {
      const contestants = [contestant('bare', ids, bare), contestant('bound', ids, bound)]
      for (const size of sizes) {
        results.push({ builder, concurrency: size.concurrency, scores: await contest(contestants, size) })
      }
    }
    return results
  } finally {
    await prismaPlain.$disconnect()
    await handle.close()
    await plain.end()
    await platform.close()
  }
}

function contestant(name: string, ids: readonly string[], read: Read): Contestant {
  return {
    name,
    async run(index) {
      const random = seeded(index)
      const organization = ids[Math.floor(random() * ids.length)] ?? ''
      return (await read(organization, 1 + Math.floor(random() * rowsEach))) ?? ''
    },
  }
}

/** One object for each organization, made at its first use, as an application keeps them. */
function kept<T>(handle: Upheld, make: (organization: ReturnType<Upheld['organization']>) => T): (id: string) => T {
  const made = new Map<string, T>()
  return id => {
    const known = made.get(id) ?? make(handle.organization(id))
    made.set(id, known)
    return known
  }
}

function poolPair(plain: pg.Pool, handle: Upheld): Pair {
  const of = kept(handle, boundPool)
  const bare = 'select name from shelf.author where organization_id = $1 and id = $2'
  const bound = 'select name from shelf.author where id = $1'
  return {
    builder: 'pg.Pool',
    bare: async (organization, id) =>
      (await plain.query<{ name: string }>({ name: 'read', text: bare, values: [organization, id] })).rows[0]?.name,
    bound: async (organization, id) =>
      (await of(organization).query<{ name: string }>({ name: 'read', text: bound, values: [id] })).rows[0]?.name,
  }
}

function kyselyPair(plain: pg.Pool, handle: Upheld): Pair {
  const of = kept(handle, organization => boundKysely<ShelfTables>(organization))
  const bare = new Kysely<ShelfTables>({ dialect: new PostgresDialect({ pool: plain }) })
  const read = (db: Kysely<ShelfTables>, id: number) =>
    db.selectFrom('shelf.author').select('name').where('id', '=', id)
  return {
    builder: 'Kysely',
    bare: async (organization, id) =>
      (await read(bare, id).where('organization_id', '=', organization).executeTakeFirst())?.name,
    bound: async (organization, id) => (await read(of(organization), id).executeTakeFirst())?.name,
  }
}

function drizzlePair(plain: pg.Pool, handle: Upheld): Pair {
  const { author } = shelfSchema
  const of = kept(handle, organization => boundDrizzle(organization, { schema: shelfSchema }))
  const bare = drizzle({ client: plain, schema: shelfSchema })
  return {
    builder: 'Drizzle',
    bare: async (organization, id) =>
      (
        await bare
          .select({ name: author.name })
          .from(author)
          .where(and(eq(author.organizationId, organization), eq(author.id, id)))
      )[0]?.name,
    bound: async (organization, id) =>
      (await of(organization).select({ name: author.name }).from(author).where(eq(author.id, id)))[0]?.name,
  }
}

function prismaPair(plain: ReturnType<typeof prismaClient>, handle: Upheld): Pair {
  const of = kept(handle, organization => prismaClient(boundPrisma(organization)))
  const select = { name: true }
  return {
    builder: 'Prisma',
    bare: async (organization, id) =>
      (await plain.author.findFirst({ where: { organization_id: organization, id }, select }))?.name,
    bound: async (organization, id) => (await of(organization).author.findFirst({ where: { id }, select }))?.name,
  }
}
