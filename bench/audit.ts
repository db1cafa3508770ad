import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Database, Queryable } from '../upheld/src/core/ports.ts'
import { openRecorder } from '../upheld/src/foundation/audit/index.ts'
import { host, openLab, type Lab } from '../upheld/test/audit/lab.ts'
import { offered, type Offer, type OfferedResult } from './audit-offered.ts'
import { triggerCosts, type TriggerCost } from './audit-triggers.ts'
import { cpuOf } from './cpu.ts'

interface AuditSizes {
  readonly rounds: number
  /** Entries that wait when the recorder begins. */
  readonly entries: number
  readonly organizations: number
  /** Single changes of each round, end to end and for each cost of a trigger. */
  readonly changes: number
  readonly offered: Offer
  readonly idleOrganizations: number
}

export interface AuditResult {
  readonly recorder: readonly RecorderResult[]
  readonly offered: readonly OfferedResult[]
  readonly ways: readonly WayResult[]
  readonly triggers: readonly TriggerCost[]
  readonly idle: readonly IdleResult[]
}

interface RecorderResult {
  readonly batchMax: number
  readonly entries: number
  readonly organizations: number
  /** One for each round. */
  readonly perSecond: readonly number[]
  /** One for each batch of all rounds. */
  readonly batchMs: readonly number[]
  /** Milliseconds of processor for 1,000 entries, one for each round: of this process, and of its connections in the server. */
  readonly recorderCpuMs: readonly number[]
  readonly serverCpuMs: readonly (number | undefined)[]
}

/** From changes of the application to leaves, with the recorder in a process of its own. */
interface WayResult {
  readonly changes: number
  readonly connections: number
  /** Changes that were committed, and entries that were in their logs, by the time that the last one was. */
  readonly perSecond: readonly number[]
  /** From the answer to the last change until nothing waited any more. */
  readonly restMs: readonly number[]
  /** Entries that one signature of the anchor log stands for. */
  readonly batch: readonly number[]
}

interface IdleResult {
  readonly organizations: number
  readonly turns: number
  readonly statements: number
  readonly turnMs: readonly number[]
}

const connections = 2
/** What 50 ms gather at the rate that is aimed for, and what a batch may hold at most. */
const batches = [500, 2_000] as const

/** From changed rows to signed leaves, and what that costs the changes. */
export async function auditBench(sizes: AuditSizes): Promise<AuditResult> {
  const recorder = await withLab(lab => recorderAlone(lab, sizes))
  const atRate = [await withLab(lab => offered(lab, { ...sizes, offer: sizes.offered }))]
  const ways = [await withLab(lab => endToEnd(lab, sizes))]
  const triggers = await triggerCosts(sizes)
  const idle = await withLab(lab => idleTurns(lab, sizes))
  return { recorder, offered: atRate, ways, triggers, idle }
}

async function withLab<T>(work: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await openLab()
  try {
    const done = await work(lab)
    const [trouble] = lab.troubles
    if (trouble !== undefined) throw trouble.error
    return done
  } finally {
    await lab.close()
  }
}

/** Both sizes of batch in turn, round after round, each time on as many entries; one round before is not counted. */
async function recorderAlone(lab: Lab, sizes: AuditSizes): Promise<readonly RecorderResult[]> {
  const { entries, organizations } = sizes
  const found = batches.map(batchMax => {
    const perSecond: number[] = []
    const batchMs: number[] = []
    const recorderCpuMs: number[] = []
    const serverCpuMs: (number | undefined)[] = []
    return { batchMax, entries, organizations, perSecond, batchMs, recorderCpuMs, serverCpuMs }
  })
  for (let round = 0; round <= sizes.rounds; round++) {
    for (const { batchMax, perSecond, batchMs, recorderCpuMs, serverCpuMs } of found) {
      const { db, files } = recording(lab)
      const recorder = await openRecorder({ db, host, seeds: files.seeds(), anchor: files.anchor, batchMax })
      // One that is at work already: it has proven the heads that it goes on from.
      await wait(lab, organizations, organizations)
      await recorder.step()
      await wait(lab, entries, organizations)
      const times: number[] = []
      let logged = 0
      const [own, servers] = [process.cpuUsage(), await cpuOf(lab.admin, 'upheld_record')]
      while (logged < entries) {
        const from = performance.now()
        logged += await recorder.step()
        times.push(performance.now() - from)
      }
      if (logged !== entries) throw new Error(`${logged} of ${entries} entries were logged.`)
      const [{ user, system }, after] = [process.cpuUsage(own), await cpuOf(lab.admin, 'upheld_record')]
      if (round === 0) continue
      recorderCpuMs.push((user + system) / entries)
      serverCpuMs.push(servers === undefined || after === undefined ? undefined : ((after - servers) / entries) * 1000)
      perSecond.push(entries / (times.reduce((sum, ms) => sum + ms, 0) / 1000))
      batchMs.push(...times)
    }
  }
  return found
}

