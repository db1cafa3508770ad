import { AsyncLocalStorage } from 'node:async_hooks'
import type { OrganizationId } from '../../core/ids.ts'
import { refuse } from './errors.ts'
import type { TenancyOptions } from './options.ts'
import type { Answer, Binding, BoundConnections, BoundTransaction, Statement, TransactionMode } from './ports.ts'
import { turnstile } from './turnstile.ts'

/** The line of each organization for its connections: a statement, a transaction and a stream each hold one place in it. */
export interface Turns {
  run(id: OrganizationId, binding: Binding, statement: Statement): Promise<Answer>
  /** Holds its place until its last part is read, or nobody reads on. */
  stream(id: OrganizationId, binding: Binding, statement: Statement, rowsMax: number): AsyncGenerator<Answer>
  /** @throws tenancy.nested for whatever waits, inside of `work`, for another place in the same line */
  transaction<T>(
    id: OrganizationId,
    binding: Binding,
    work: (tx: BoundTransaction) => Promise<T>,
    mode?: TransactionMode,
  ): Promise<T>
}

export function turns(connections: BoundConnections, options: TenancyOptions): Turns {
  const gate = turnstile(options.concurrentMax, options.waitingMax, options.waitMaxMs)
  const open = new AsyncLocalStorage<OrganizationId>()

  /** Whoever waits inside a transaction for another place in the same line may wait for itself. */
  const assertNotNested = (id: OrganizationId): void => {
    if (open.getStore() === id) throw refuse.nested()
  }
  const pass = async <T>(id: OrganizationId, work: () => Promise<T>): Promise<T> => {
    assertNotNested(id)
    return gate.pass(id, work)
  }
  return Object.freeze({
    run: (id: OrganizationId, binding: Binding, statement: Statement) =>
      pass(id, () => connections.run(binding, statement)),
    async *stream(id: OrganizationId, binding: Binding, statement: Statement, rowsMax: number) {
      assertNotNested(id)
      const leave = await gate.enter(id)
      try {
        yield* connections.stream(binding, statement, rowsMax)
      } finally {
        leave()
      }
    },
    transaction: (id, binding, work, mode) =>
      pass(id, () => connections.transaction(binding, tx => open.run(id, () => work(tx)), mode)),
  } satisfies Turns)
}
