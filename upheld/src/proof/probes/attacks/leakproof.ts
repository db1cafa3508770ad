import type { AttackLog } from './log.ts'
import { attempt } from './outcome.ts'
import { tells, type Pair } from './pair.ts'
import type { Routine } from './reachable.ts'
import { quoted, type Table } from './relations.ts'

/** Columns of all tables together that one function is tried on. */
const columnsMax = 40

/**
 * A function that is marked leakproof may run on a row before the policy has thrown it out. One that fails on a value
 * then says the value. Tried on columns of its own type, as a condition.
 */
export async function attackLeakproof(
  pair: Pair,
  routines: readonly Routine[],
  tables: readonly Table[],
  log: AttackLog,
): Promise<void> {
  for (const routine of routines.filter(one => one.leakproof && one.arguments.length > 0 && !one.procedure)) {
    const [first, ...others] = routine.arguments
    const columns = tables.flatMap(table =>
      table.columns.filter(column => column.readable && column.base === first?.base).map(column => ({ table, column })),
    )
    for (const { table, column } of columns.slice(0, columnsMax)) {
      const rest = others.map(({ type }) => `, null::${type}`).join('')
      const call = `${routine.label}(r.${quoted(column.name)}${rest})`
      const condition = routine.returns === 'boolean' ? call : `${call} is not null`
      const outcome = await attempt(pair.thief, `select 1 from ${table.label} r where ${condition}`)
      const where = `${routine.label} on ${table.label}`
      if ('said' in outcome && tells(pair, outcome.said)) {
        log.refute({ attack: 'leakproof function', where, saw: 'an error that holds values of the other organization' })
      } else log.observe('leakproof function', where)
    }
  }
}
