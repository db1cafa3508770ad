import { Socket } from 'node:net'
import pg from 'pg'
import type { Database, Queryable } from '../../core/ports.ts'

interface DatabaseOptions {
  readonly connectionsMax?: number
  readonly statementTimeoutMs?: number
  /** A connection that nobody used for so long is closed; 0 keeps it, for what belongs to its session. */
  readonly idleMsMax?: number
  /** Shown in pg_stat_activity. */
  readonly name?: string
  /** Every transaction is read-only and sees one moment, and every statement is in one. Asks nothing of a pooler in between. */
  readonly readOnly?: boolean
  /** A statement that is not answered by then fails here, whatever the server does. */
  readonly answerMsMax?: number
}

/** Plain access for a login of our own (admin, proof, page). The application's rows are reached through tenancy only. */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const sockets = new Set<Socket>()
  const pool = new pg.Pool({
    connectionString: checkedTls(url),
    stream: () => trackedSocket(sockets),
    max: options.connectionsMax ?? 4,
    application_name: options.name ?? 'upheld',
    connectionTimeoutMillis: 10_000,
    ...(options.idleMsMax === undefined ? {} : { idleTimeoutMillis: options.idleMsMax }),
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
    ...(options.answerMsMax === undefined ? {} : { query_timeout: options.answerMsMax }),
  })
  const begin = options.readOnly === true ? 'begin isolation level repeatable read, read only' : 'begin'
  // An idle connection that the server ends is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined)
  async function transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken: Error | undefined
    // Lost between two statements, the connection says so here; the next statement says it to the caller.
    client.on('error', ignore)
    try {
      await client.query(begin)
      const result = await work(asQueryable(client))
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch((failure: unknown) => {
        broken = failure instanceof Error ? failure : new Error(String(failure))
      })
      throw error
    } finally {
      client.off('error', ignore)
      client.release(broken)
    }
  }
  const atOnce = asQueryable(pool)
  return Object.freeze({
    query: (text: string, values?: readonly unknown[]) =>
      options.readOnly === true ? transaction(tx => tx.query(text, values)) : atOnce.query(text, values),
    async close() {
      await pool.end()
      for (const socket of sockets) socket.destroy()
    },
    transaction,
  })
}

/**
 * The driver checks the certificate for these modes too, and says so in eight lines of its own at every start. To name
 * what it does keeps it quiet, and stays safe when a later driver takes them for less.
 */
function checkedTls(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const mode = parsed?.searchParams.get('sslmode') ?? ''
  if (parsed === undefined || parsed.searchParams.has('uselibpqcompat')) return url
  if (!['prefer', 'require', 'verify-ca'].includes(mode)) return url
  parsed.searchParams.set('sslmode', 'verify-full')
  return parsed.href
}

function ignore(): void {
  // Said to somebody else.
}

/** The driver forgets a socket on which the server refused TLS, and it would keep the process for a minute. */
function trackedSocket(sockets: Set<Socket>): Socket {
  const socket = new Socket()
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  return socket
}

function asQueryable(inner: pg.Pool | pg.PoolClient): Queryable {
  return Object.freeze({
    async query(text: string, values: readonly unknown[] = []) {
      const { rows, rowCount } = await inner.query<Record<string, unknown>>(text, [...values])
      return { rows, rowCount: rowCount ?? 0 }
    },
  })
}
