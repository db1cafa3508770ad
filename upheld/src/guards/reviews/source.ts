import type { JsonObject } from '../../core/json.ts'
import type { Organization, Statements } from '../../foundation/tenancy/index.ts'
import type { Ground } from './roll.ts'

/** One piece of access that somebody or something has. */
export interface Finding {
  /** The same access has the same words in every review; at most 300 characters, no names of people. */
  readonly access: string
  /** The row that is ended when it is taken away. */
  readonly subject: string
  /** The member whose access it is, who will not review it; null for what is nobody's here. */
  readonly holder: string | null
  readonly privileged: boolean
  /** What a reviewer has to know, as it was at this moment: texts, whole numbers, booleans. No names of people. */
  readonly facts: JsonObject
  readonly usedAt: Date | null
}

export type Taken = Pick<Finding, 'access' | 'subject'>

/** A kind of access that is reviewed. Add one, and every review has it. */
export interface ReviewSource {
  /** A word in lower case, such as `api-key`. What stands first is taken away first. */
  readonly kind: string
  /** All of it that works at this moment: one statement at most. */
  list(tx: Pick<Statements, 'query'>, ground: Ground): Promise<readonly Finding[]>
  /** Takes them away, all or, by throwing, none. What is gone already is taken away. */
  end(
    tx: Pick<Statements, 'query'>,
    taken: readonly Taken[],
    ground: Pick<Ground, 'organization' | 'now'>,
  ): Promise<void>
  /** Tries it as its holder would: whether it still works. Asked after the removal was committed. */
  works(organization: Organization, taken: Taken, now: Date): Promise<boolean>
}
