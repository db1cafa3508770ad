import { pause } from '../../core/clock.ts'
import type { TrustReport } from '../../proof/claims/index.ts'
import { refuse } from './errors.ts'
import { remembering } from './memory.ts'
import { isStale, readAt } from './reading.ts'
import type { ReadRecord } from './record.ts'
import type { TrustSurfaceOptions } from './trust.ts'
import type { View, WitnessState } from './view.ts'

/** Milliseconds that a page waits for the record before it says that it cannot be read. */
const readMaxMs = 5_000

/** One look at everything, for one page or one file. Rejects only while nothing was ever read. */
export function viewer(options: TrustSurfaceOptions): () => Promise<View> {
  const { look, page, record, clock, origin, outsiders } = options
  const read = remembering(sharedReport(options), options.onFailure)
  let signed: readonly WitnessState[] = []
  const witnessesOf = async (report: TrustReport): Promise<readonly WitnessState[]> => {
    if (report.recordFault !== undefined) return []
    if (!isStale(report)) signed = (await options.witnesses?.()) ?? []
    return signed
  }
  return async () => {
    const report = await read()
    const nowMs = clock.now().getTime()
    // A log that does not hold is not read entry by entry: the page says what is wrong with it instead.
    const held = report.recordFault !== undefined ? nothing : isStale(report) ? quiet(record) : record
    const witnesses = await witnessesOf(report)
    const emergencies = await emergenciesOf(options, report)
    const asked = outsiders === undefined ? {} : { outsiders }
    const shown = { report: readAt(report, nowMs), page, record: held, look, nowMs, origin, witnesses, ...asked }
    return emergencies === undefined ? shown : { ...shown, emergencies }
  }
}

const nothing: ReadRecord = async () => []

/** Entries that nobody remembers are not shown; the pages say why. */
function quiet(record: ReadRecord): ReadRecord {
  return query => record(query).catch(() => [])
}

/** What cannot be counted is said to be unknown, and takes nothing else along. */
function emergenciesOf(
  { emergencies, onFailure }: TrustSurfaceOptions,
  report: TrustReport,
): Promise<View['emergencies']> {
  if (emergencies === undefined) return Promise.resolve(undefined)
  if (isStale(report)) return Promise.resolve('unknown')
  return emergencies().catch((failure: unknown) => {
    onFailure(failure)
    return 'unknown' as const
  })
}

/** One reading for all who wait at the same time, so that a crowd of readers is one question to the database. */
function sharedReport({ report }: TrustSurfaceOptions): () => Promise<TrustReport> {
  let reading: Promise<TrustReport> | undefined
  return () => {
    reading ??= inTime(report).finally(() => {
      reading = undefined
    })
    return reading
  }
}

/** @throws trust.too_slow */
async function inTime<T>(work: () => Promise<T>): Promise<T> {
  const done = new AbortController()
  const late = pause(readMaxMs, done.signal).then(() => undefined)
  try {
    const first = await Promise.race([work().then(value => ({ value })), late])
    if (first === undefined) throw refuse.too_slow()
    return first.value
  } finally {
    done.abort()
  }
}
