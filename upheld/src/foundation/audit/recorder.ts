import { z } from 'zod'
import { pause, systemClock } from '../../core/clock.ts'
import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { isKeyName } from '../../core/transparency/index.ts'
import { holdToAnchor, keepAnchor } from './anchor.ts'
import type { AnchorStore } from './anchor.ts'
import { refuse } from './errors.ts'
import { anchorDrafts, entryDraft, growLog, loggedAt, successorDraft } from './grow.ts'
import type { Draft, Growth } from './grow.ts'
import { emptyHead, proveHead } from './heads.ts'
import type { Head } from './heads.ts'
import { logKeys } from './keys.ts'
import type { LogKeys } from './keys.ts'
import { openLogs, remember } from './logs.ts'
import type { OpenLogs, Remembered } from './logs.ts'
import { insertLogs, isWaiting, lockAnchor, readEdges, readWaiting } from './store.ts'
import type { LogRow, Waiting } from './store.ts'
import { writeBatch } from './write.ts'

export interface RecorderOptions {
  /** Login upheld_record. */
  readonly db: Database
  /** The first part of every origin, such as `desk.example`. */
  readonly host: string
  /** Seeds of 32 bytes, the newest last; see `logKeys`. */
  readonly seeds: readonly Buffer[]
  readonly anchor: AnchorStore
  readonly clock?: Clock
  /** Told of what goes wrong and is tried again, and once of each organization whose log does not hold. */
  readonly onTrouble?: (error: unknown, organization?: string) => void
  /** How long entries are gathered before they are logged together. */
  readonly gatherMs?: number
  /** Entries of one batch at most. */
  readonly batchMax?: number
}

export interface Recorder {
  /**
   * Logs what waits, up to one batch, in one transaction, and gives the number of entries.
   * @throws audit.rolled_back, forked, altered, other_key, disk_full; what the database throws
   */
  step(): Promise<number>
  /**
   * Goes on until the signal aborts. Failures that pass are tried again, a database that was turned back is not.
   * @throws audit.rolled_back, forked, altered, other_key
   */
  run(signal: AbortSignal): Promise<void>
  /** The keys of all logs, public ones included. */
  readonly keys: LogKeys
}

const optionForm = z.object({
  host: z
    .string()
    .max(150)
    .refine(host => isKeyName(host), 'no space and no plus'),
  gatherMs: z.number().int().min(0).max(1_000),
  batchMax: z.number().int().min(1).max(10_000),
})
const retryMs = 1_000
const anchorName = 'upheld/anchor'
const final = new Set(['audit.rolled_back', 'audit.forked', 'audit.altered', 'audit.other_key'])

interface Work extends RecorderOptions {
  readonly keys: LogKeys
  readonly batchMax: number
  readonly remembered: Remembered
  /** Organizations whose log does not hold. */
  readonly frozen: Set<string>
}

/**
 * Opens the logs for writing, and starts the anchor log when the database and this host have never seen one.
 * @throws audit.bad_options, rolled_back, forked, altered, other_key, disk_full
 */
export async function openRecorder(options: RecorderOptions): Promise<Recorder> {
  const { clock = systemClock, gatherMs = 50, batchMax = 2_000, host } = options
  const parsed = optionForm.safeParse({ host, gatherMs, batchMax })
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  const keys = logKeys(options.seeds)
  const work: Work = { ...options, keys, batchMax, remembered: new Map(), frozen: new Set() }
  const head = await options.db.transaction(tx => openAnchor(tx, work))
  keepAnchor(options.anchor, head, keys)
  const step = (): Promise<number> => stepOf(work)
  return Object.freeze({
    step,
    async run(signal: AbortSignal) {
      while (!signal.aborted) {
        const startedMs = clock.monotonicMs()
        const logged = await step().catch((error: unknown) => {
          work.remembered.clear()
          options.onTrouble?.(error)
          if (error instanceof UpheldError && final.has(error.code)) throw error
          return undefined
        })
        if (logged === undefined) await pause(retryMs, signal)
        else if (logged < batchMax) await pause(Math.max(0, gatherMs - (clock.monotonicMs() - startedMs)), signal)
      }
    },
    keys,
  })
}

