import type { Json, JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/transparency/index.ts'
import { countAt, listAt, objectAt, textAt, timeAt } from './fields.ts'

/** What a finished run says of itself (leaf `upheld/run@v1`), as far as a verdict rests on it. */
export interface Run {
  readonly index: number
  readonly claim: string
  readonly digest: string
  readonly sequence: number
  readonly verdict: 'upheld' | 'refuted' | 'unproven'
  readonly reason: string
  readonly note: string
  readonly startedAt: number
  readonly finishedAt: number
  readonly expiresAt: number
  readonly leaf: JsonObject
}

const verdicts = ['upheld', 'refuted', 'unproven'] as const

/** Undefined when the leaf is not well formed. */
export function readRun(leaf: JsonObject, index: number): Run | undefined {
  const [claim, digest, reason] = [textAt(leaf, 'claim'), textAt(leaf, 'claim_digest'), textAt(leaf, 'reason')]
  const [startedAt, finishedAt, expiresAt] = times.map(key => timeAt(leaf, key))
  const [sequence, note] = [countAt(leaf, 'sequence'), textAt(leaf, 'note')]
  const verdict = verdicts.find(word => word === leaf['verdict'])
  if (claim === undefined || digest === undefined || sequence === undefined) return undefined
  if (verdict === undefined || reason === undefined || note === undefined) return undefined
  if (startedAt === undefined || finishedAt === undefined || expiresAt === undefined) return undefined
  return { index, claim, digest, sequence, verdict, reason, note, startedAt, finishedAt, expiresAt, leaf }
}

const times = ['started_at', 'finished_at', 'expires_at'] as const

/**
 * Why a run that calls itself upheld is not, by its own numbers and the claim that it was made for: the word alone is
 * worth nothing, whoever signed it. Empty when it may be believed.
 */
export function doubtsOf({ leaf, startedAt, expiresAt, reason }: Run, definition: JsonObject): string[] {
  const observations = countAt(leaf, 'observations') ?? 0
  const least = countAt(definition, 'observationsMin') ?? Infinity
  const population = Object.values(objectAt(leaf, 'population') ?? {})
  const sabotages = listAt(leaf, 'sabotages') ?? []
  const promised = namesOf(definition)
  const freshMs = (countAt(definition, 'freshnessMins') ?? 0) * 60_000
  const timeoutMs = (countAt(definition, 'timeoutSecs') ?? 0) * 1000
  const checks: readonly (readonly [held: boolean, otherwise: string])[] = [
    [reason === 'held', 'Its reason is another.'],
    [observations >= Math.max(1, least), `It made ${observations} attacks; the claim demands ${least}.`],
    [countAt(leaf, 'observations_min') === least, 'It demands other observations than the claim.'],
    [population.length > 0 && population.every(isSome), 'It counted nothing to attack.'],
    [countAt(leaf, 'findings_total') === 0 && listAt(leaf, 'findings')?.length === 0, 'An attack came through.'],
    [textAt(leaf, 'untouched_twin') === 'held', 'The untouched twin did not hold.'],
    [promised !== '' && namesOf(leaf) === promised, 'It tried other sabotages than the claim names.'],
    [sabotages.every(one => isObject(one) && one['outcome'] === 'caught'), 'A sabotage was not caught.'],
    [allNoticed(sabotages, definition), 'An instrument did not notice a sabotage that it is meant to.'],
    [(countAt(leaf, 'duration_ms') ?? Infinity) <= timeoutMs, 'It took longer than the claim allows.'],
    [expiresAt - startedAt <= freshMs, 'It lasts longer than the claim allows.'],
  ]
  return checks.flatMap(([held, otherwise]) => (held ? [] : [otherwise]))
}

function isSome(many: unknown): boolean {
  return typeof many === 'number' && many > 0
}

/** The names of the sabotages of a run or of a claim, in order. */
function namesOf(object: JsonObject): string {
  return (listAt(object, 'sabotages') ?? []).map(one => (isObject(one) ? textAt(one, 'name') : '')).join('\n')
}

/**
 * Of a claim with several instruments: each sabotage was noticed by every one that the definition does not declare blind
 * to it, and by at least one. A claim with a single probe has no such list.
 */
function allNoticed(sabotages: readonly Json[], definition: JsonObject): boolean {
  const instruments = (listAt(definition, 'instruments') ?? []).map(one => (isObject(one) ? textAt(one, 'name') : ''))
  if (instruments.length === 0) return true
  const promised = listAt(definition, 'sabotages') ?? []
  return promised.every((one, place) => {
    const tried = sabotages[place]
    if (!isObject(one) || tried === undefined || !isObject(tried)) return false
    const blind = Object.keys(objectAt(one, 'beyond') ?? {})
    const needed = instruments.filter(name => name !== undefined && !blind.includes(name))
    const noticed = (listAt(tried, 'noticed') ?? []).map(entry => (Array.isArray(entry) ? String(entry[0]) : ''))
    return needed.length > 0 && needed.join() === noticed.join()
  })
}
