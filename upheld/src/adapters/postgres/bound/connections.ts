import pg from 'pg'
import type {
  Answer,
  Binding,
  BoundConnections,
  BoundTransaction,
  Statement,
  TransactionMode,
} from '../../../foundation/tenancy/index.ts'
import { refusalOfConnect } from './refusals.ts'
import { assertWeakRole } from './role.ts'
import { openSender, type SenderOptions } from './sender.ts'
import { isStale, ownTransaction } from './transaction.ts'

export interface BoundConnectionsOptions extends SenderOptions {
  readonly url: string
  readonly connectionsMax: number
  readonly connectTimeoutMs: number
}

/** Connections of the application's login. Each is checked once for a role that could step around row security. */
export function openBoundConnections(options: BoundConnectionsOptions): BoundConnections {
  const pool = openPool(options)
  const sender = openSender(options)
  const { send, enter } = sender

  const transaction = async <T>(
    binding: Binding,
    work: (tx: BoundTransaction) => Promise<T>,
    mode?: TransactionMode,
  ): Promise<T> => {
    const client = await connect(pool)
    const tx = ownTransaction(sender, client, binding, mode)
    let failure: Error | undefined
    try {
      const result = await work(tx)
      await tx.commit()
      return result
    } catch (error) {
      failure = await tx.rollback(brokenConnection(error))
      throw error
    } finally {
      client.release(failure)
    }
  }

  return Object.freeze({
    transaction,
    async run(binding: Binding, statement: Statement): Promise<Answer> {
      // Citus asks for an explicit transaction, and a statement that fails in one leaves it open: the end goes apart.
      if (options.citus) return transaction(binding, tx => tx.run(statement))
      const client = await connect(pool)
      let failure: Error | undefined
      try {
        return await send(client, enter(client, binding), statement).catch((error: unknown) => {
          if (!isStale(error)) throw error
          return send(client, enter(client, binding), statement)
        })
      } catch (error) {
        failure = brokenConnection(error)
        throw error
      } finally {
        client.release(failure)
      }
    },
    async *stream(binding: Binding, statement: Statement, rowsMax: number) {
      const client = await connect(pool)
      const tx = ownTransaction(sender, client, binding)
      let failure: Error | undefined
      try {
        yield* tx.parts(statement, rowsMax)
        await tx.commit()
      } catch (error) {
        failure = brokenConnection(error)
        throw error
      } finally {
        // Also when the reader has stopped early: then there is no error, and nothing was committed.
        client.release(await tx.rollback(failure))
      }
    },
    close: () => pool.end(),
  } satisfies BoundConnections)
}

function openPool(options: BoundConnectionsOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    application_name: 'upheld-app',
    ...(options.pooler ? {} : { statement_timeout: options.statementTimeoutMs }),
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the pool waits for it, its types do not say so
    onConnect: client => assertWeakRole(client, options.pooler),
  })
  // A connection that the server ends, idle or between two statements of a transaction, is replaced at the next use;
  // without a listener on both it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw refusalOfConnect(error)
  }
}

/** Anything that is not an answer of the server leaves the connection in doubt. */
function brokenConnection(error: unknown): Error | undefined {
  return error instanceof Error && 'code' in error && isConnectionCode(String(error.code)) ? error : undefined
}

function isConnectionCode(code: string): boolean {
  return /^(E[A-Z]+|57P0\d|25P0[34]|08\w{3})$/.test(code)
}
