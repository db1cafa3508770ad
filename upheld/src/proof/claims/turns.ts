import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { assert } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import type { ProvenClaim } from './claim.ts'
import { claimDigest } from './definition.ts'
import { asJson } from './leaf.ts'
import type { AppendLeaf } from './ports.ts'
import type { RunRecord } from './verdict.ts'

/** The right to run one claim once, until the lease ends. */
export interface Turn {
  readonly claim: ProvenClaim
  readonly sequence: number
  readonly runner: string
}

export interface TurnPorts {
  readonly database: Database
  readonly append: AppendLeaf
  readonly clock: Clock
  /** This process, a UUID. */
  readonly runner: string
  readonly leaseMs: number
}

interface Taken {
  readonly turn: Turn
  /** The run of a prover that died, closed on its behalf. */
  readonly lost?: RunRecord
}

interface Stand {
  /** The number of the run that was begun last. */
  readonly sequence: number
  readonly running: boolean
}

const standRow = z.object({ claim: z.string(), sequence: z.number().int(), running: z.boolean() })
const turnRow = z.object({ claim: z.string(), sequence: z.number().int() })
const openRow = z.object({ sequence: z.number().int(), digest: z.string(), started_at: z.date() })

/**
 * Takes the turn that has been due longest and that nobody holds, among these claims as they are now. Whoever held it
 * before and died has left an open attempt: that is closed as lost, in the same transaction, so no number is skipped.
 */
export async function takeTurn(ports: TurnPorts, claims: readonly ProvenClaim[]): Promise<Taken | undefined> {
  const taken = await ports.database.transaction(async tx => {
    const row = await lockDue(tx, claims)
    const claim = claims.find(one => one.id === row?.claim)
    if (row === undefined || claim === undefined) return undefined
    const lost = await closeLost(tx, ports, claim)
    const turn = { claim, sequence: row.sequence + 1, runner: ports.runner }
    await openAttempt(tx, ports, turn)
    return { turn, lost }
  })
  taken?.lost?.seen()
  if (taken === undefined) return undefined
  return { turn: taken.turn, ...(taken.lost === undefined ? {} : { lost: taken.lost.record }) }
}

/** Claims of another digest belong to a prover that runs other code: it takes those turns. */
async function lockDue(tx: Queryable, claims: readonly ProvenClaim[]): Promise<z.infer<typeof turnRow> | undefined> {
  const { rows } = await tx.query(
    `select turn.claim, turn.sequence from upheld_proof.turn
     join unnest($1::text[], $2::text[]) with ordinality as mine (claim, digest, place) using (claim, digest)
     where not withdrawn and due_at <= clock_timestamp()
       and (lease_until is null or lease_until <= clock_timestamp())
     order by due_at, place limit 1 for update of turn skip locked`,
    [claims.map(claim => claim.id), claims.map(claimDigest)],
  )
  return rows.map(row => turnRow.parse(row))[0]
}

async function openAttempt(tx: Queryable, ports: TurnPorts, { claim, sequence, runner }: Turn): Promise<void> {
  await tx.query(
    `update upheld_proof.turn set sequence = $2, runner = $3,
       lease_until = clock_timestamp() + $4 * interval '1 millisecond'
     where claim = $1`,
    [claim.id, sequence, runner, ports.leaseMs],
  )
  await tx.query(
    `insert into upheld_proof.attempt (claim, sequence, digest, runner, started_at, timeout_secs)
     values ($1, $2, $3, $4, $5, $6)`,
    [claim.id, sequence, claimDigest(claim), runner, ports.clock.now(), claim.timeoutSecs],
  )
}

async function closeLost(
  tx: Queryable,
  ports: TurnPorts,
  claim: ProvenClaim,
): Promise<{ readonly record: RunRecord; seen(): void } | undefined> {
  const { rows } = await tx.query(
    'select sequence, digest, started_at from upheld_proof.attempt where claim = $1 and finished_at is null',
    [claim.id],
  )
  const [open] = rows.map(row => openRow.parse(row))
  if (open === undefined) return undefined
  const record = lostRecord(claim, open, ports.clock.now())
  const appended = await closeAttempt(tx, ports.append, record)
  return { record, seen: () => appended.seen() }
}

