import { readFileSync } from 'node:fs'
import { messageOf, UpheldError } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { installTenancy, type InstallOptions } from '../../foundation/tenancy/index.ts'
import { cutoverStatements } from './cutover.ts'
import { refuse } from './errors.ts'
import { readAdoption } from './journal.ts'
import { collectingStatements } from './organizations.ts'
import { patiently } from './patience.ts'
import type { Plan } from './plan.ts'
import { look, notDone, type AdoptionWork } from './run.ts'
import { tenantTables } from './steps/ground.ts'
import { takeTurn } from './turn.ts'
import { findGaps } from './verify.ts'

interface Finish extends Pick<InstallOptions, 'key' | 'passwords'> {
  /** The name of the database, typed by whoever takes the responsibility. */
  readonly confirmed: string | undefined
}

interface Finished {
  readonly tables: number
  readonly organizations: number
  /** How long the tables were closed to everybody. */
  readonly closedMs: number
}

const handoverText = readFileSync(new URL('./handover.sql', import.meta.url), 'utf8')

/** Beside a missed lock: the limit of the whole LOCK statement, and another database that changed the same roles. */
const again = /^(55P03|40P01|40001|57014|25P02)$/

/**
 * The last step, in one transaction: all of it or nothing. Before it everything is looked at once more; after it the old
 * login reaches no row, and the application works through the handle.
 * @throws the codes of this module
 */
export async function finishAdoption(work: AdoptionWork, finish: Finish): Promise<Finished> {
  const { database, clock } = work
  await takeTurn(database, work.pace.patienceSecs)
  const known = await readAdoption(database)
  if (known === undefined) throw refuse.not_started()
  if (known.finished) throw refuse.already_finished()
  const plan = await look(database, {}, false)
  const name = plan.ground.seen.server.database
  if (finish.confirmed !== name) throw refuse.not_confirmed({ detail: `Add: --yes ${name}` })
  await assertReady(database, plan)
  for (const statement of collectingStatements(plan.ground, false)) await database.query(statement)
  const patience = {
    ...work,
    again,
    onRetry: (attempt: number, blockers: string) => work.onEvent({ type: 'waiting', id: 'finish', attempt, blockers }),
  }
  let closedSinceMs = clock.monotonicMs()
  try {
    const organizations = await patiently(patience, async tx => {
      await installTenancy(within(tx), { tenantSchemas: [], key: finish.key, passwords: finish.passwords ?? {} })
      const statements = await lastStatements(tx, plan)
      closedSinceMs = await close(tx, plan, work)
      return handOver(tx, statements)
    })
    return { tables: tenantTables(plan.ground).length, organizations, closedMs: clock.monotonicMs() - closedSinceMs }
  } catch (thrown) {
    if (thrown instanceof UpheldError) throw thrown
    throw refuse.finish_failed({ detail: messageOf(thrown), cause: thrown })
  }
}

async function assertReady(database: Queryable, plan: Plan): Promise<void> {
  const open = await notDone(database, plan.steps)
  const gaps = open.length > 0 ? open.map(({ id }) => `not done: ${id}`) : await findGaps(database, plan)
  if (gaps.length > 0) throw refuse.not_ready({ detail: gaps.slice(0, 20).join('; ') })
}

/** The kernel is laid in our transaction, so that a failure leaves nothing of it. */
function within(tx: Queryable): Database {
  return {
    query: (text, values) => tx.query(text, values),
    transaction: inner => inner(tx),
    close: async () => undefined,
  }
}

/** All tables at once, each wait counted into one limit: nobody stands behind us for longer than that. */
async function close(tx: Queryable, { ground, options }: Plan, { pace, clock }: AdoptionWork): Promise<number> {
  const tables = ground.seen.tables.filter(({ schema }) => options.schemas.includes(schema)).map(({ label }) => label)
  // Its own DDL shall not be judged halfway; `faults()` judges the whole at the end.
  await tx.query('set local session_replication_role = replica')
  await tx.query(`select set_config('statement_timeout', $1, true)`, [`${pace.lockTimeoutMs}ms`])
  const sinceMs = clock.monotonicMs()
  await tx.query(`lock table ${tables.join(', ')} in access exclusive mode`)
  await tx.query(`select set_config('statement_timeout', '0', true)`)
  return sinceMs
}

/** Everything that is done while the tables are closed, made ready before: it goes to the server in one message. */
async function lastStatements(tx: Queryable, { ground, options }: Plan): Promise<readonly string[]> {
  const shared = ground.seen.tables.filter(({ root }) => ground.tenants.sources.get(root)?.kind === 'shared')
  const { rows } = await tx.query(handoverText, [options.schemas, shared.map(({ oid }) => oid)])
  return [
    `select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`,
    ...collectingStatements(ground, true),
    'insert into upheld_guard.organization (id) select organization from upheld_adoption.organization on conflict do nothing',
    ...cutoverStatements(ground),
    ...rows.map(row => String(row['statement'])),
    'drop function upheld_adoption.organization_of(text)',
    'update upheld_adoption.adoption set finished_at = now()',
  ]
}

async function handOver(tx: Queryable, statements: readonly string[]): Promise<number> {
  await tx.query(statements.join(';\n'))
  const faults = await tx.query('select object, fault from upheld_guard.faults() limit 20')
  if (faults.rows.length > 0) {
    const list = faults.rows.map(row => `${String(row['object'])}: ${String(row['fault'])}`)
    throw refuse.finish_failed({ detail: list.join('; ') })
  }
  const { rows } = await tx.query('select count(*)::int as n from upheld_adoption.organization')
  return Number(rows[0]?.['n'])
}
