import type { Database, Queryable } from '../../../core/ports.ts'
import { answerOf, saidBy, unclear, type AttackLog, type Outcome, type Table } from '../attacks/index.ts'

/**
 * The application's login in the hands of an attacker, without the handle and without any context. What is read from an
 * empty table says nothing, so here it writes: row security is asked before any other check of a row.
 */
export async function attackBare(login: Database, tables: readonly Table[], log: AttackLog): Promise<void> {
  for (const table of tables) {
    await expectNothing(log, 'truncate', table, done(login, `truncate ${table.label} cascade`))
    await expectNothing(log, 'copy into', table, done(login, `copy ${table.label} from stdin`), '0A000')
    // Into a partitioned table a row is routed first, and there is no partition for an empty one.
    if (!table.partitioned) {
      await expectNothing(log, 'write without context', table, done(login, `insert into ${table.label} default values`))
    }
  }
  await reachGuard(login, log)
}

/** The number of rows that a plain login sees in a table, or the code of the refusal. */
export function read(login: Database, token: string | undefined, table: Table): Promise<number | string> {
  return within(login, async tx => {
    if (token !== undefined) await tx.query('select upheld.enter($1)', [token])
    return (await tx.query(`select 1 from ${table.label} limit 3`)).rows.length
  })
}

/** One statement of a plain login, with a context or without, undone. */
export async function outcomeOf(
  login: Database,
  token: string | undefined,
  text: string,
  values: readonly unknown[] = [],
): Promise<Outcome> {
  let outcome: Outcome = { rows: [] }
  const code = await within(login, async tx => {
    try {
      if (token !== undefined) await tx.query('select upheld.enter($1)', [token])
      outcome = { rows: (await tx.query(text, values)).rows }
    } catch (error) {
      outcome = { code: answerOf(error), said: saidBy(error) }
    }
    return 0
  })
  return typeof code === 'string' ? { code, said: '' } : outcome
}

/** One when the statement could be run at all. */
export function done(login: Database, text: string): Promise<number | string> {
  return within(login, async tx => {
    await tx.query(text)
    return 1
  })
}

class Undo extends Error {}

/** One transaction that never commits. */
export async function within(login: Database, work: (tx: Queryable) => Promise<number>): Promise<number | string> {
  let seen = 0
  try {
    await login.transaction(async tx => {
      // A table that is empty is then searched by its index, which asks the verifier. A scan of nothing asks nobody.
      seen = await work(tx)
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) return answerOf(error)
  }
  return seen
}

export async function expectNothing(
  log: AttackLog,
  attack: string,
  table: Table,
  outcome: Promise<number | string>,
  alsoBeaten = '',
): Promise<void> {
  const seen = await outcome
  if (seen === unclear) return
  // 42501 is the kernel's own refusal; 22023 is a context that is not even hex.
  if (seen === '42501' || seen === '22023' || seen === alsoBeaten) log.observe(attack, table.label)
  else {
    const saw = typeof seen === 'string' ? `nothing but ${seen} stood in the way` : 'it went through'
    log.refute({ attack, where: table.label, saw })
  }
}

/** The guard's own tables and steps: no login has anything to do there. */
async function reachGuard(login: Database, log: AttackLog): Promise<void> {
  const key = 'upheld_guard.context_key'
  const attacks = [
    ['reach the key', key, `select 1 from ${key}`],
    ['reach the key', key, `update ${key} set retire_at = retire_at`],
    ['reach the key', key, `delete from ${key}`],
    ['reach the key', key, `copy ${key} to stdout`],
    ['read the directory', 'upheld_guard.organization', 'select 1 from upheld_guard.organization'],
    [
      'write the directory',
      'upheld_guard.organization',
      'insert into upheld_guard.organization (id) values (gen_random_uuid())',
    ],
    ['read walks', 'upheld_guard.crossing', 'select 1 from upheld_guard.crossing'],
    ['forget walks', 'upheld_guard.crossing', 'delete from upheld_guard.crossing'],
  ] as const
  for (const [attack, where, text] of attacks) {
    const seen = await within(login, async tx => (await tx.query(text)).rowCount)
    if (seen === '42501') log.observe(attack, where)
    else log.refute({ attack, where, saw: typeof seen === 'string' ? seen : `${seen} rows` })
  }
}

/** As many as `max` of a list, from one end of it to the other. */
export function spread<T>(all: readonly T[], max: number): readonly T[] {
  return all.length <= max
    ? all
    : all.filter((_, index) => Math.floor((index * max) / all.length) !== Math.floor(((index - 1) * max) / all.length))
}
