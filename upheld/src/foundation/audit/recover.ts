import { randomBytes } from 'node:crypto'
import { UpheldError } from '../../core/errors.ts'
import { canonicalJson } from '../../core/json.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { readLeaf } from '../../core/transparency/index.ts'
import { holdToAnchor, keepAnchor } from './anchor.ts'
import type { AnchorStore } from './anchor.ts'
import { refuse } from './errors.ts'
import { growLog, loggedAt, successorDraft } from './grow.ts'
import { emptyHead, proveHead } from './heads.ts'
import type { Head } from './heads.ts'
import { logKeys } from './keys.ts'
import type { LogKeys } from './keys.ts'
import { actorOf } from './operator.ts'
import type { Operator } from './operator.ts'
import { insertLogs, lockAnchor, readEdges } from './store.ts'
import type { LogRow } from './store.ts'
import { writeBatch } from './write.ts'

const somebody: Operator = { type: 'operator', id: 'operator', purpose: 'log after a restore' }

/**
 * What an operator does after a database was turned back and no newer copy of it is left: every log ends where it is, and
 * goes on under a new origin. The first leaf of the new anchor log holds the head that was seen last and the one that was
 * found; that of each organization's new log the head that was found. Nothing is hidden: the
 * two signed heads say for ever what is missing. Gives the new origin. Login upheld_record.
 * @throws audit.not_turned_back when the logs continue the head that was seen
 */
export async function openSuccessors(options: {
  readonly db: Database
  readonly host: string
  readonly seeds: readonly Buffer[]
  readonly anchor: AnchorStore
  /** At most 500 characters, for everybody to read. */
  readonly reason: string
  /** Who orders it; `operator` when absent. */
  readonly operator?: Operator
}): Promise<string> {
  const { db, host, anchor, reason, operator = somebody } = options
  const keys = logKeys(options.seeds)
  const seen = anchor.read()
  if (seen === undefined) throw refuse.not_turned_back({ detail: 'This host has seen no head.' })
  if (reason.length === 0 || reason.length > 500 || !reason.isWellFormed()) {
    throw refuse.bad_options({ detail: 'A reason has 1 to 500 characters.' })
  }
  const head = await db.transaction(async tx => {
    const row = await lockAnchor(tx)
    if (row !== undefined && (await holds(tx, row, anchor, keys))) throw refuse.not_turned_back()
    // Committed before, and the host went down before it kept the head.
    if (row !== undefined && (await sawBefore(tx, row)) === seen) return provenHead(tx, row, keys)
    return succeed(tx, row, { host, seen, reason, keys, operator })
  })
  anchor.write(head.row.checkpoint)
  keepAnchor(anchor, head, keys)
  return head.row.origin
}

interface Succession {
  readonly host: string
  readonly seen: string
  readonly reason: string
  readonly keys: LogKeys
  readonly operator: Operator
}

async function succeed(
  tx: Queryable,
  before: LogRow | undefined,
  { host, seen, reason, keys, operator }: Succession,
): Promise<Head> {
  const { actor, purpose } = actorOf(operator)
  const { rows } = await tx.query('select clock_timestamp() as now')
  const now = rows[0]?.['now'] instanceof Date ? rows[0]['now'] : new Date(NaN)
  // An entry for each organization whose log ends here: so every one of them goes on at once, and can be taken along whole.
  await tx.query(
    `insert into upheld_audit.pending (id, organization_id, body)
     select upheld_audit.new_id(clock_timestamp()), l.organization_id, $1::jsonb
     from upheld_audit.log l where l.organization_id is not null and l.closed_at is null order by l.id`,
    [canonicalJson({ action: 'audit.succeed', actor, purpose, outcome: 'success' })],
  )
  await tx.query('update upheld_audit.log set closed_at = clock_timestamp() where closed_at is null')
  const origin = `${host}/upheld/anchor/${randomBytes(16).toString('hex')}`
  const [made] = await insertLogs(tx, [{ organization: null, origin, epoch: keys.epoch, ...emptyHead(origin, keys) }])
  if (made === undefined) throw refuse.altered({ detail: 'The successor could not be made.' })
  const empty = proveHead(made, [], keys)
  const time = loggedAt(empty, now)
  const predecessor = seen.slice(0, seen.indexOf('\n'))
  const found = before === undefined ? {} : { found: before.checkpoint }
  const grown = growLog(empty, [successorDraft(time, { predecessor, seen, reason, ...found })], time, keys)
  const successors = before === undefined ? [] : [{ log: before.id, successor: made.id }]
  await writeBatch(tx, { ...grown, logged: [], successors })
  return grown.head
}

async function holds(tx: Queryable, row: LogRow, anchor: AnchorStore, keys: LogKeys): Promise<boolean> {
  try {
    await holdToAnchor(tx, anchor, await provenHead(tx, row, keys), keys)
    return true
  } catch (thrown) {
    if (thrown instanceof UpheldError) return false
    throw thrown
  }
}

async function provenHead(tx: Queryable, row: LogRow, keys: LogKeys): Promise<Head> {
  return proveHead(row, row.size === 0 ? [] : ((await readEdges(tx, [row])).get(row.id) ?? []), keys)
}

/** The head that was seen when this log took the place of another; undefined when it did not. */
async function sawBefore(tx: Queryable, row: LogRow): Promise<unknown> {
  const { rows } = await tx.query('select bytes from upheld_audit.leaf where log = $1 and index = 0', [row.id])
  const bytes = rows[0]?.['bytes']
  return bytes instanceof Buffer ? readLeaf(bytes)?.['seen'] : undefined
}
