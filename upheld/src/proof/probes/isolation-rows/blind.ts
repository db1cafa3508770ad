import type { Database, Queryable } from '../../../core/ports.ts'
import type { Report } from '../../claims/index.ts'
import { answerOf, unclear } from './outcome.ts'
import type { Pair } from './by-handle.ts'
import type { Table } from './relations.ts'

/**
 * Statements that change without looking: Postgres asks no SELECT policy for them, so a policy for writing alone shows
 * here and nowhere else. By hand with the thief's own context, for the number of rows that only the server tells.
 */
export async function attackBlind(
  login: Database,
  token: string,
  pair: Pair,
  tables: readonly Table[],
  report: Report,
): Promise<void> {
  const childrenFirst = tables.filter(table => !table.partitioned).toReversed()
  await login
    .transaction(async tx => {
      await tx.query('select upheld.enter($1)', [token])
      for (const table of childrenFirst) {
        const own = await countOf(tx, table)
        const take = `update ${table.label} set organization_id = $1`
        await change(tx, 'update without looking', table, own, [take, [pair.thief.id]], report)
        const mine = (one: Table): boolean => childrenFirst.indexOf(one) <= childrenFirst.indexOf(table)
        // In a circle of references the thief's own rows hold each other.
        const free = tables.every(one => one.foreignKeys.every(key => key.target !== table.label) || mine(one))
        const alone = table.foreignKeys.every(key => key.target !== table.label)
        if (free && alone)
          await change(tx, 'delete without looking', table, own, [`delete from ${table.label}`], report)
      }
      throw new Undo()
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undo)) throw error
    })
}

class Undo extends Error {}

async function countOf(tx: Queryable, table: Table): Promise<number> {
  return (await tx.query(`select 1 from ${table.label}`)).rowCount
}

async function change(
  tx: Queryable,
  attack: string,
  table: Table,
  own: number,
  [text, values]: readonly [text: string, values?: readonly unknown[]],
  report: Report,
): Promise<void> {
  await tx.query('savepoint before_it')
  try {
    const { rowCount } = await tx.query(text, values)
    if (rowCount <= own) report.observe(attack, table.label)
    else report.refute({ attack, where: table.label, saw: `${rowCount - own} rows more than its own` })
  } catch (error) {
    const code = answerOf(error)
    await tx.query('rollback to savepoint before_it')
    // Its own rows fit where they are: only somebody else's can clash or be held by a reference.
    if (code === '42501') report.observe(attack, table.label)
    // A trigger of the application's own stopped it: nothing is learned from that.
    else if (code !== unclear && code !== 'P0001')
      report.refute({ attack, where: table.label, saw: `nothing but ${code} stood in the way` })
  }
}
