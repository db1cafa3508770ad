import type { OrganizationId } from '../../core/ids.ts'
import type { Address, Opened, Row } from '../../core/ports.ts'

/** One column of an answer, with the words of node-postgres. */
export interface Field {
  readonly name: string
  readonly tableID: number
  readonly columnID: number
  readonly dataTypeID: number
  readonly dataTypeSize: number
  readonly dataTypeModifier: number
  readonly format: string
}

/** How a query builder wants its rows. Left out: objects, with the types that node-postgres gives. */
export interface RowShape {
  /** Rows as arrays, in the order of the columns: two columns of one name stay two. */
  readonly arrays?: boolean
  /** Turns the text of a column into a value, by the object id of its type. */
  readonly types?: { getTypeParser(typeId: number, format?: string): (text: string) => unknown }
}

/** Everything that Postgres says to one statement. */
export interface Answer<R = Row> {
  readonly rows: R[]
  readonly fields: readonly Field[]
  /** The tag of the command, such as `INSERT 0 3`; empty when more rows are to come. */
  readonly tag: string
}

/** A part of the rows of a statement: the portal stays open on the server, and the next part is asked of it. */
interface Portal {
  readonly name: string
  readonly rowsMax: number
  /** The columns, once the first part has told them. Their presence says that the portal is open. */
  readonly fields?: readonly Field[]
  /** No more rows are wanted: the server lets go of them. */
  readonly close?: boolean
}

/** One statement as it goes over the wire. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
  /** Name of the prepared statement, or '' for one that is parsed each time. One name stands for one text. */
  readonly name: string
  readonly shape?: RowShape
  readonly portal?: Portal
}

/** Seals and opens values of one organization: the vault. */
export interface Sealing {
  seal(organization: OrganizationId, address: Address, value: string | Uint8Array): Promise<Uint8Array>
  open(organization: OrganizationId, address: Address, envelope: Uint8Array): Promise<Opened>
  blindIndex(
    organization: OrganizationId,
    column: { readonly table: string; readonly column: string },
    value: string,
  ): Promise<Uint8Array>
  blindIndexes(
    organization: OrganizationId,
    column: { readonly table: string; readonly column: string },
    value: string,
  ): Promise<readonly Uint8Array[]>
}

/** What binds a statement to an organization. */
export interface Binding {
  /** A signed context that this backend accepts; asked for anew with each flight, so that none outlives its time. */
  token(backendPid: number): string
}

/** How a transaction begins. Left out: as the database has it, which is read committed and read write. */
export interface TransactionMode {
  readonly isolation?: 'serializable' | 'repeatable read' | 'read committed' | 'read uncommitted'
  readonly access?: 'read only' | 'read write'
  readonly deferrable?: boolean
}

export interface BoundTransaction {
  run(statement: Statement): Promise<Answer>
  /** Rows in parts of at most so many, through a portal; every part brings a fresh context. */
  stream(statement: Statement, rowsMax: number): AsyncGenerator<Answer>
  /** Names are quoted here; whose they are is the caller's affair. */
  savepoint(name: string): Promise<void>
  release(name: string): Promise<void>
  rollbackTo(name: string): Promise<void>
}

/** Connections of the application's login. There is no way to run a statement on them without a binding. */
export interface BoundConnections {
  /** Context and statement in one flight, in one implicit transaction. */
  run(binding: Binding, statement: Statement): Promise<Answer>
  /** Opens with the first statement's flight; commits when `work` resolves, rolls back when it throws. */
  transaction<T>(binding: Binding, work: (tx: BoundTransaction) => Promise<T>, mode?: TransactionMode): Promise<T>
  /** The same as a transaction of one statement, whose rows come in parts. Whoever stops early rolls it back. */
  stream(binding: Binding, statement: Statement, rowsMax: number): AsyncGenerator<Answer>
  close(): Promise<void>
}
