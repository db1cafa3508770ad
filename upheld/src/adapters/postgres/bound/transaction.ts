import pg from 'pg'
import {
  refuse,
  type Answer,
  type Binding,
  type BoundTransaction,
  type Field,
  type Statement,
  type TransactionMode,
} from '../../../foundation/tenancy/index.ts'
import type { Sender } from './sender.ts'

/** A transaction on one connection, with the two ways to end it. */
interface OwnTransaction extends BoundTransaction {
  /** @throws tenancy.transaction_failed */
  commit(): Promise<void>
  /** Gives the reason when the connection is in doubt after it, or was in doubt before: then nothing is sent on it. */
  rollback(doubt?: Error): Promise<Error | undefined>
  /** Rows in parts, for a transaction that has no other use: its end closes the portal. */
  parts(statement: Statement, rowsMax: number): AsyncGenerator<Answer>
}

const commit: Statement = { text: 'commit', values: [], name: 'upheld_commit' }
const rollback: Statement = { text: 'rollback', values: [], name: 'upheld_rollback' }
const plainBegin: Statement = { text: 'begin', values: [], name: 'upheld_begin' }

/** The flights of one transaction, from the first to its end. */
interface Flights {
  run(statement: Statement): Promise<Answer & { readonly more: boolean }>
  /** Without a context: it must also work when the transaction has failed, and it touches no row. */
  control(statement: Statement): Promise<Answer>
  /** Lets no further statement in. True when there is something to end. */
  close(): boolean
  isOpen(): boolean
}

/**
 * Begins with its first statement, in the same flight. Every flight brings a fresh context, also each part of a long
 * answer: a context that lapses while the transaction is open stops nobody who may still sign one.
 */
function flightsOf({ send, enter }: Sender, client: pg.PoolClient, binding: Binding, begin: Statement): Flights {
  let phase: 'idle' | 'open' | 'over' = 'idle'

  /** What must come before the next flight. */
  const opening = (): readonly Statement[] => {
    if (phase === 'over') throw refuse.transaction_over()
    const first = phase === 'idle'
    phase = 'open'
    return first ? [begin] : []
  }

  return {
    async run(statement) {
      const before = opening()
      try {
        return await send(client, [...before, ...enter(client, binding)], statement)
      } catch (error) {
        if (before.length === 0 || !isStale(error)) throw error
        // Nothing has run in this transaction yet, so it can begin once more.
        await send(client, [], rollback)
        return send(client, [...before, ...enter(client, binding)], statement)
      }
    },
    control: async statement => send(client, opening(), statement),
    // Over before the end is sent: a statement that comes late must not run after it, on its own.
    close() {
      const open = phase === 'open'
      phase = 'over'
      return open
    },
    isOpen: () => phase === 'open',
  }
}

export function ownTransaction(
  sender: Sender,
  client: pg.PoolClient,
  binding: Binding,
  mode: TransactionMode = {},
): OwnTransaction {
  const flights = flightsOf(sender, client, binding, beginWith(mode))
  let portals = 0

  async function* parts(statement: Statement, rowsMax: number, name = 'upheld_rows'): AsyncGenerator<Answer> {
    let fields: readonly Field[] | undefined
    for (let more = true; more;) {
      const portal = { name, rowsMax, ...(fields === undefined ? {} : { fields }) }
      const answer = await flights.run({ ...statement, portal })
      ;({ fields, more } = answer)
      if (answer.rows.length > 0) yield answer
    }
  }

  const steer = async (text: string): Promise<void> => {
    await flights.control({ text, values: [], name: '' })
  }

  return {
    run: statement => flights.run(statement),
    parts,
    async *stream(statement, rowsMax) {
      const name = `upheld_rows_${++portals}`
      let whole = false
      try {
        yield* parts(statement, rowsMax, name)
        whole = true
      } finally {
        // Where the statement failed this fails too, and the transaction is on its way to its end.
        if (!whole && flights.isOpen()) await flights.control(closing(name)).catch(() => undefined)
      }
    },
    savepoint: name => steer(`savepoint ${pg.escapeIdentifier(name)}`),
    release: name => steer(`release savepoint ${pg.escapeIdentifier(name)}`),
    rollbackTo: name => steer(`rollback to savepoint ${pg.escapeIdentifier(name)}`),
    async commit() {
      if (!flights.close()) return
      const { tag } = await sender.send(client, [], commit)
      // Postgres answers COMMIT of a failed transaction with ROLLBACK and no error.
      if (tag !== 'COMMIT') throw refuse.transaction_failed()
    },
    async rollback(doubt) {
      if (!flights.close() || doubt !== undefined) return doubt
      return sender.send(client, [], rollback).then(
        () => undefined,
        (again: unknown) => (again instanceof Error ? again : new Error('rollback failed')),
      )
    },
  }
}

/** 0A000: a table changed under a prepared statement. 26000: somebody deallocated it. Nothing has run; once more is safe. */
export function isStale(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '0A000' || error.code === '26000')
}

function closing(name: string): Statement {
  return { text: '', values: [], name: '', portal: { name, rowsMax: 0, close: true } }
}

function beginWith({ isolation, access, deferrable }: TransactionMode): Statement {
  const words = [
    ...(isolation === undefined ? [] : [`isolation level ${isolation}`]),
    ...(access === undefined ? [] : [access]),
    ...(deferrable === undefined ? [] : [deferrable ? 'deferrable' : 'not deferrable']),
  ]
  return words.length === 0 ? plainBegin : { text: `begin ${words.join(', ')}`, values: [], name: '' }
}