/** As many entries as a trigger writes them for one row each, committed and waiting. */
async function wait({ admin }: Lab, entries: number, organizations: number): Promise<void> {
  await admin.query(
    `insert into upheld_audit.pending (id, organization_id, body)
     select upheld_audit.new_id(clock_timestamp()), ('00000000-0000-4000-8000-' || lpad((g % $2)::text, 12, '0'))::uuid,
       jsonb_build_object('action', 'row.update', 'actor', jsonb_build_object('type', 'member', 'id', gen_random_uuid()),
         'purpose', 'support-desk', 'object', 'shop.item', 'outcome', 'success', 'request', gen_random_uuid(),
         'rows', jsonb_build_array(gen_random_uuid()), 'rows_total', 1)
     from generate_series(1, $1::integer) g`,
    [entries, organizations],
  )
}

async function endToEnd(lab: Lab, { rounds, changes, organizations }: AuditSizes): Promise<WayResult> {
  const all = await Promise.all(Array.from({ length: organizations }, () => lab.tenancy.createOrganization()))
  const program = fileURLToPath(new URL('./audit-recorder.ts', import.meta.url))
  const child = spawn(process.execPath, [program, lab.urls.record, lab.folder, host], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const perSecond: number[] = []
  const restMs: number[] = []
  const batch: number[] = []
  try {
    await once(child.stdout, 'data')
    for (let round = 0; round <= rounds; round++) {
      const before = await sizes(lab)
      const from = performance.now()
      let next = 0
      const change = async (): Promise<void> => {
        for (let index = next++; index < changes; index = next++) {
          const one = all[index % all.length]
          if (one === undefined) throw new Error('no organization')
          await one.sql`insert into shop.note (organization_id, text) values (${one.id}, 'a note')`
        }
      }
      await Promise.all(Array.from({ length: connections }, change))
      const answered = performance.now()
      while ((await lab.admin.query('select 1 from upheld_audit.pending limit 1')).rows.length > 0);
      const logged = performance.now()
      const after = await sizes(lab)
      if (after.leaves - before.leaves !== changes)
        throw new Error(`${after.leaves - before.leaves} of ${changes} were logged.`)
      if (round === 0) continue
      perSecond.push(changes / ((logged - from) / 1000))
      restMs.push(logged - answered)
      batch.push(changes / (after.heads - before.heads))
    }
  } finally {
    child.stdin.end()
    if (child.exitCode === null) await once(child, 'exit')
  }
  return { changes, connections, perSecond, restMs, batch }
}

/** How many leaves organizations have, and how often they were signed together. */
async function sizes({ admin }: Lab): Promise<{ leaves: number; heads: number }> {
  const { rows } = await admin.query(
    `select coalesce(sum(size) filter (where organization_id is not null), 0) as leaves,
       coalesce(sum(size) filter (where organization_id is null), 0) as heads from upheld_audit.log`,
  )
  return { leaves: Number(rows[0]?.['leaves']), heads: Number(rows[0]?.['heads']) }
}

/** Turns of a recorder when nothing waits, before and after there are many organizations. */
async function idleTurns(lab: Lab, { rounds, idleOrganizations }: AuditSizes): Promise<readonly IdleResult[]> {
  const counted = recording(lab)
  const { db, files } = counted
  const recorder = await openRecorder({ db, host, seeds: files.seeds(), anchor: files.anchor })
  const turns = rounds * 20
  const found: IdleResult[] = []
  for (const organizations of [0, idleOrganizations]) {
    await lab.admin.query(
      'insert into upheld_guard.organization (id) select gen_random_uuid() from generate_series(1, $1::integer)',
      [organizations],
    )
    await recorder.step()
    const before = counted.count()
    const turnMs: number[] = []
    for (let turn = 0; turn < turns; turn++) {
      const from = performance.now()
      if ((await recorder.step()) !== 0) throw new Error('Somebody was not idle.')
      turnMs.push(performance.now() - from)
    }
    found.push({ organizations, turns, statements: counted.count() - before, turnMs })
  }
  return found
}

/** The recorder's login, with its statements counted. */
function recording({ record, files }: Lab): { db: Database; files: Lab['files']; count(): number } {
  let statements = 0
  const counted = (inner: Queryable): Queryable => ({
    query(text, values) {
      statements += 1
      return inner.query(text, values)
    },
  })
  const db: Database = {
    ...counted(record),
    transaction: work => record.transaction(tx => work(counted(tx))),
    close: () => record.close(),
  }
  return { db, files, count: () => statements }
}
