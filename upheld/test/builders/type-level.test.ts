import { eq } from 'drizzle-orm'
import { PgDatabase } from 'drizzle-orm/pg-core'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { boundDrizzle } from '../../src/adapters/builders/drizzle/index.ts'
import { boundKysely } from '../../src/adapters/builders/kysely/index.ts'
import { boundPool } from '../../src/adapters/builders/pool/index.ts'
import { boundPrisma } from '../../src/adapters/builders/prisma/index.ts'
import type { Organization } from '../../src/index.ts'
import { shelfSchema } from './subjects/drizzle.ts'
import type { ShelfTables } from './subjects/kysely.ts'
import { shelfPlatform } from './stage.ts'

type Same<A, B> = [A, B] extends [B, A] ? true : false

/** Neither wider nor narrower. Takes nothing but `true`, and only where that is the type. */
function isType<T>(): { as: <U>(same: Same<T, U>) => void } {
  return { as: same => assert.equal(same, true) }
}

/** Compiled by `npm run types`; what may not compile carries its own demand that it does not. */
async function ofKysely(organization: Organization): Promise<void> {
  const db = boundKysely<ShelfTables>(organization)
  const rows = await db.selectFrom('shelf.author').select(['id', 'name']).execute()
  isType<(typeof rows)[number]>().as<{ id: number; name: string }>(true)
  assert.deepEqual(rows, [])
  await db.insertInto('shelf.author').values({ id: 1, name: 'without an organization' }).execute()
  // @ts-expect-error -- a table that there is not
  db.selectFrom('shelf.nothing')
  // @ts-expect-error -- the dialect is ours
  assert.ok(boundKysely<ShelfTables>(organization, { dialect: undefined }))
}

async function ofDrizzle(organization: Organization): Promise<void> {
  const db = boundDrizzle(organization, { schema: shelfSchema })
  const { author } = shelfSchema
  const rows = await db.select({ id: author.id, name: author.name }).from(author).where(eq(author.id, 1))
  isType<(typeof rows)[number]>().as<{ id: number; name: string }>(true)
  assert.deepEqual(rows, [{ id: 1, name: 'without an organization' }])
  const nested = await db.query.author.findFirst({ with: { books: true } })
  isType<NonNullable<typeof nested>['books'][number]['pages']>().as<number>(true)
  assert.deepEqual(nested?.books, [])
  assert.ok(db instanceof PgDatabase)
  // @ts-expect-error -- one text has an answer for each organization
  assert.throws(() => boundDrizzle(organization, { cache: {} }), { code: 'builders.shared_cache' })
}

async function ofPool(organization: Organization): Promise<void> {
  const pool = boundPool(organization)
  const { rows, rowCount } = await pool.query<{ one: number }>('select 1 as one')
  isType<typeof rows>().as<{ one: number }[]>(true)
  isType<typeof rowCount>().as<number | null>(true)
  assert.deepEqual([rows, rowCount], [[{ one: 1 }], 1])
  const arrays = await pool.query<[number, string]>({ text: "select 1, 'a'", rowMode: 'array' })
  isType<typeof arrays>().as<pg.QueryArrayResult<[number, string]>>(true)
  assert.deepEqual(arrays.rows, [[1, 'a']])
}

test('the types of each builder hold over a bound one, and what may not be said does not compile', async () => {
  const platform = await shelfPlatform()
  try {
    const organization = await platform.upheld.createOrganization()
    await ofKysely(organization)
    await ofDrizzle(organization)
    await ofPool(organization)
    const factory = boundPrisma(organization) satisfies SqlDriverAdapterFactory
    assert.deepEqual([factory.provider, factory.adapterName], ['postgres', 'upheld/prisma'])
  } finally {
    await platform.close()
  }
})
