import { randomInt } from 'node:crypto'
import { pause } from '../../../core/clock.ts'
import type { Entry, Feed, OwnLog } from '../search/index.ts'
import { refuse } from './errors.ts'
import { severityOf, type Format, type Source } from './format.ts'
import type { Batch, Cursor, Item, Position, Sink } from './ports.ts'

/** Entries that are read, written down and held in memory at a time. A leaf has at most 16 KiB. */
const batchMax = 256
/** A batch ends before its lines are longer than this, unless one line is. */
const batchBytesMax = 1024 * 1024
const attemptsMax = 6
const waitFirstMs = 250
const waitMaxMs = 30_000

export interface Delivery {
  readonly feed: Feed
  readonly format: Format
  readonly source: Omit<Source, 'origin'>
  readonly sink: Sink
  readonly cursor: Cursor
  /** Where to begin when the cursor says nothing. The beginning when absent. */
  readonly since?: Date
  readonly onProgress?: (delivered: number, of: number) => void
  /** A batch that was not taken, and that will be tried again. */
  readonly onDelay?: (why: string, waitMs: number) => void
  readonly signal?: AbortSignal
  /** How long to wait before the first repetition; it doubles from time to time. 250 ms when absent. */
  readonly waitFirstMs?: number
}

/**
 * Brings the entries that are in the log by now to the sink, in order, each at least once: the cursor moves only after
 * the sink took a batch. Resolves to how many were taken; ends early, without harm, when the signal aborts.
 * @throws siem.not_taken, refused, log_gap, pruned, turned_back
 */
export async function deliver(delivery: Delivery): Promise<number> {
  const logs = await delivery.feed.logs()
  const begin = await beginningOf(delivery, logs)
  const rest = logs.slice(begin.log)
  const of = rest.reduce((sum, log, at) => sum + log.size - (at === 0 ? begin.next : log.minimumIndex), 0)
  const [first] = rest
  // Known before anything is sent: whoever is killed after the first batch begins there again, and nowhere else.
  if (first !== undefined && delivery.cursor.read() === undefined) {
    delivery.cursor.write({ origin: first.origin, next: begin.next })
  }
  let delivered = 0
  for (const [at, log] of rest.entries()) {
    const portions = portionsOf(delivery, log, at === 0 ? begin.next : log.minimumIndex)
    for await (const batch of portions) {
      await insist(delivery, batch)
      delivered += batch.items.length
      delivery.cursor.write({ origin: log.origin, next: (batch.items.at(-1)?.index ?? 0) + 1 })
      delivery.onProgress?.(delivered, of)
      if (delivery.signal?.aborted === true) return delivered
    }
  }
  return delivered
}

async function beginningOf(
  { cursor, feed, since }: Delivery,
  logs: readonly OwnLog[],
): Promise<{ readonly log: number; readonly next: number }> {
  const known = cursor.read()
  if (known !== undefined) return continued(known, logs)
  if (since !== undefined) {
    for (const [at, log] of logs.entries()) {
      const next = await feed.since(log, since)
      if (next < log.size || at === logs.length - 1) return { log: at, next: Math.max(next, log.minimumIndex) }
    }
  }
  return { log: 0, next: logs[0]?.minimumIndex ?? 0 }
}

function continued(
  { origin, next }: Position,
  logs: readonly OwnLog[],
): { readonly log: number; readonly next: number } {
  const at = logs.findIndex(log => log.origin === origin)
  const log = logs[at]
  if (log === undefined) throw refuse.turned_back({ detail: `There is no log ${origin} any more.` })
  if (next > log.size) throw refuse.turned_back({ detail: `${next} were exported of ${log.size}.` })
  if (next < log.minimumIndex) throw refuse.pruned({ detail: `Entries ${next} to ${log.minimumIndex - 1}.` })
  return { log: at, next }
}

/** What is left of one log, in batches. @throws siem.log_gap */
async function* portionsOf({ feed, format, source, sink }: Delivery, log: OwnLog, from: number): AsyncGenerator<Batch> {
  const whose: Source = { ...source, origin: log.origin }
  let before = from > log.minimumIndex ? (await feed.entries(log, from - 1, 1))[0] : undefined
  for (let next = from; next < log.size;) {
    const entries = await feed.entries(log, next, Math.min(batchMax, log.size - next))
    const items: Item[] = []
    let bytes = 0
    for (const entry of entries) {
      if (entry.index !== next) break
      const line = format.line(entry, whose, before)
      bytes += Buffer.byteLength(line)
      if (items.length > 0 && bytes > batchBytesMax) break
      items.push(itemOf(entry, line))
      before = entry
      next += 1
    }
    if (items.length === 0)
      throw refuse.log_gap({ detail: `Entry ${next} of ${log.origin}, on the way to ${sink.says}.` })
    yield { origin: log.origin, items, media: format.media, header: format.header }
  }
}

function itemOf(entry: Entry, line: string): Item {
  return { line, index: entry.index, receivedAt: entry.says.received_at, severity: severityOf(entry).cef }
}

/** Asks until the batch is taken, a few times, ever more slowly, and not all senders at one moment. */
async function insist(
  { sink, signal, onDelay, waitFirstMs: first = waitFirstMs }: Delivery,
  batch: Batch,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await sink.deliver(batch)
    if (answer.taken) return
    const detail = `${sink.says}: ${answer.why}.`
    if (!answer.again) throw refuse.refused({ detail })
    if (attempt === attemptsMax || signal?.aborted === true) throw refuse.not_taken({ detail })
    const asked = Math.max(answer.afterMs ?? 0, first * 2 ** (attempt - 1))
    const waitMs = Math.min(asked + randomInt(Math.max(1, Math.floor(asked / 4))), waitMaxMs)
    onDelay?.(answer.why, waitMs)
    await pause(waitMs, signal)
  }
}
