import { createHash } from 'node:crypto'
import type { JsonObject } from '../../../core/json.ts'
import { verifyProofByPolicy } from '../../../core/transparency/index.ts'
import type { AcceptedCheckpoint, Checkpoint, Policy } from '../../../core/transparency/index.ts'
import { isObject, readLeaf } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'

/** What the anchor log and its witnesses say of a head. */
export interface Anchoring {
  readonly origin: string
  /** Index of the leaf in the anchor log, and how many leaves that log had. */
  readonly index: number
  readonly size: number
  /** When that leaf says that it was written; undefined when it says nothing. */
  readonly anchoredAt: Date | undefined
  /** Who cosigned, and when they say that they saw it. */
  readonly cosignatures: readonly { readonly witness: string; readonly at: Date }[]
  /** Whether as many witnesses signed as the policy asks for. */
  readonly hasQuorum: boolean
  /** When a quorum was complete; undefined when the policy asks for none. */
  readonly witnessedAt: Date | undefined
}

/**
 * Shows that the anchor log committed to exactly this head.
 * @throws bundle.not_anchored, and what `verifyProofByPolicy` throws
 */
export function anchoredBy(head: Checkpoint, leaf: Buffer, proof: string, policy: Policy): Anchoring {
  const { index, checkpoint } = verifyProofByPolicy(proof, leaf, policy)
  const value = readLeaf(leaf)
  if (value === undefined || !commitsTo(value, head)) {
    throw refuse.not_anchored({ detail: 'The leaf of the anchor log commits to other heads.' })
  }
  return anchoringOf(index, timeIn(value['at']), checkpoint)
}

function timeIn(at: JsonObject[string] | undefined): Date | undefined {
  const time = new Date(typeof at === 'string' ? at : NaN)
  return Number.isNaN(time.getTime()) ? undefined : time
}

function anchoringOf(index: number, anchoredAt: Date | undefined, head: AcceptedCheckpoint): Anchoring {
  const { origin, size, cosignatures, hasQuorum, witnessedAt } = head
  return Object.freeze({
    origin,
    index,
    size,
    anchoredAt,
    cosignatures: cosignatures.map(({ witness, at }) => ({ witness: witness.name, at })),
    hasQuorum,
    witnessedAt,
  })
}

/** Heads stand in an anchor leaf under the SHA-256 of their origin: who reads it learns no names. */
function commitsTo(leaf: JsonObject, { origin, size, root }: Checkpoint): boolean {
  const { type, heads } = leaf
  const log = createHash('sha256').update(origin).digest('base64')
  if (type !== 'upheld/anchor@v1' || !Array.isArray(heads)) return false
  return heads.some(
    (head: JsonObject[string]) =>
      isObject(head) && head['log'] === log && head['size'] === size && head['root'] === root.toString('base64'),
  )
}
