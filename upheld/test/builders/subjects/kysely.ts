import { CompiledQuery, Kysely, PostgresDialect, sql, type ControlledTransaction, type Generated } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import pg from 'pg'
import { boundKysely } from '../../../src/adapters/builders/kysely/index.ts'
import { sample, type Subject, type Trial } from './subject.ts'

export interface ShelfTables {
  'shelf.author': { organization_id: Generated<string>; id: number; name: string }
  'shelf.book': { organization_id: Generated<string>; id: number; author_id: number; title: string; pages: number }
  'shelf.thing': Record<keyof typeof sample, unknown> & { organization_id: Generated<string>; id: number }
}

export const kyselyTrial: Trial = {
  name: 'Kysely',
  over: organization => subject(boundKysely<ShelfTables>(organization)),
  bare: url =>
    subject(
      new Kysely<ShelfTables>({
        dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 2 }) }),
      }),
    ),
}

function subject(db: Kysely<ShelfTables>): Subject {
  return {
    ...statements(db),
    close: () => db.destroy(),
    async transaction(work, mode) {
      const begin = db.startTransaction()
      const tx = await (mode?.serializable === true ? begin.setIsolationLevel('serializable') : begin).execute()
      try {
        const result = await work(inside(tx))
        await tx.commit().execute()
        return result
      } catch (error) {
        await tx.rollback().execute()
        throw error
      }
    },
  }
}

/** Kysely nests by savepoints that the code names. */
function inside(tx: ControlledTransaction<ShelfTables>): Subject {
  return {
    ...statements(tx),
    close: async () => undefined,
    async transaction(work) {
      const point = await tx.savepoint('inner').execute()
      try {
        const result = await work({ ...inside(tx), ...statements(point) })
        await point.releaseSavepoint('inner').execute()
        return result
      } catch (error) {
        await point.rollbackToSavepoint('inner').execute()
        throw error
      }
    },
  }
}

function statements(db: Kysely<ShelfTables>): Omit<Subject, 'transaction' | 'close'> {
  return {
    raw: async (text, values = []) =>
      (await db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, [...values]))).rows,
    async addAuthor(author, organization) {
      const row = organization === undefined ? author : { ...author, organization_id: organization }
      await db.insertInto('shelf.author').values(row).execute()
    },
    async addBook(id, authorId, title, pages = 1) {
      await db.insertInto('shelf.book').values({ id, author_id: authorId, title, pages }).execute()
    },
    authors: () => db.selectFrom('shelf.author').select(['id', 'name']).orderBy('id').execute(),
    author: id => db.selectFrom('shelf.author').select(['id', 'name']).where('id', '=', id).executeTakeFirst(),
    async renameAll(name) {
      const { numUpdatedRows } = await db
        .updateTable('shelf.author')
        .set({ name: sql<string>`${name} || id` })
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },
    async removeOf(organization) {
      const removed = await db
        .deleteFrom('shelf.author')
        .where('organization_id', '=', organization)
        .executeTakeFirstOrThrow()
      return Number(removed.numDeletedRows)
    },
    async moveTo(organization) {
      const moved = await db
        .updateTable('shelf.author')
        .set({ organization_id: organization })
        .executeTakeFirstOrThrow()
      return Number(moved.numUpdatedRows)
    },
    async shelf() {
      const rows = await db
        .selectFrom('shelf.author as a')
        .select(one => [
          'a.name as author',
          jsonArrayFrom(
            one.selectFrom('shelf.book as b').select('b.title').whereRef('b.author_id', '=', 'a.id').orderBy('b.id'),
          ).as('books'),
        ])
        .orderBy('a.id')
        .execute()
      return rows.map(({ author, books }) => ({ author, titles: books.map(book => book.title) }))
    },
    async typed(id, organization) {
      const row = { ...sample, at: new Date(sample.at), doc: JSON.stringify(sample.doc), raw: Buffer.from(sample.raw) }
      await db
        .insertInto('shelf.thing')
        .values({ ...row, organization_id: organization, id })
        .execute()
      return db
        .selectFrom('shelf.thing')
        .selectAll()
        .select(sql`null`.as('nothing'))
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
    },
  }
}
