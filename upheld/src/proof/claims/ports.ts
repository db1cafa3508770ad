import type { JsonObject } from '../../core/json.ts'
import type { Database, Queryable } from '../../core/ports.ts'

/** Appends a leaf in the caller's transaction. `seen` is called once that transaction has committed. */
export type AppendLeaf = (tx: Queryable, leaf: JsonObject) => Promise<{ readonly index: number; seen(): void }>

/** The whole log as it was verified: every leaf below the signed head, in order. */
export interface VerifiedLog {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
  readonly checkpoint: string
  readonly key: string
  readonly signedAt: Date
  readonly leaves: readonly { readonly value: JsonObject }[]
}

/** Reads and verifies the log in one transaction of this database. Throws when it does not hold. */
export type ReadLog = (database: Database) => Promise<VerifiedLog>
