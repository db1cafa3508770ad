import type { Duplex } from 'node:stream'
import type { Row } from '../../../core/ports.ts'
import type { Field } from '../../../foundation/tenancy/index.ts'

/** The parts of node-postgres that its types leave out. Pinned by exact version and by the tests of this folder. */
export interface Wire {
  readonly stream: Duplex
  sendCopyFail(reason: string): void
}

/** Collects rows as node-postgres does, with its type parsers. */
export interface RowCollector {
  readonly rows: Row[]
  addFields(fields: readonly Field[]): void
  parseRow(values: readonly (string | null)[]): Row
}

export interface ConnectedClient {
  /** Backend process id, from BackendKeyData. */
  readonly processID: number
}
