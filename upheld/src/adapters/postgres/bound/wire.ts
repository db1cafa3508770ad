import type { Duplex } from 'node:stream'
import type pg from 'pg'
import type { Row } from '../../../core/ports.ts'

/** The parts of node-postgres that its types leave out. Pinned by exact version and by the tests of this folder. */
export interface Wire {
  readonly stream: Duplex
  parse(message: { name: string; text: string; types: readonly number[] }): void
  bind(message: {
    portal: string
    statement: string
    values: readonly unknown[]
    valueMapper: (value: unknown) => unknown
  }): void
  describe(message: { type: 'P' | 'S'; name: string }): void
  execute(message: { portal: string; rows: number }): void
  close(message: { type: 'P' | 'S'; name: string }): void
  sync(): void
  sendCopyFail(reason: string): void
}

export type FieldDescription = pg.FieldDef

/** Collects rows as node-postgres does, with its type parsers. */
export interface RowCollector {
  readonly rows: Row[]
  addFields(fields: readonly FieldDescription[]): void
  parseRow(values: readonly (string | null)[]): Row
}

export interface ConnectedClient extends pg.PoolClient {
  /** Backend process id, from BackendKeyData. */
  readonly processID: number
}
