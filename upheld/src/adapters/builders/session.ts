import { messageOf } from '../../core/errors.ts'
import type {
  Answer,
  Organization,
  RowShape,
  TransactionMode,
  TransactionStatements,
} from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'

/**
 * What a query builder takes for a connection: statements in order, with a transaction around some of them. It is no
 * connection. Outside a transaction each statement finds a connection of its own, bound for its own flight; a
 * transaction holds one from its first statement to its end. So nothing can be left behind in a session.
 */
export interface Session {
  /** One after the other, in the order of the calls, as on one connection. */
  run(text: string, values?: readonly unknown[], shape?: RowShape): Promise<Answer>
  stream(text: string, values: readonly unknown[], rowsMax: number): AsyncGenerator<Answer['rows']>
  /** Nothing is sent before the first statement. @throws builders.already_begun */
  begin(mode?: TransactionMode): Promise<void>
  /** Adds to how the transaction begins. @throws builders.mode_too_late */
  mode(mode: TransactionMode): Promise<void>
  /** Says whether there was one. @throws tenancy.transaction_failed */
  commit(): Promise<boolean>
  rollback(): Promise<boolean>
  savepoint(name: string): Promise<void>
  release(name: string): Promise<void>
  rollbackTo(name: string): Promise<void>
  /** Rolls back what is open. Nothing runs after it. */
  close(): Promise<void>
}

/** A transaction of the organization, kept open between the calls of a query builder. */
interface Held {
  readonly statements: TransactionStatements
  end(keep: boolean): Promise<void>
}

/** Thrown inside a transaction to make it roll back; it reaches nobody. */
const turnBack = Symbol('turn back')

export function openSession(organization: Organization): Session {
  /** Undefined outside a transaction; without `held` begun, but nothing sent yet. */
  let begun: { mode: TransactionMode; held?: Held } | undefined
  let closed = false
  let last: Promise<unknown> = Promise.resolve()

  /** After everything that was called before, whether it went well or not. */
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(() => {
      if (closed) throw refuse.released()
      return work()
    })
    last = mine.catch(() => undefined)
    return mine
  }

  const opened = async (transaction: NonNullable<typeof begun>): Promise<TransactionStatements> => {
    transaction.held ??= await hold(organization, transaction.mode)
    return transaction.held.statements
  }

  const inTransaction = (work: (tx: TransactionStatements) => Promise<void>): Promise<void> =>
    inOrder(async () => {
      if (begun === undefined) throw refuse.not_begun()
      return work(await opened(begun))
    })

  const end = async (keep: boolean): Promise<boolean> => {
    const ending = begun
    begun = undefined
    await ending?.held?.end(keep)
    return ending !== undefined
  }

  return Object.freeze({
    run: (text, values, shape) =>
      inOrder(async () => (begun === undefined ? organization : await opened(begun)).answer(text, values, shape)),
    async *stream(text, values, rowsMax) {
      const place = await inOrder(async () => (begun === undefined ? organization : await opened(begun)))
      yield* place.stream(text, values, { rowsMax })
    },
    begin: (mode = {}) =>
      inOrder(async () => {
        if (begun !== undefined) throw refuse.already_begun()
        begun = { mode }
      }),
    mode: mode =>
      inOrder(async () => {
        if (begun === undefined) throw refuse.not_begun()
        if (begun.held !== undefined) throw refuse.mode_too_late()
        begun.mode = { ...begun.mode, ...mode }
      }),
    commit: () => inOrder(() => end(true)),
    rollback: () => inOrder(() => end(false)),
    savepoint: name => inTransaction(tx => tx.savepoint(name)),
    release: name => inTransaction(tx => tx.release(name)),
    rollbackTo: name => inTransaction(tx => tx.rollbackTo(name)),
    close: () => {
      if (closed) return last.then(() => undefined)
      const ended = inOrder(async () => {
        closed = true
        await end(false)
      })
      return ended
    },
  } satisfies Session)
}

/** Opens a transaction of the organization and keeps it open until it is told how to end. */
async function hold(organization: Organization, mode: TransactionMode): Promise<Held> {
  const entered = Promise.withResolvers<TransactionStatements>()
  const over = Promise.withResolvers<undefined>()
  const whole = organization.transaction(async tx => {
    entered.resolve(tx)
    await over.promise
  }, mode)
  // A transaction that could not begin has nobody inside; one that ended has nobody who still waits to enter.
  const ended = whole.catch((failure: unknown) => {
    if (failure === turnBack) return
    entered.reject(failure instanceof Error ? failure : new Error(messageOf(failure)))
    throw failure
  })
  ended.catch(() => undefined)
  return Object.freeze({
    statements: await entered.promise,
    async end(keep: boolean) {
      if (keep) over.resolve(undefined)
      else over.reject(turnBack)
      await ended
    },
  })
}
