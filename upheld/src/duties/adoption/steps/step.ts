/** From weak to strong; https://www.postgresql.org/docs/current/explicit-locking.html */
export const lockModes = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const
export type LockMode = (typeof lockModes)[number]

export interface Lock {
  /** Schema and name, in quotes where SQL needs them. */
  readonly relation: string
  readonly mode: LockMode
}

interface Common {
  /** Stable from run to run: the kind, and what it is done to. */
  readonly id: string
  readonly kind: string
  readonly says: string
  /** The strongest lock on each table. A step that takes a stronger one is rolled back. */
  readonly locks: readonly Lock[]
  /** Why that lock is short. */
  readonly short: string
  /** What the running application notices. */
  readonly application: string
  /** Takes the step back, whether it was finished or not. */
  readonly undo: readonly string[]
  /** A query whose answer is true when there is nothing to do (any more). */
  readonly idle?: string
}

export type Step =
  /** One transaction, which also writes the journal. */
  | (Common & { readonly way: 'transaction'; readonly statements: readonly string[] })
  /** One index, built without holding up writers, outside of any transaction; a half-built one is removed first. */
  | (Common & { readonly way: 'alone'; readonly statement: string; readonly index: string })
  /** Many short transactions, each of a range of pages of one table. */
  | (Common & { readonly way: 'batches'; readonly table: string; readonly expression: string })
