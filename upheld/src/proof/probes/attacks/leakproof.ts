import type { AttackLog } from './log.ts'
import { ownIn } from './statements.ts'
import { attempt, attemptAll, wasRefused } from './outcome.ts'
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
      const where = `${routine.label} on ${table.label}`
      const own = ownIn(pair, table)
      // With its own rows gone there is nothing left that the function may meet.
      const outcome = await attemptAll(pair.thief, [
        { text: `delete from ${table.label} where ${own.text}`, values: own.values },
        { text: `select 1 from ${table.label} r where ${condition}` },
      ])
      const held = 'code' in outcome && /^(23|P0001)/.test(outcome.code) && !outcome.said.includes(routine.label)
      const told = (!held && !('rows' in outcome) && !wasRefused(outcome)) || (await sentTo(pair, table, condition))
      if (told) log.refute({ attack: 'leakproof function', where, saw: 'it met a row of somebody else, and said so' })
      else if (held) log.pass('leakproof function', where, 'its own rows could not be put out of the way')
      else log.observe('leakproof function', where)
    }
  }
}

/** Places behind the thief's own row: the victim's was planted after it. */
const steps = [1, 2, 3, 4]

/**
 * An index may lead to the thief's own rows alone, so that the function meets no other. Sent to one place of the table, it
 * meets whatever lies there.
 */
async function sentTo(pair: Pair, table: Table, condition: string): Promise<boolean> {
  if (table.partitioned) return false
  const own = await attempt(pair.thief, `select ctid::text as place from ${table.label} limit 1`)
  const place = 'rows' in own ? String(own.rows[0]?.['place']) : ''
  const [, block, line] = /^\((\d+),(\d+)\)$/.exec(place) ?? []
  for (const step of block === undefined ? [] : steps) {
    const there = `r.ctid = '(${block},${Number(line) + step})'::tid`
    const outcome = await attempt(pair.thief, `select 1 from ${table.label} r where ${there} and ${condition}`)
    if ('said' in outcome && tells(pair, outcome.said)) return true
  }
  return false
}
