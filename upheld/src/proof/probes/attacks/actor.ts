import type { Row } from '../../../core/ports.ts'
import type { Column, Table } from './relations.ts'

/** Runs one statement for one organization. */
export interface Speaker {
  query(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/** One organization of an attack: a way to run statements in its context, whatever carries that context. */
export interface Actor extends Speaker {
  /** What stands in the columns that say whose a row is, as text, in the order of `Table.tenant`. */
  readonly key: readonly string[]
  /** Commits when `work` resolves, rolls back when it throws. */
  transaction<T>(work: (tx: Speaker) => Promise<T>): Promise<T>
  /** Who puts its rows in and takes them out again: itself, or an owner of the tables for it. */
  readonly planter: Speaker
  /** A value that a column should have where it may: the same person everywhere, the same account everywhere. */
  hint?(table: Table, column: Column): string | undefined
}

/** Who attacks whom. */
export interface Sides {
  readonly thief: Actor
  readonly victim: Actor
}
