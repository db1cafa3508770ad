import { z } from 'zod'
import { digestOf, type JsonObject } from '../../core/json.ts'
import { refuse } from './errors.ts'
import { definitionBytesMax, textMax } from './limits.ts'
import { sourceDigest } from './source.ts'
import type { TwinWorld, World } from './world.ts'

/** Where a claim answers a published standard. Ids only: the texts have licences of their own. */
export interface Mappings {
  readonly asvs?: readonly string[]
  readonly caiq?: readonly string[]
  readonly soc2?: readonly string[]
  readonly iso27001?: readonly string[]
  readonly gdpr?: readonly string[]
}

/** What one attack saw that it must not see. Names places, never customer data. */
export interface Finding {
  readonly attack: string
  readonly where: string
  readonly saw: string
}

/** What a probe reports to. The runner keeps the count; a probe cannot set it. */
export interface Report {
  /**
   * What the probe found to attack, such as ('tables', 9); each unit once. Zero is reported too: it makes the run
   * unproven. So does a count that is larger than the number of different places that were attacked.
   */
  population(unit: string, count: number): void
  /** One attack was made and beaten. */
  observe(attack: string, where: string): void
  /** One attack came through. The probe may go on and find more. */
  refute(finding: Finding): void
  /** Aborted when the run has used up its time. */
  readonly signal: AbortSignal
}

export interface Probe {
  /** What the probe does, in plain words, for the page. */
  readonly says: string
  /** `import.meta.url` of the file that holds it: its code is part of the claim's digest. */
  readonly source: string
  /** Throws when it cannot do its work (a positive control that fails included): the run is then unproven. */
  run(world: World, report: Report): Promise<void>
}

export interface Sabotage {
  readonly name: string
  /** What somebody did, in plain words, for the page: "row security was switched off on one table". */
  readonly says: string
  readonly source: string
  /** Breaks the twin and gives the world that the probe then meets. */
  apply(twin: TwinWorld): Promise<World>
}

export interface ProvenClaim {
  readonly kind: 'proven'
  readonly id: string
  readonly sentence: string
  /** What the probe counts and attacks, in plain words. */
  readonly population: string
  readonly freshnessMins: number
  readonly observationsMin: number
  readonly timeoutSecs: number
  readonly assumptions: readonly string[]
  readonly notCovered: readonly string[]
  readonly mappings: Mappings
  readonly probe: Probe
  readonly sabotages: readonly Sabotage[]
}

/** A promise not yet made. Listed as coming, never as in place. */
export interface PlannedClaim {
  readonly kind: 'planned'
  readonly id: string
  readonly sentence: string
  readonly mappings: Mappings
}

/** A person's signed statement or a supplier's certificate. Dates are RFC 3339. */
export interface AttestedClaim {
  readonly kind: 'attested'
  readonly id: string
  readonly sentence: string
  readonly mappings: Mappings
  readonly by: string
  readonly statedAt: string
  readonly expiresAt: string
  /** `sha256:` and hex of the document. */
  readonly documentDigest: string
}

export type Claim = ProvenClaim | PlannedClaim | AttestedClaim

/** A promise that was made, logged, and taken back. It stays listed with its history. */
export interface WithdrawnClaim {
  readonly kind: 'withdrawn'
  readonly id: string
  readonly sentence: string
  readonly mappings: Mappings
}

const id = z
  .string()
  .max(80)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'lower case words joined by dots, such as isolation.rows')
const sentence = z.string().min(10).max(400)
const ids = z.array(z.string().min(1)).readonly().exactOptional()
export const mappingsSchema = z.strictObject({ asvs: ids, caiq: ids, soc2: ids, iso27001: ids, gdpr: ids })
const words = z.array(z.string().min(1).max(textMax)).readonly()
const code = { says: z.string().min(10).max(textMax), source: z.string().startsWith('file:') }

const proven = z
  .strictObject({
    kind: z.literal('proven'),
    id,
    sentence,
    population: z.string().min(3).max(textMax),
    freshnessMins: z
      .number()
      .int()
      .min(1)
      .max(7 * 24 * 60),
    observationsMin: z.number().int().min(1),
    timeoutSecs: z.number().int().min(1).max(3600),
    assumptions: words,
    notCovered: words,
    mappings: mappingsSchema,
    probe: z.strictObject({ ...code, run: z.function() }),
    sabotages: z
      .array(z.strictObject({ name: z.string().min(1).max(60), ...code, apply: z.function() }))
      .min(1)
      .max(40),
  })
  .refine(c => c.timeoutSecs < c.freshnessMins * 60, 'a run may not take longer than its evidence lasts')
  .refine(c => new Set(c.sabotages.map(s => s.name)).size === c.sabotages.length, 'two sabotages have the same name')
const planned = z.strictObject({ kind: z.literal('planned'), id, sentence, mappings: mappingsSchema })
const attested = z.strictObject({
  kind: z.literal('attested'),
  id,
  sentence,
  mappings: mappingsSchema,
  by: z.string().min(1).max(textMax),
  statedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  documentDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
})
const anyClaim = z
  .discriminatedUnion('kind', [proven, planned, attested])
  .refine(c => Buffer.byteLength(JSON.stringify(c)) <= definitionBytesMax, 'all its texts together are too long')

/**
 * Checks a claim and freezes it.
 * @throws claims.bad_claim with every problem at once
 */
export function claim<C extends Claim>(definition: C): C {
  const checked = anyClaim.safeParse(definition)
  if (!checked.success) throw refuse.bad_claim({ detail: z.prettifyError(checked.error) })
  return Object.freeze(definition)
}

/**
 * Everything that a claim says and does, as data: its code stands in it as a digest, so that no path of a machine does.
 * @throws claims.source_missing
 */
export function claimDefinition(definition: Claim): JsonObject {
  if (definition.kind !== 'proven') return asData(definition)
  const { probe, sabotages, ...rest } = definition
  return {
    ...asData(rest),
    probe: { says: probe.says, code: sourceDigest(probe.source) },
    sabotages: sabotages.map(({ name, says, source }) => ({ name, says, code: sourceDigest(source) })),
  }
}

/** The digest of everything that the claim says and does. Evidence made under another digest counts for nothing. */
export function claimDigest(definition: Claim): string {
  return digestOf(claimDefinition(definition))
}

/** A member that is there but undefined is left out, as JSON does. */
function asData(data: object): JsonObject {
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(data)))
}
