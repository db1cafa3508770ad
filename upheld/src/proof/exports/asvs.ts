import { z } from 'zod'
import { asvsRequirements } from './asvs-requirements.ts'
import { byRequirement, type Exhibit, type Exhibits } from './exhibits.ts'
import { jsonText, line } from './text.ts'

/**
 * How the claims of one requirement stand together: the worst of them. `none` is most of the standard: no claim answers
 * it, which says nothing of the service.
 */
const standing = z.enum(['upheld', 'attested', 'planned', 'unproven', 'refuted', 'none'])
type Standing = z.infer<typeof standing>

const requirement = z.strictObject({
  id: z.string().regex(/^v5\.0\.0-\d+\.\d+\.\d+$/),
  level: z.union([z.literal(1), z.literal(2), z.literal(3)]).describe('at which it begins'),
  standing,
  claims: z.array(
    z.strictObject({
      id: z.string(),
      verdict: z.enum(['upheld', 'refuted', 'unproven', 'attested', 'planned']),
      why: z.string(),
      not_covered: z.array(z.string()),
      leaf_index: z.number().int().min(0).optional(),
      expires_at: z.string().optional(),
    }),
  ),
})

const asvsSchema = z
  .strictObject({
    type: z.literal('upheld/asvs@v1'),
    standard: z.literal('OWASP ASVS 5.0.0'),
    service: z.string(),
    as_of: z.string(),
    checkpoint: z.string().optional().describe('the signed head of the evidence log'),
    record_fault: z.string().optional(),
    says: z.string(),
    totals: z.record(standing, z.number().int().min(0)),
    requirements: z.array(requirement),
    unknown: z.array(z.string()).describe('ids that a claim names and the standard does not have'),
  })
  .meta({ title: 'upheld/asvs@v1', description: 'Which requirements of OWASP ASVS 5.0.0 have a claim, by number.' })

/** The JSON Schema (2020-12) of this export. */
export function asvsJsonSchema(): object {
  return z.toJSONSchema(asvsSchema)
}

const worstFirst: readonly Standing[] = ['refuted', 'unproven', 'planned', 'attested', 'upheld', 'none']

/** Every requirement of the standard, by its number, with the claims that answer a part of it. */
export function asvsCoverage({ service, asOf, log, fault, claims }: Exhibits): string {
  const answering = byRequirement(claims, 'asvs')
  const known = new Set(asvsRequirements.map(({ id }) => id))
  const requirements = asvsRequirements.map(({ id, level }) => {
    const own = answering.get(id) ?? []
    return { id, level, standing: together(own), claims: own.map(rowOf) }
  })
  const totals = Object.fromEntries(
    worstFirst.map(word => [word, requirements.filter(one => one.standing === word).length]),
  )
  return jsonText({
    type: 'upheld/asvs@v1',
    standard: 'OWASP ASVS 5.0.0',
    service,
    as_of: asOf,
    ...(log === undefined ? {} : { checkpoint: log.checkpoint }),
    ...(fault === undefined ? {} : { record_fault: fault }),
    says: 'A claim answers a part of a requirement. No requirement is said to be met as a whole.',
    totals,
    requirements,
    unknown: [...answering.keys()].filter(id => !known.has(id)),
  })
}

function together(claims: readonly Exhibit[]): Standing {
  return worstFirst.find(word => claims.some(({ verdict }) => verdict === word)) ?? 'none'
}

function rowOf({ id, verdict, why, proof, run }: Exhibit) {
  return {
    id,
    verdict,
    why: line(why),
    not_covered: (proof?.notCovered ?? []).map(line),
    ...(run === undefined ? {} : { leaf_index: run.index, expires_at: run.record.expires_at }),
  }
}
