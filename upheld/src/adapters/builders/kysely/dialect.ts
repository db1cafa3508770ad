import {
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type KyselyConfig,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { assert } from '../../../core/errors.ts'
import type { Answer, Organization, TransactionMode } from '../../../foundation/tenancy/index.ts'
import { isolationOf, openSession, type Session } from '../index.ts'

/** Kysely over one organization. Its types, its plugins and its transactions are Kysely's own. */
export function boundKysely<DB>(organization: Organization, config: Omit<KyselyConfig, 'dialect'> = {}): Kysely<DB> {
  return new Kysely<DB>({ ...config, dialect: boundDialect(organization) })
}

/** For who makes the `Kysely` object. */
export function boundDialect(organization: Organization): Dialect {
  return Object.freeze({
    createDriver: () => driver(organization),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db: ConstructorParameters<typeof PostgresIntrospector>[0]) => new PostgresIntrospector(db),
  })
}

function driver(organization: Organization): Driver {
  const sessions = new WeakMap<DatabaseConnection, Session>()
  const sessionOf = (connection: DatabaseConnection): Session => {
    const session = sessions.get(connection)
    assert(session !== undefined, 'a connection is one that this driver gave')
    return session
  }
  return Object.freeze({
    init: async () => undefined,
    async acquireConnection() {
      const session = openSession(organization)
      const connection = connectionOver(session)
      sessions.set(connection, session)
      return connection
    },
    beginTransaction: async (connection, settings) => sessionOf(connection).begin(modeOf(settings)),
    async commitTransaction(connection) {
      await sessionOf(connection).commit()
    },
    async rollbackTransaction(connection) {
      await sessionOf(connection).rollback()
    },
    savepoint: async (connection, name) => sessionOf(connection).savepoint(name),
    rollbackToSavepoint: async (connection, name) => sessionOf(connection).rollbackTo(name),
    releaseSavepoint: async (connection, name) => sessionOf(connection).release(name),
    releaseConnection: async connection => sessionOf(connection).close(),
    // The connections are the platform's.
    destroy: async () => undefined,
  } satisfies Driver)
}

function connectionOver(session: Session): DatabaseConnection {
  return Object.freeze({
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      return resultOf<R>(await session.run(sql, parameters))
    },
    async *streamQuery<R>({ sql, parameters }: CompiledQuery, rowsMax: number): AsyncIterableIterator<QueryResult<R>> {
      for await (const rows of session.stream(sql, parameters, rowsMax)) yield { rows: rows as R[] }
    },
  })
}

/** The count stands last in the tag: `UPDATE 3`, `INSERT 0 3`. */
function resultOf<R>({ rows, tag }: Answer): QueryResult<R> {
  const changed = /^(?:INSERT|UPDATE|DELETE|MERGE) (?:\d+ )?(\d+)$/.exec(tag)?.[1]
  return { rows: rows as R[], ...(changed === undefined ? {} : { numAffectedRows: BigInt(changed) }) }
}

function modeOf({ isolationLevel, accessMode }: TransactionSettings): TransactionMode {
  return {
    ...(isolationLevel === undefined ? {} : { isolation: isolationOf(isolationLevel) }),
    ...(accessMode === undefined ? {} : { access: accessMode }),
  }
}
