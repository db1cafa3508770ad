import type { Database, Queryable } from '../../core/ports.ts'

/** The same database, with every statement counted. */
export function counted(database: Database, statements: { sent: number }): Database {
  const over = (inner: Queryable): Queryable => ({
    query(text, values) {
      statements.sent += 1
      return inner.query(text, values)
    },
  })
  return Object.freeze({
    ...over(database),
    transaction: <T>(work: (tx: Queryable) => Promise<T>) => {
      statements.sent += 2
      return database.transaction(tx => work(over(tx)))
    },
    close: () => database.close(),
  })
}
