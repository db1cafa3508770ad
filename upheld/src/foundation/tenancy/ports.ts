import type { Row } from '../../core/ports.ts'

/** One statement as it goes over the wire. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** Name of the prepared statement, or '' for one that is parsed each time. One name stands for one text. */
  readonly name: string
}

/** What binds a statement to an organization. */
export interface Binding {
  /** A signed context that this backend accepts; asked for anew with each flight, so that none outlives its time. */
  token(backendPid: number): string
}

export interface BoundTransaction {
  run(statement: Statement): Promise<Row[]>
}

/** Connections of the application's login. There is no way to run a statement on them without a binding. */
export interface BoundConnections {
  /** Context and statement in one flight, in one implicit transaction. */
  run(binding: Binding, statement: Statement): Promise<Row[]>
  /** Opens with the first statement's flight; commits when `work` resolves, rolls back when it throws. */
  transaction<T>(binding: Binding, work: (tx: BoundTransaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}
