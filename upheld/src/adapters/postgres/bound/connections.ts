import pg from 'pg'
import type { Row } from '../../../core/ports.ts'
import {
  refuse,
  type Binding,
  type BoundConnections,
  type BoundTransaction,
  type Statement,
} from '../../../foundation/tenancy/index.ts'
import { assertWeakRole } from './role.ts'
import { openSender, type SenderOptions } from './sender.ts'

export interface BoundConnectionsOptions extends SenderOptions {
  readonly url: string
  readonly connectionsMax: number
  readonly connectTimeoutMs: number
}

const begin: Statement = { text: 'begin', values: [], name: 'upheld_begin' }
const commit: Statement = { text: 'commit', values: [], name: 'upheld_commit' }
const rollback: Statement = { text: 'rollback', values: [], name: 'upheld_rollback' }

/** Connections of the application's login. Each is checked once for a role that could step around row security. */
export function openBoundConnections(options: BoundConnectionsOptions): BoundConnections {
  const pool = openPool(options)
  const { send, enter } = openSender(options)

  return Object.freeze({
    async run(binding: Binding, statement: Statement): Promise<Row[]> {
      const client = await pool.connect()
      let failure: Error | undefined
      try {
        const { rows } = await send(client, [enter(client, binding)], statement).catch((error: unknown) => {
          if (!isStale(error)) throw error
          return send(client, [enter(client, binding)], statement)
        })
        return rows
      } catch (error) {
        failure = brokenConnection(error)
        throw error
      } finally {
        client.release(failure)
      }
    },
    async transaction<T>(binding: Binding, work: (tx: BoundTransaction) => Promise<T>): Promise<T> {
      const client = await pool.connect()
      let failure: Error | undefined
      const state: Transaction = { phase: 'idle' }
      try {
        const result = await work({
          async run(statement) {
            if (state.phase === 'over') throw refuse.transaction_over()
            const opening = state.phase === 'idle'
            state.phase = 'open'
            const preludes = [enter(client, binding)]
            return (await send(client, opening ? [begin, ...preludes] : preludes, statement)).rows
          },
        })
        // Over before the end is sent: a statement that comes late must not run after it, on its own.
        if (close(state)) await finish(client)
        return result
      } catch (error) {
        failure = brokenConnection(error)
        if (close(state) && failure === undefined) {
          await send(client, [], rollback).catch((again: unknown) => {
            failure = again instanceof Error ? again : new Error('rollback failed')
          })
        }
        throw error
      } finally {
        client.release(failure)
      }
    },
    close: () => pool.end(),
  })

  async function finish(client: pg.PoolClient): Promise<void> {
    const { tag } = await send(client, [], commit)
    // Postgres answers COMMIT of a failed transaction with ROLLBACK and no error.
    if (tag !== 'COMMIT') throw refuse.transaction_failed()
  }
}

function openPool(options: BoundConnectionsOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: 'upheld-app',
    ...(options.pooler ? {} : { statement_timeout: options.statementTimeoutMs }),
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool waits for it, its types do not say so
    onConnect: assertWeakRole,
  })
  // A connection that the server ends, idle or between two statements of a transaction, is replaced at the next use;
  // without a listener on both it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

interface Transaction {
  phase: 'idle' | 'open' | 'over'
}

/** Lets no further statement in. True when there is something to end. */
function close(transaction: Transaction): boolean {
  const open = transaction.phase === 'open'
  transaction.phase = 'over'
  return open
}

/** 0A000: a table changed under a prepared statement. 26000: somebody deallocated it. Nothing has run; once more is safe. */
function isStale(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '0A000' || error.code === '26000')
}

/** Anything that is not an answer of the server leaves the connection in doubt. */
function brokenConnection(error: unknown): Error | undefined {
  return error instanceof Error && 'code' in error && isConnectionCode(String(error.code)) ? error : undefined
}

function isConnectionCode(code: string): boolean {
  return /^(E[A-Z]+|57P0\d|25P0[34]|08\w{3})$/.test(code)
}
