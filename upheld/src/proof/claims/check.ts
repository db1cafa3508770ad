import { z } from 'zod'
import type { Claim, Sabotage } from './claim.ts'
import { refuse } from './errors.ts'
import { definitionBytesMax, noticedBytesMax, textMax } from './limits.ts'

const id = z
  .string()
  .max(80)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'lower case words joined by dots, such as isolation.rows')
const sentence = z.string().min(10).max(400)
const ids = z.array(z.string().min(1)).readonly().exactOptional()
export const mappingsSchema = z.strictObject({ asvs: ids, caiq: ids, soc2: ids, iso27001: ids, gdpr: ids })
const words = z.array(z.string().min(1).max(textMax)).readonly()
const code = { says: z.string().min(10).max(textMax), source: z.string().startsWith('file:') }
const population = z.string().min(3).max(textMax)
const extent = z.enum(['whole', 'part']).exactOptional()
const instrumentName = z.string().regex(/^[a-z]{1,20}$/)
const beyond = z.record(instrumentName, z.string().min(10).max(textMax))

const proven = z
  .strictObject({
    kind: z.literal('proven'),
    id,
    sentence,
    population,
    extent,
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
    probe: z.strictObject({ ...code, run: z.function() }).exactOptional(),
    instruments: z
      .array(z.strictObject({ name: instrumentName, ...code, run: z.function() }))
      .min(2)
      .max(4)
      .exactOptional(),
    sabotages: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(60),
          ...code,
          beyond: beyond.exactOptional(),
          apply: z.function(),
        }),
      )
      .min(1)
      .max(120),
  })
  .refine(c => (c.probe === undefined) !== (c.instruments === undefined), 'either one probe or several instruments')
  .refine(c => namesDiffer(c.instruments ?? []), 'two instruments have the same name')
  .refine(c => c.sabotages.every(s => isSeen(s, c.instruments ?? [])), 'a sabotage is beyond all that could notice it')
  .refine(
    c => noticedBytes(c.sabotages, c.instruments ?? []) <= noticedBytesMax,
    'a run of all its sabotages would be too long for one leaf of the log',
  )
  .refine(c => c.timeoutSecs < c.freshnessMins * 60, 'a run may not take longer than its evidence lasts')
  .refine(c => namesDiffer(c.sabotages), 'two sabotages have the same name')
const planned = z.strictObject({ kind: z.literal('planned'), id, sentence, mappings: mappingsSchema })
const attested = z.strictObject({
  kind: z.literal('attested'),
  id,
  sentence,
  mappings: mappingsSchema,
  population: population.exactOptional(),
  extent,
  by: z.string().min(1).max(textMax),
  statedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  documentDigest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
})
const anyClaim = z
  .discriminatedUnion('kind', [proven, planned, attested])
  .refine(c => Buffer.byteLength(asLogged(c)) <= definitionBytesMax, 'all its texts together are too long')

/** About as its definition stands in the log: a digest for the code of each part, or one for that of all sabotages. */
function asLogged(checked: object): string {
  const short = 'instruments' in checked
  return JSON.stringify(checked, (key, value: unknown) => {
    if (key !== 'source') return value
    return short ? undefined : '0'.repeat(71)
  })
}

interface Named {
  readonly name: string
}

function namesDiffer(all: readonly Named[]): boolean {
  return new Set(all.map(one => one.name)).size === all.length
}

/** What it is declared beyond are instruments of the claim, and one is left. */
function isSeen({ beyond = {} }: Pick<Sabotage, 'beyond'>, instruments: readonly Named[]): boolean {
  const blind = Object.keys(beyond)
  const known = blind.every(name => instruments.some(one => one.name === name))
  return known && blind.length < Math.max(1, instruments.length)
}

/** How long the part of a run's leaf becomes that says who noticed what, without the names of the attacks. */
function noticedBytes(sabotages: readonly Named[], instruments: readonly Named[]): number {
  const cells = instruments.reduce((sum, { name }) => sum + name.length + 14, 0)
  return sabotages.reduce((sum, { name }) => sum + Buffer.byteLength(JSON.stringify(name)) + 44 + cells, 0)
}

/**
 * Checks a claim and freezes it.
 * @throws claims.bad_claim with every problem at once
 */
export function claim<C extends Claim>(definition: C): C {
  const checked = anyClaim.safeParse(definition)
  if (!checked.success) throw refuse.bad_claim({ detail: z.prettifyError(checked.error) })
  return Object.freeze(definition)
}
