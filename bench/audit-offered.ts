import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { host, type Lab } from '../upheld/test/audit/lab.ts'
import { cpuOf } from './cpu.ts'

export interface Offer {
  readonly perSecond: number
  readonly seconds: number
}

/** Entries that come at a given rate, and how long each takes from its commit to the signed head over it. */
export interface OfferedResult extends Offer {
  readonly organizations: number
  /** Entries of one transaction. */
  readonly together: number
  /** One for each round; what was reached when the rate could not be kept up. */
  readonly committedPerSecond: readonly number[]
  readonly loggedPerSecond: readonly number[]
  readonly p50Ms: readonly number[]
  readonly p99Ms: readonly number[]
  /** Entries that one signature of the anchor log stands for. */
  readonly batch: readonly number[]
  /** Milliseconds of processor for 1,000 entries: of the recorder's process, and of its connection in the server. */
  readonly recorderCpuMs: readonly number[]
  readonly serverCpuMs: readonly (number | undefined)[]
}

const batchLine = z.object({ entries: z.number(), atMs: z.number(), cpuMs: z.number() })
type Batch = z.output<typeof batchLine>
const together = 50
const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** The recorder in a process of its own; entries are committed as triggers write them, in transactions of 50 rows. */
export async function offered(
  lab: Lab,
  { rounds, organizations, offer }: { readonly rounds: number; readonly organizations: number; readonly offer: Offer },
): Promise<OfferedResult> {
  const program = fileURLToPath(new URL('./audit-recorder.ts', import.meta.url))
  const child = spawn(process.execPath, [program, lab.urls.record, lab.folder, host], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const batches: Batch[] = []
  const lines = createInterface({ input: child.stdout })
  const ready = once(lines, 'line')
  const source = openDatabase(lab.urls.admin, { connectionsMax: 1 })
  const found: Round[] = []
  try {
    await ready
    lines.on('line', line => batches.push(batchLine.parse(JSON.parse(line))))
    await stage(lab, offer, organizations)
    for (let round = 0; round <= rounds; round++) {
      const one = await offerOnce(lab, source, offer, batches)
      if (round > 0) found.push(one)
    }
  } finally {
    await source.close()
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
  return { ...offer, organizations, together, ...columnsOf(found) }
}

interface Round {
  readonly committedPerSecond: number
  readonly loggedPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly batch: number
  readonly recorderCpuMs: number
  readonly serverCpuMs: number | undefined
}

async function offerOnce(lab: Lab, source: Lab['admin'], offer: Offer, batches: Batch[]): Promise<Round> {
  batches.length = 0
  const entries = Math.floor((offer.perSecond * offer.seconds) / together) * together
  const [cpuBefore, from] = [await cpuOf(lab.admin, 'upheld_record'), nowMs()]
  const committedAtMs: number[] = []
  for (let at = 0; at < entries; at += together) {
    const dueMs = from + (at / offer.perSecond) * 1000
    if (dueMs > nowMs()) await sleep(dueMs - nowMs())
    await source.query(
      `insert into upheld_audit.pending (id, organization_id, body)
       select gen_random_uuid(), organization_id, body from public.staged where n >= $1 and n < $1 + $2::integer order by n`,
      [at, together],
    )
    committedAtMs.push(nowMs())
  }
  const logged = (): number => batches.reduce((sum, batch) => sum + batch.entries, 0)
  while (logged() < entries) await sleep(5)
  const [first, last] = [batches[0], batches.at(-1)]
  if (first === undefined || last === undefined || logged() !== entries)
    throw new Error(`${logged()} of ${entries} entries were logged.`)
  const cpuAfter = await cpuOf(lab.admin, 'upheld_record')
  const waits = waitsOf(committedAtMs, batches).toSorted((a, b) => a - b)
  const at = (share: number): number => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? NaN
  return {
    committedPerSecond: entries / (((committedAtMs.at(-1) ?? NaN) - from) / 1000),
    loggedPerSecond: entries / ((last.atMs - from) / 1000),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    batch: entries / batches.length,
    // What the process had used by its first batch here is not of this round; that batch is left out on both sides.
    recorderCpuMs: ((last.cpuMs - first.cpuMs) / Math.max(1, entries - first.entries)) * 1000,
    serverCpuMs:
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) / entries) * 1000,
  }
}

/** Entries are logged in the order in which one connection commits them: the batch of each follows from the counts. */
function waitsOf(committedAtMs: readonly number[], batches: readonly Batch[]): number[] {
  let [batch, upTo] = [0, batches[0]?.entries ?? 0]
  return committedAtMs.map((committed, i) => {
    while (upTo < (i + 1) * together) {
      batch += 1
      upTo += batches[batch]?.entries ?? Infinity
    }
    return (batches[batch]?.atMs ?? NaN) - committed
  })
}

/** Bodies as a trigger writes them for one row each, made before the clock runs. */
async function stage({ admin }: Lab, { perSecond, seconds }: Offer, organizations: number): Promise<void> {
  await admin.query(
    'create table public.staged (n integer primary key, organization_id uuid not null, body jsonb not null)',
  )
  await admin.query(
    `insert into public.staged
     select g, ('00000000-0000-4000-8000-' || lpad((g % $2)::text, 12, '0'))::uuid,
       jsonb_build_object('action', 'row.update', 'actor', jsonb_build_object('type', 'member', 'id', gen_random_uuid()),
         'purpose', 'support-desk', 'object', 'shop.item', 'outcome', 'success', 'request', gen_random_uuid(),
         'rows', jsonb_build_array(gen_random_uuid()), 'rows_total', 1)
     from generate_series(0, $1::integer - 1) g`,
    [perSecond * seconds, organizations],
  )
  await admin.query('analyze public.staged')
}

function columnsOf(found: readonly Round[]): Omit<OfferedResult, keyof Offer | 'organizations' | 'together'> {
  return {
    committedPerSecond: found.map(one => one.committedPerSecond),
    loggedPerSecond: found.map(one => one.loggedPerSecond),
    p50Ms: found.map(one => one.p50Ms),
    p99Ms: found.map(one => one.p99Ms),
    batch: found.map(one => one.batch),
    recorderCpuMs: found.map(one => one.recorderCpuMs),
    serverCpuMs: found.map(one => one.serverCpuMs),
  }
}
