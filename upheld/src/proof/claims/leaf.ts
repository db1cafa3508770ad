import { z } from 'zod'
import type { Json, JsonObject } from '../../core/json.ts'
import { textMax } from './limits.ts'
import type { Reason, RunRecord, TriedSabotage } from './verdict.ts'

/** A promise as it was made, or changed. `digest` is the digest of `definition`. */
export interface ClaimLeaf {
  readonly type: 'upheld/claim@v1'
  readonly claim: string
  readonly digest: string
  readonly definition: JsonObject
  readonly at: string
}

/** A promise that is no longer made. */
export interface WithdrawalLeaf {
  readonly type: 'upheld/withdrawal@v1'
  readonly claim: string
  /** The digest under which it was last made. */
  readonly digest: string
  readonly at: string
}

export type Leaf = RunRecord | ClaimLeaf | WithdrawalLeaf

const time = z.iso.datetime({ precision: 3 })
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const count = z.number().int().min(0)
const text = z.string().max(textMax)

const reasons: readonly [Reason, ...Reason[]] = [
  'held',
  'refuted',
  'errored',
  'timed_out',
  'empty',
  'sabotage_missed',
  'sabotage_errored',
  'lost',
  'clock',
]

const tried: z.ZodType<TriedSabotage> = z.strictObject({
  name: z.string(),
  outcome: z.enum(['caught', 'missed', 'errored']),
  noticed: z.array(z.tuple([z.string(), count, text])).exactOptional(),
  beyond: z.array(z.string()).exactOptional(),
})

const run: z.ZodType<RunRecord> = z.strictObject({
  type: z.literal('upheld/run@v1'),
  claim: z.string(),
  claim_digest: digest,
  sequence: z.number().int().min(1),
  started_at: time,
  finished_at: time,
  duration_ms: count,
  expires_at: time,
  verdict: z.enum(['upheld', 'refuted', 'unproven']),
  reason: z.enum(reasons),
  population: z.record(z.string(), count),
  observations: count,
  observations_min: count,
  findings: z.array(z.strictObject({ attack: text, where: text, saw: text })),
  findings_total: count,
  sabotages: z.array(tried),
  untouched_twin: z.enum(['held', 'failed', 'not_tried']),
  note: z.string(),
})

const made: z.ZodType<ClaimLeaf> = z.strictObject({
  type: z.literal('upheld/claim@v1'),
  claim: z.string(),
  digest,
  definition: z.record(z.string(), z.json()),
  at: time,
})

const withdrawn: z.ZodType<WithdrawalLeaf> = z.strictObject({
  type: z.literal('upheld/withdrawal@v1'),
  claim: z.string(),
  digest,
  at: time,
})

const kinds: Readonly<Record<string, z.ZodType<Leaf>>> = {
  'upheld/run@v1': run,
  'upheld/claim@v1': made,
  'upheld/withdrawal@v1': withdrawn,
}
const anyLeaf = z.object({ type: z.string() })

export type ReadLeaf =
  | { readonly kind: 'ours'; readonly leaf: Leaf }
  /** Somebody else's leaf: the log may hold more than claims. */
  | { readonly kind: 'other' }
  /** A leaf that says it is ours and is not well formed. */
  | { readonly kind: 'bad' }

export function readLeaf(json: Json): ReadLeaf {
  const typed = anyLeaf.safeParse(json)
  const schema = typed.success ? kinds[typed.data.type] : undefined
  if (schema === undefined) return { kind: 'other' }
  const leaf = schema.safeParse(json)
  return leaf.success ? { kind: 'ours', leaf: leaf.data } : { kind: 'bad' }
}

/** A leaf as the log takes it. */
export function asJson(leaf: Leaf): JsonObject {
  return z.record(z.string(), z.json()).parse(leaf)
}
