import { asc, eq, relations, sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import {
  bigint,
  customType,
  date,
  foreignKey,
  integer,
  interval,
  jsonb,
  numeric,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'
import pg from 'pg'
import { boundDrizzle } from '../../../src/adapters/builders/drizzle/index.ts'
import { sample, type Subject, type Trial } from './subject.ts'

const shelf = pgSchema('shelf')
const mood = shelf.enum('mood', ['calm', 'cross'])
const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' })
const own = () =>
  uuid('organization_id')
    .notNull()
    .default(sql`upheld.organization_id()`)

const author = shelf.table(
  'author',
  { organizationId: own(), id: integer('id').notNull(), name: text('name').notNull() },
  table => [primaryKey({ columns: [table.organizationId, table.id] })],
)
const book = shelf.table(
  'book',
  {
    organizationId: own(),
    id: integer('id').notNull(),
    authorId: integer('author_id').notNull(),
    title: text('title').notNull(),
    pages: integer('pages').notNull().default(1),
  },
  table => [
    primaryKey({ columns: [table.organizationId, table.id] }),
    foreignKey({ columns: [table.organizationId, table.authorId], foreignColumns: [author.organizationId, author.id] }),
  ],
)
const thing = shelf.table('thing', {
  organizationId: own(),
  id: integer('id').notNull(),
  mark: uuid('mark'),
  big: bigint('big', { mode: 'bigint' }),
  share: numeric('share'),
  at: timestamp('at', { withTimezone: true }),
  doc: jsonb('doc'),
  tags: text('tags').array(),
  counts: integer('counts').array(),
  raw: bytea('raw'),
  mood: mood('mood'),
  day: date('day'),
  span: interval('span'),
  note: text('note'),
})
export const shelfSchema = {
  author,
  book,
  authorBooks: relations(author, ({ many }) => ({ books: many(book) })),
  bookAuthor: relations(book, ({ one }) => ({
    author: one(author, {
      fields: [book.organizationId, book.authorId],
      references: [author.organizationId, author.id],
    }),
  })),
}

type Shelf = NodePgDatabase<typeof shelfSchema>
/** A database or a transaction in it. */
type Inside = Pick<Shelf, 'execute' | 'insert' | 'select' | 'update' | 'delete' | 'query' | 'transaction'>

export const drizzleTrial: Trial = {
  name: 'Drizzle',
  over: organization => {
    const db = boundDrizzle(organization, { schema: shelfSchema })
    return subject(db, () => db.$client.end())
  },
  bare: url => {
    const client = new pg.Pool({ connectionString: url, max: 2 })
    return subject(drizzle({ client, schema: shelfSchema }), () => client.end())
  },
}

function subject(db: Inside, close: () => Promise<void>): Subject {
  return {
    ...statements(db),
    close,
    transaction: (work, mode) =>
      db.transaction(
        tx => work(subject(tx, async () => undefined)),
        mode?.serializable === true ? { isolationLevel: 'serializable' } : undefined,
      ),
  }
}

/** A text with `$1` in Drizzle's own form of raw SQL. */
function rawOf(given: string, values: readonly unknown[]) {
  const parts = given.split(/\$(\d+)/)
  return sql.join(parts.map((part, index) => (index % 2 === 0 ? sql.raw(part) : sql`${values[Number(part) - 1]}`)))
}

function statements(db: Inside): Omit<Subject, 'transaction' | 'close'> {
  const changed = (result: pg.QueryResult): number => result.rowCount ?? -1
  return {
    raw: async (given, values = []) => (await db.execute(rawOf(given, values))).rows,
    async addAuthor({ id, name }, organization) {
      await db
        .insert(author)
        .values(organization === undefined ? { id, name } : { id, name, organizationId: organization })
    },
    async addBook(id, authorId, title, pages = 1) {
      await db.insert(book).values({ id, authorId, title, pages })
    },
    authors: () => db.select({ id: author.id, name: author.name }).from(author).orderBy(asc(author.id)),
    async author(id) {
      const one = db
        .select({ id: author.id, name: author.name })
        .from(author)
        .where(eq(author.id, sql.placeholder('id')))
      return (await one.prepare('one_author').execute({ id }))[0]
    },
    renameAll: async name => changed(await db.update(author).set({ name: sql`${name}::text || id` })),
    removeOf: async organization => changed(await db.delete(author).where(eq(author.organizationId, organization))),
    moveTo: async organization => changed(await db.update(author).set({ organizationId: organization })),
    async shelf() {
      const found = await db.query.author.findMany({
        orderBy: asc(author.id),
        with: { books: { orderBy: asc(book.id) } },
      })
      return found.map(({ name, books }) => ({ author: name, titles: books.map(({ title }) => title) }))
    },
    async typed(id, organization) {
      await db.insert(thing).values({
        ...sample,
        organizationId: organization,
        id,
        big: BigInt(sample.big),
        at: new Date(sample.at),
        tags: [...sample.tags],
        counts: [...sample.counts],
        raw: Buffer.from(sample.raw),
      })
      const [row] = await db.select().from(thing).where(eq(thing.id, id))
      return { ...row, nothing: null }
    },
  }
}
