import pg from 'pg'
import { boundPool, type BoundQuery } from '../../../src/adapters/builders/pool/index.ts'
import { sample, type Subject, type Trial } from './subject.ts'

interface Lender {
  readonly query: BoundQuery
  readonly connect: () => Promise<{ readonly query: BoundQuery; release(): void }>
  readonly end: () => Promise<void>
}

/** The plain driver, its texts written by hand, and the transaction texts of existing code. */
export const poolTrial: Trial = {
  name: 'pg.Pool',
  over: organization => subject(boundPool(organization)),
  bare: url => subject(new pg.Pool({ connectionString: url, max: 2 })),
}

function subject(pool: Lender): Subject {
  return statements(pool.query.bind(pool), {
    close: () => pool.end(),
    async transaction(work, mode) {
      const client = await pool.connect()
      try {
        await client.query(mode?.serializable === true ? 'BEGIN ISOLATION LEVEL SERIALIZABLE' : 'BEGIN')
        const result = await work(statements(client.query.bind(client), nested(client.query.bind(client), 1)))
        await client.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined)
        throw error
      } finally {
        client.release()
      }
    },
  })
}

type Around = Pick<Subject, 'transaction' | 'close'>

function nested(query: BoundQuery, depth: number): Around {
  return {
    close: async () => undefined,
    async transaction(work) {
      await query(`SAVEPOINT s${depth}`)
      try {
        const result = await work(statements(query, nested(query, depth + 1)))
        await query(`RELEASE SAVEPOINT s${depth}`)
        return result
      } catch (error) {
        await query(`ROLLBACK TO SAVEPOINT s${depth}`)
        throw error
      }
    },
  }
}

function statements(query: BoundQuery, around: Around): Subject {
  const count = async (text: string, values: readonly unknown[]): Promise<number> =>
    (await query(text, values)).rowCount ?? -1
  return {
    ...around,
    raw: async (text, values = []) => (await query(text, values)).rows,
    async addAuthor({ id, name }, organization) {
      if (organization === undefined) await query('insert into shelf.author (id, name) values ($1, $2)', [id, name])
      else await query('insert into shelf.author values ($1, $2, $3)', [organization, id, name])
    },
    async addBook(id, authorId, title, pages = 1) {
      await query('insert into shelf.book (id, author_id, title, pages) values ($1, $2, $3, $4)', [
        id,
        authorId,
        title,
        pages,
      ])
    },
    authors: async () =>
      (await query<{ id: number; name: string }>('select id, name from shelf.author order by id')).rows,
    author: async id =>
      (
        await query<{ id: number; name: string }>({
          text: 'select id, name from shelf.author where id = $1',
          values: [id],
        })
      ).rows[0],
    renameAll: name => count('update shelf.author set name = $1 || id', [name]),
    removeOf: organization => count('delete from shelf.author where organization_id = $1', [organization]),
    moveTo: organization => count('update shelf.author set organization_id = $1', [organization]),
    shelf: async () =>
      (
        await query<{ author: string; titles: string[] }>(`
          select a.name as author, coalesce(array_agg(b.title order by b.id) filter (where b.id is not null), '{}') as titles
          from shelf.author a left join shelf.book b on b.author_id = a.id group by a.id, a.name order by a.id`)
      ).rows,
    async typed(id, organization) {
      const { mark, big, share, at, doc, tags, counts, raw, mood, day, span, note } = sample
      await query(
        `insert into shelf.thing (organization_id, id, mark, big, share, at, doc, tags, counts, raw, mood, day, span, note)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
        [organization, id, mark, big, share, new Date(at), doc, tags, counts, Buffer.from(raw), mood, day, span, note],
      )
      return (await query('select *, null as nothing from shelf.thing where id = $1', [id])).rows[0] ?? {}
    },
  }
}
