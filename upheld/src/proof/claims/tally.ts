import type { Clock } from '../../core/clock.ts'
import type { Finding, Report } from './claim.ts'
import { findingsBytesMax, findingsMax, placesMax, textMax, unitsMax } from './limits.ts'

/** What one probing saw, counted by the runner and not by the probe. */
export interface Count {
  readonly population: Readonly<Record<string, number>>
  /** Attacks that were made, beaten or not. */
  readonly observations: number
  /** Distinct places that were attacked, up to a bound. */
  readonly places: number
  readonly findings: readonly Finding[]
  readonly findingsTotal: number
  /** Milliseconds from the beginning to the first finding. */
  readonly firstAfterMs?: number
  /** What the probe reported that cannot be. It makes the run worthless, whatever else was reported. */
  readonly fault?: string
}

/** Thrown at a probe that has found something where one finding says all: on a system that was broken on purpose. */
export class Noticed extends Error {}

interface TallyOptions {
  readonly clock: Clock
  /** Ends the probe at its first finding: `refute` does not come back, and the signal that it was given aborts. */
  readonly stopAtFirst: boolean
}

interface Tally {
  readonly report: Report
  /** The count so far. Nothing that is reported afterwards is counted. */
  close(): Count
}

export function openTally(signal: AbortSignal, { clock, stopAtFirst }: TallyOptions): Tally {
  const startedMs = clock.monotonicMs()
  const noticed = new AbortController()
  let firstAfterMs: number | undefined
  const population = new Map<string, number>()
  const places = new Set<string>()
  const findings: Finding[] = []
  let findingsBytes = 0
  let observations = 0
  let findingsTotal = 0
  let fault: string | undefined
  let open = true

  function attacked(where: string): void {
    observations += 1
    if (places.size < placesMax) places.add(where)
  }

  function keep(finding: Finding): void {
    const bytes = Buffer.byteLength(JSON.stringify(finding))
    if (findings.length === findingsMax || findingsBytes + bytes > findingsBytesMax) return
    findingsBytes += bytes
    findings.push(finding)
  }

  const report: Report = Object.freeze({
    signal: stopAtFirst ? AbortSignal.any([signal, noticed.signal]) : signal,
    population(unit: string, count: number) {
      if (!open) return
      const name = plain(unit)
      const wrong = wrongWith(count) ?? (population.has(name) ? 'was counted twice' : undefined)
      if (wrong !== undefined) fault ??= `The population of ${name} ${wrong}.`
      else if (population.size === unitsMax) fault ??= `More than ${unitsMax} kinds of population were counted.`
      else population.set(name, count)
    },
    observe(_attack: string, where: string) {
      if (open) attacked(where)
    },
    refute({ attack, where, saw }: Finding) {
      if (!open) return
      attacked(where)
      findingsTotal += 1
      firstAfterMs ??= clock.monotonicMs() - startedMs
      keep({ attack: plain(attack), where: plain(where), saw: plain(saw) })
      if (!stopAtFirst) return
      noticed.abort()
      throw new Noticed()
    },
  })

  return Object.freeze({
    report,
    close() {
      open = false
      const counted = { population: Object.fromEntries(population), observations, places: places.size }
      return {
        ...counted,
        findings,
        findingsTotal,
        ...(firstAfterMs === undefined ? {} : { firstAfterMs }),
        ...(fault === undefined ? {} : { fault }),
      }
    },
  })
}

function wrongWith(count: number): string | undefined {
  return Number.isSafeInteger(count) && count >= 0 ? undefined : 'is not a whole number'
}

/**
 * Text that a log can hold: well formed, on one line, at most 300 characters. What nobody would see is spelt out: a person
 * and a program that read it have to read the same.
 */
export function plain(text: string): string {
  const seen = text.toWellFormed().replaceAll(/\p{Cf}/gu, spelled)
  const line = seen.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
  return line.length <= textMax ? line : `${line.slice(0, textMax - 1).toWellFormed()}…`
}

/** A zero-width character, a mark of direction or an invisible tag, such as [U+202E]. */
function spelled(mark: string): string {
  return `[U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
}