function lostRecord(claim: ProvenClaim, open: z.infer<typeof openRow>, now: Date): RunRecord {
  return {
    type: 'upheld/run@v1',
    claim: claim.id,
    claim_digest: open.digest,
    sequence: open.sequence,
    started_at: open.started_at.toISOString(),
    finished_at: now.toISOString(),
    duration_ms: Math.max(0, now.getTime() - open.started_at.getTime()),
    expires_at: open.started_at.toISOString(),
    verdict: 'unproven',
    reason: 'lost',
    population: {},
    observations: 0,
    observations_min: claim.observationsMin,
    findings: [],
    findings_total: 0,
    sabotages: [],
    untouched_twin: 'not_tried',
    note: 'The process that ran it ended without a result.',
  }
}

/** @returns false when somebody else holds the turn now */
export async function renewTurn(ports: TurnPorts, { claim, sequence, runner }: Turn): Promise<boolean> {
  const { rowCount } = await ports.database.query(
    `update upheld_proof.turn set lease_until = clock_timestamp() + $4 * interval '1 millisecond'
     where claim = $1 and sequence = $2 and runner = $3`,
    [claim.id, sequence, runner, ports.leaseMs],
  )
  return rowCount === 1
}

/**
 * Writes the run into the log, closes its attempt and gives the turn back, all or nothing.
 * @returns the index of its leaf, or undefined when the turn was lost meanwhile: its attempt is closed already
 */
export async function finishTurn(
  ports: TurnPorts,
  { claim, sequence, runner }: Turn,
  record: RunRecord,
  nextInMs: number,
): Promise<number | undefined> {
  const closed = await ports.database.transaction(async tx => {
    // A claim that was changed during the run is due again at once; a withdrawn one is due no more.
    const { rowCount } = await tx.query(
      `update upheld_proof.turn set runner = null, lease_until = null, due_at = case
         when withdrawn then null
         when digest = $4 then clock_timestamp() + $5 * interval '1 millisecond'
         else clock_timestamp()
       end
       where claim = $1 and sequence = $2 and runner = $3`,
      [claim.id, sequence, runner, record.claim_digest, nextInMs],
    )
    return rowCount === 1 ? await closeAttempt(tx, ports.append, record) : undefined
  })
  closed?.seen()
  return closed?.index
}

async function closeAttempt(tx: Queryable, append: AppendLeaf, record: RunRecord): ReturnType<AppendLeaf> {
  const appended = await append(tx, asJson(record))
  const { rowCount } = await tx.query(
    `update upheld_proof.attempt set finished_at = $3, log_index = $4
     where claim = $1 and sequence = $2 and finished_at is null`,
    [record.claim, record.sequence, record.finished_at, appended.index],
  )
  assert(rowCount === 1, 'an attempt is closed once')
  return appended
}

/** How far each of these claims has come. One that another release has changed is left out: it runs that one. */
export async function progressOf(database: Database, claims: readonly ProvenClaim[]): Promise<Map<string, Stand>> {
  const { rows } = await database.query(
    `select claim, sequence, runner is not null as running from upheld_proof.turn
     join unnest($1::text[], $2::text[]) as mine (claim, digest) using (claim, digest) where not withdrawn`,
    [claims.map(claim => claim.id), claims.map(claimDigest)],
  )
  return new Map(rows.map(row => standRow.parse(row)).map(({ claim, ...stand }) => [claim, stand]))
}

/** Makes a turn due now, unless it is already, or is being run. */
export async function hasten(database: Database, claim: ProvenClaim): Promise<void> {
  await database.query(
    `update upheld_proof.turn set due_at = clock_timestamp()
     where claim = $1 and runner is null and due_at > clock_timestamp()`,
    [claim.id],
  )
}
