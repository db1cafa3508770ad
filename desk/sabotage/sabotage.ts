import type { Queryable } from 'upheld'

/** Something that a tired developer could do to the running system. */
export interface Sabotage {
  /** What to type. */
  readonly name: string
  /** What somebody did, in plain words. */
  readonly says: string
  /** The promise that must not stand afterwards. */
  readonly claim: string
  /** Looks at the sound system and its folder, and says how to break it and how to mend it. Changes nothing. */
  plan(sql: Queryable, stateFolder: string): Promise<Plan>
}

/** Statements for a superuser. All of one list run in one transaction. */
export interface Plan {
  readonly break: readonly string[]
  readonly mend: readonly string[]
}

/** For what is the same on every system. */
export function fixed(plan: Plan): Sabotage['plan'] {
  return async () => plan
}