async function stepOf(work: Work): Promise<number> {
  if (!(await isWaiting(work.db, [...work.frozen]))) return 0
  const frozen = work.frozen.size
  const done = await work.db
    .transaction(tx => logBatch(tx, work))
    .catch((thrown: unknown) => {
      // Something waited that is no entry: nothing was logged, and without that organization the others go on.
      if (work.frozen.size === frozen) throw thrown
    })
  if (done === undefined) return stepOf(work)
  remember(work.remembered, done.heads)
  keepAnchor(work.anchor, done.anchor, work.keys)
  return done.logged
}

/** One batch: everything of it is in, then it is signed, then all of it commits. */
async function logBatch(
  tx: Queryable,
  work: Work,
): Promise<{ readonly heads: readonly Head[]; readonly anchor: Head; readonly logged: number }> {
  const anchor = await openAnchor(tx, work)
  const waiting = await readWaiting(tx, work.batchMax, [...work.frozen])
  const [first] = waiting
  if (first === undefined) return { heads: [anchor], anchor, logged: 0 }
  const logs = await openLogs(tx, [...new Set(waiting.map(({ organization }) => organization))], work)
  for (const [organization, error] of logs.refused) freeze(work, organization, error)
  const logged = waiting.filter(({ organization }) => logs.heads.has(organization))
  if (logged.length === 0) return { heads: [anchor], anchor, logged: 0 }
  const growths = growAll(logs, logged, first.now, work)
  const moved = growths.map(({ head }) => head)
  const anchored = growLog(anchor, anchorDrafts(moved, first.now), loggedAt(anchor, first.now), work.keys)
  const all = [...growths, anchored]
  await writeBatch(tx, {
    leaves: all.flatMap(({ leaves }) => leaves),
    mentions: all.flatMap(({ mentions }) => mentions),
    tiles: all.flatMap(({ tiles }) => tiles),
    heads: all.flatMap(({ heads }) => heads),
    logged: logged.map(({ seq }) => seq),
    successors: successorsIn(logs),
  })
  return { heads: [...moved, anchored.head], anchor: anchored.head, logged: logged.length }
}

function freeze(work: Work, organization: string, error: UpheldError): void {
  work.frozen.add(organization)
  work.onTrouble?.(error, organization)
}

/** @throws audit.altered when something waits that is no entry; its organization is frozen by then */
function growAll(logs: OpenLogs, waiting: readonly Waiting[], now: Date, work: Work): Growth[] {
  const entries = Map.groupBy(waiting, ({ organization }) => organization)
  return [...logs.heads].map(([organization, head]) => {
    const time = loggedAt(head, now)
    const before = logs.succeeded.get(organization)
    const drafts = draftsOf(entries.get(organization) ?? [], time, organization, work)
    if (before !== undefined) {
      drafts.unshift(successorDraft(time, { predecessor: before.origin, found: before.checkpoint }))
    }
    return growLog(head, drafts, time, work.keys)
  })
}

function draftsOf(waiting: readonly Waiting[], time: Date, organization: string, work: Work): Draft[] {
  try {
    return waiting.map(one => entryDraft(one, time))
  } catch (thrown) {
    if (thrown instanceof UpheldError) freeze(work, organization, thrown)
    throw thrown
  }
}

function successorsIn({ succeeded, heads }: OpenLogs): { readonly log: string; readonly successor: string }[] {
  return [...succeeded].flatMap(([organization, before]) => {
    const head = heads.get(organization)
    return head === undefined ? [] : [{ log: before.id, successor: head.row.id }]
  })
}

/** The anchor log, locked, proven, and held to what this host has seen; started where there never was one. */
async function openAnchor(tx: Queryable, work: Work): Promise<Head> {
  const row = await lockAnchor(tx)
  const head = row === undefined ? undefined : await anchorHead(tx, row, work)
  await holdToAnchor(tx, work.anchor, head, work.keys)
  if (head !== undefined) return head
  const origin = `${work.host}/${anchorName}`
  const fresh = { organization: null, origin, epoch: work.keys.epoch, ...emptyHead(origin, work.keys) }
  const [made] = await insertLogs(tx, [fresh])
  const started = made ?? (await lockAnchor(tx))
  if (started === undefined) throw refuse.altered({ detail: 'The anchor log could not be started.' })
  return anchorHead(tx, started, work)
}

async function anchorHead(tx: Queryable, row: LogRow, { keys, remembered }: Work): Promise<Head> {
  const known = remembered.get(row.id)
  if (known?.row.checkpoint === row.checkpoint && known.row.size === row.size) return { ...known, row }
  const edge = row.size === 0 ? [] : ((await readEdges(tx, [row])).get(row.id) ?? [])
  return proveHead(row, edge, keys)
}
