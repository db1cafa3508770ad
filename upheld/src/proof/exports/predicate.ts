import { z } from 'zod'
import { caughtOf, type Exhibit, type Exhibits } from './exhibits.ts'
import { vocabulary } from './uuid.ts'

/** The type of our statements in in-toto. A later form gets another number. */
export const predicateType = `${vocabulary}#verdicts-v1`

const time = z.iso.datetime().describe('RFC 3339')
const whole = z.number().int().min(0)
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

const run = z.strictObject({
  leaf_index: whole.describe('entry of the evidence log'),
  sequence: z.number().int().min(1).describe('1, 2, 3 for each claim; a gap is a run that was taken away'),
  claim_digest: digest,
  started_at: time,
  finished_at: time,
  expires_at: time.describe('after this the run counts for nothing: judge by your own clock'),
  verdict: z.enum(['upheld', 'refuted', 'unproven']),
  reason: z.string(),
  population: z.record(z.string(), whole).describe('what was found and attacked'),
  observations: whole,
  observations_min: whole,
  findings_total: whole.describe('attacks that came through'),
  sabotages_caught: z.string().describe('of how many systems that were broken on purpose'),
  untouched_twin: z.enum(['held', 'failed', 'not_tried']),
})

const claim = z.strictObject({
  id: z.string(),
  kind: z.enum(['proven', 'attested', 'planned', 'withdrawn']),
  sentence: z.string(),
  digest,
  verdict: z.enum(['upheld', 'refuted', 'unproven', 'attested', 'planned']),
  reason: z.string(),
  why: z.string(),
  since: time.optional(),
  population: z.string().optional().describe('what the promise is about, in words'),
  assumptions: z.array(z.string()),
  not_covered: z.array(z.string()),
  run: run.optional().describe('the newest one; absent when there is none, or the record does not hold'),
  stated: z.strictObject({ by: z.string(), at: time, until: time, document: digest }).optional(),
})

/** What a statement says of a service. */
const predicateSchema = z
  .strictObject({
    type: z.literal('upheld/verdicts@v1'),
    service: z.string(),
    as_of: time.describe('the newest moment that the evidence speaks of'),
    record: z.strictObject({ holds: z.boolean(), fault: z.string().optional() }),
    checkpoint: z
      .strictObject({
        origin: z.string(),
        size: whole,
        root: z.string().describe('base64'),
        key: z.string().describe('verifier key, C2SP signed-note'),
        note: z.string().describe('the signed checkpoint, C2SP tlog-checkpoint'),
      })
      .optional(),
    claims: z.array(claim),
  })
  .meta({
    title: 'upheld/verdicts@v1',
    description: 'How every claim of a security page stands. Only `upheld` says that it was attacked and held.',
  })

type Predicate = z.infer<typeof predicateSchema>

/** The JSON Schema (2020-12) of the predicate. */
export function predicateJsonSchema(): object {
  return z.toJSONSchema(predicateSchema)
}

export function predicateOf({ service, asOf, fault, log, claims }: Exhibits): Predicate {
  return {
    type: 'upheld/verdicts@v1',
    service,
    as_of: asOf,
    record: fault === undefined ? { holds: log !== undefined } : { holds: false, fault },
    ...(log === undefined
      ? {}
      : {
          checkpoint: { origin: log.origin, size: log.size, root: log.root, key: log.key, note: log.checkpoint },
        }),
    claims: claims.map(claimOf),
  }
}

function claimOf({ id, kind, sentence, digest: of, verdict, reason, why, since, proof, run: last, stated }: Exhibit) {
  return {
    id,
    kind,
    sentence,
    digest: of,
    verdict,
    reason,
    why,
    ...(since === undefined ? {} : { since }),
    ...(proof === undefined ? {} : { population: proof.population }),
    assumptions: [...(proof?.assumptions ?? [])],
    not_covered: [...(proof?.notCovered ?? [])],
    ...(last === undefined ? {} : { run: runOf(last) }),
    ...(stated === undefined
      ? {}
      : { stated: { by: stated.by, at: stated.at, until: stated.until, document: stated.digest } }),
  }
}

function runOf({ record, index }: NonNullable<Exhibit['run']>): z.infer<typeof run> {
  return {
    leaf_index: index,
    sequence: record.sequence,
    claim_digest: record.claim_digest,
    started_at: record.started_at,
    finished_at: record.finished_at,
    expires_at: record.expires_at,
    verdict: record.verdict,
    reason: record.reason,
    population: { ...record.population },
    observations: record.observations,
    observations_min: record.observations_min,
    findings_total: record.findings_total,
    sabotages_caught: caughtOf(record),
    untouched_twin: record.untouched_twin,
  }
}
