import type pg from 'pg'
import type { Row } from '../../../core/ports.ts'

type Values = readonly unknown[]
type Done<R extends pg.QueryResultRow> = (failure: Error, result: pg.QueryResult<R>) => void

/** `query` as node-postgres has it, without the queries that speak the protocol themselves. */
export interface BoundQuery {
  <R extends unknown[] = unknown[]>(
    config: pg.QueryArrayConfig<unknown[]>,
    values?: Values,
  ): Promise<pg.QueryArrayResult<R>>
  <R extends pg.QueryResultRow = Row>(
    query: string | pg.QueryConfig<unknown[]>,
    values?: Values,
  ): Promise<pg.QueryResult<R>>
  <R extends pg.QueryResultRow = Row>(query: string | pg.QueryConfig<unknown[]>, done: Done<R>): void
  <R extends pg.QueryResultRow = Row>(query: string, values: Values, done: Done<R>): void
}

type Listener = (...given: unknown[]) => void

export interface BoundPoolClient {
  readonly query: BoundQuery
  /** Rolls back what is open. */
  readonly release: (failure?: Error | boolean) => void
  readonly escapeIdentifier: (name: string) => string
  readonly escapeLiteral: (text: string) => string
  /** Taken for the sake of existing code: an error of the connection is the error of the statement that met it. */
  on(event: string, listener: Listener): BoundPoolClient
  off(event: string, listener: Listener): BoundPoolClient
  removeListener(event: string, listener: Listener): BoundPoolClient
}

export interface BoundPool {
  readonly query: BoundQuery
  connect(): Promise<BoundPoolClient>
  connect(done: (failure: Error | undefined, client?: BoundPoolClient, release?: () => void) => void): void
  /** Rolls back what is open and takes no more. The connections are the platform's and stay. */
  end(): Promise<void>
  readonly ended: boolean
  /** `acquire` and `release` come with their client, `connect` with the first sight of it. */
  on(event: string, listener: Listener): BoundPool
  once(event: string, listener: Listener): BoundPool
  off(event: string, listener: Listener): BoundPool
  removeListener(event: string, listener: Listener): BoundPool
}
