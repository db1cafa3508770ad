import type { Queryable } from '../../../core/ports.ts'
import type { AttackLog } from './log.ts'
import { ownIn, theirsIn } from './statements.ts'
import { answerOf, saidBy } from './outcome.ts'
import { tells, type Pair } from './pair.ts'
import { may, quoted, typeOf, type Table } from './relations.ts'

/** The application's login by hand, inside a transaction that has the thief's own context. Undone when `work` throws. */
export type ByHand = (work: (tx: Queryable) => Promise<void>) => Promise<void>

/**
 * Statements that change without looking: Postgres asks no SELECT policy for them, so a policy for writing alone shows
 * here and nowhere else. By hand with the thief's own context, for the number of rows that only the server tells.
 */
export async function attackBlind(byHand: ByHand, pair: Pair, tables: readonly Table[], log: AttackLog): Promise<void> {
  const childrenFirst = tables.filter(table => !table.partitioned).toReversed()
  // What still has the thief's own rows holds those that they refer to.
  const held = new Set<string>()
  const hold = (table: Table): void => table.foreignKeys.forEach(key => void held.add(key.target))
  const later = new Set<string>()
  for (const table of childrenFirst) {
    later.add(table.label)
    for (const key of table.foreignKeys) if (later.has(key.target)) held.add(key.target)
  }
  await byHand(async tx => {
    for (const table of childrenFirst) {
      await attackOne(tx, pair, table, log)
      const free = may(table, 'delete') && !held.has(table.label)
      const gone =
        free && (await change(tx, pair, ['delete without looking', `delete from ${table.label}`, []], table, log))
      if (!gone) hold(table)
    }
    throw new Undo()
  }).catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error
  })
}

class Undo extends Error {}

async function attackOne(tx: Queryable, pair: Pair, table: Table, log: AttackLog): Promise<void> {
  const { thief } = pair
  const t = table.label
  const column = table.columns.find(one => one.writable && !one.generated)
  const [first] = table.tenant
  const touched =
    first !== undefined && table.columns.some(one => one.name === first && one.writable) ? first : column?.name
  if (touched === undefined) return
  const own = thief.key[table.tenant.indexOf(touched)]
  const take =
    own === undefined
      ? `${quoted(touched)} = ${quoted(touched)}`
      : `${quoted(touched)} = $1::text::${typeOf(table, touched)}`
  await change(
    tx,
    pair,
    ['update without looking', `update ${t} set ${take}`, own === undefined ? [] : [own]],
    table,
    log,
  )
  const theirs = theirsIn(pair, table)
  // MERGE tells how many rows it met, not which.
  const same = theirs.text.replaceAll(/"(?:[^"]|"")+"::text/g, 'm.$&')
  const keep = `update set ${quoted(touched)} = m.${quoted(touched)}`
  const merge = `merge into ${t} m using (select 1) one (n) on ${same} when matched then ${keep}`
  await change(tx, pair, ['merge', merge, theirs.values], table, log, 0)
}

/** What is tried, how, and with which values. */
type Change = readonly [attack: string, text: string, values: readonly unknown[]]

/** True when it was carried out, on however many rows. */
async function change(
  tx: Queryable,
  pair: Pair,
  [attack, text, values]: Change,
  table: Table,
  log: AttackLog,
  allowed?: number,
): Promise<boolean> {
  const own = allowed ?? (await countOf(tx, pair, table))
  await tx.query('savepoint before_it')
  try {
    const { rowCount } = await tx.query(text, values)
    if (rowCount <= own) log.observe(attack, table.label)
    else log.refute({ attack, where: table.label, saw: `${rowCount - own} rows more than its own` })
    return true
  } catch (error) {
    const code = answerOf(error)
    await tx.query('rollback to savepoint before_it')
    if (tells(pair, saidBy(error), values)) {
      log.refute({ attack, where: table.label, saw: 'the text of the error holds values of the other organization' })
      // Its own rows fit where they are: only somebody else's can clash or be held by a reference.
    } else if (code === '42501') log.observe(attack, table.label)
    else if (/^(unclear|P0001|0A000)$/.test(code))
      log.pass(attack, table.label, 'a trigger, a type or a rule refused it first')
    else log.refute({ attack, where: table.label, saw: `nothing but ${code} stood in the way` })
    return false
  }
}

/** Rows that are its own, one by one: not what it can see, which may be more. */
async function countOf(tx: Queryable, pair: Pair, table: Table): Promise<number> {
  if (table.tenant.length === 0) return pair.own.find(table) === undefined ? 0 : 1
  const own = ownIn(pair, table)
  await tx.query('savepoint before_count')
  try {
    return (await tx.query(`select 1 from ${table.label} where ${own.text}`, own.values)).rowCount
  } catch (error) {
    answerOf(error)
    await tx.query('rollback to savepoint before_count')
    return 0
  }
}
