import { z } from 'zod'

/**
 * What happened to an order, from a closed list. `held` and `broke`: the live system or the untouched twin; `caught` and
 * `missed`: a broken twin; `written`: the run stands in the log; `closed`: the run of a prover that died was closed.
 */
const stepWords = [
  'taken',
  'began',
  'held',
  'broke',
  'caught',
  'missed',
  'written',
  'closed',
  'released',
  'ended',
] as const
export type StepWord = (typeof stepWords)[number]

/** How an order ended. `inconclusive`: the sabotage could not be tried; `lost`: three provers in a row did not end it. */
const outcomes = ['ran', 'caught', 'missed', 'inconclusive', 'failed', 'lost', 'lapsed'] as const
export type OrderOutcome = (typeof outcomes)[number]

/** Nobody takes an order that has waited for so long. */
export const waitSecsMax = 3600
/** So many provers may begin with one order. */
export const takesMax = 3

export const orderRow = z
  .object({
    id: z.string(),
    claim: z.string(),
    sabotage: z.string().nullable(),
    operator: z.string(),
    placed_at: z.date(),
    takes: z.number().int(),
    held: z.boolean(),
    ended_at: z.date().nullable(),
    outcome: z.enum(outcomes).nullable(),
    sequence: z.number().int().nullable(),
  })
  .readonly()
/** `held`: a prover works on it. `sequence`: of the run that came of it. */
export type Order = z.output<typeof orderRow>

export const stepRow = z
  .object({ step: z.number().int(), at: z.date(), word: z.enum(stepWords), place: z.string().nullable() })
  .readonly()
export type Step = z.output<typeof stepRow>
