import type { JsonObject } from '../../core/json.ts'
import { readLeaf, type ProvenClaim, type RunRecord } from '../../proof/claims/index.ts'

/** A run and its place in the log. */
export interface Run {
  readonly index: number
  readonly record: RunRecord
}

type Leaves = readonly { readonly value: JsonObject }[]

interface Asked {
  readonly claim?: string
  readonly limit: number
  /** Only entries with a smaller index. */
  readonly before?: number
}

/** Runs in the log, newest first. Looks no further back than it has to. */
export function runsIn(leaves: Leaves, { claim, limit, before = Infinity }: Asked): readonly Run[] {
  return walk(leaves, claim, before).take(limit).toArray()
}

function* walk(leaves: Leaves, claim: string | undefined, before: number): Generator<Run> {
  for (let index = Math.min(before, leaves.length) - 1; index >= 0; index -= 1) {
    const value = leaves[index]?.value
    if (value?.['type'] !== 'upheld/run@v1' || (claim !== undefined && value['claim'] !== claim)) continue
    const read = readLeaf(value)
    if (read.kind === 'ours' && read.leaf.type === 'upheld/run@v1') yield { index, record: read.leaf }
  }
}

/** The newest run in which each sabotage of a claim was caught, by its name. */
export function catchesOf(leaves: Leaves, { id, sabotages }: ProvenClaim): ReadonlyMap<string, Run> {
  const found = new Map<string, Run>()
  const wanted = new Set(sabotages.map(({ name }) => name))
  for (const run of walk(leaves, id, Infinity)) {
    for (const { name, outcome } of run.record.sabotages) {
      if (outcome === 'caught' && wanted.delete(name)) found.set(name, run)
    }
    if (wanted.size === 0) break
  }
  return found
}
