import {
  belongsTo,
  callsOf,
  type AttackLog,
  type ByHand,
  type Pair,
  type Routine,
  type Table,
} from '../attacks/index.ts'

/**
 * Procedures are called by hand, under the thief's own context, and then the victim counts its rows: what is gone was
 * taken by the thief. Undone in any case.
 */
export async function attackByProcedures(
  byHand: ByHand,
  victimsContext: () => Promise<string>,
  pair: Pair,
  { routines, tables }: { readonly routines: readonly Routine[]; readonly tables: readonly Table[] },
  log: AttackLog,
): Promise<void> {
  for (const routine of routines.filter(one => one.procedure)) {
    const lost: string[] = []
    for (const { text, values } of callsOf(routine, pair, tables)) {
      await byHand(async tx => {
        await tx.query(text, values)
        await tx.query('select upheld.enter($1)', [await victimsContext()])
        for (const table of tables.filter(one => pair.theirs.find(one) !== undefined)) {
          const theirs = belongsTo(table, pair.victim.key, pair.theirs.find(table))
          const { rows } = await tx.query(`select 1 from ${table.label} where ${theirs.text} limit 1`, theirs.values)
          if (rows.length === 0) lost.push(table.label)
        }
        throw new Undo()
      }).catch((error: unknown) => {
        if (
          error instanceof Undo ||
          (error instanceof Error && 'code' in error && !/^(08|53|57P)/.test(String(error.code)))
        )
          return
        throw error
      })
      if (lost.length > 0) break
    }
    if (lost.length === 0) log.observe('call a procedure', routine.label)
    else
      log.refute({ attack: 'call a procedure', where: routine.label, saw: `rows of ${lost[0]} were gone afterwards` })
  }
}

class Undo extends Error {}
