import { belongsTo } from './canaries.ts'
import type { AttackLog } from './log.ts'
import { attempt, isEmpty } from './outcome.ts'
import { judge, type Pair } from './pair.ts'
import { quoted, typeOf, type ForeignKey, type Table } from './relations.ts'

/**
 * What happens to a child when its parent goes must not reach another organization's child. First the victim is made to
 * refer to the thief's parent, which the key should refuse; where it does not, the parent is deleted for good, and the
 * child looked for. So this comes last: canaries may be gone afterwards.
 */
export async function attackCascade(pair: Pair, tables: readonly Table[], log: AttackLog): Promise<void> {
  const known = new Map(tables.map(one => [one.label, one]))
  for (const table of tables) {
    for (const key of table.foreignKeys) {
      const parent = known.get(key.target)
      if (key.deferred || parent === undefined || parent.tenant.length === 0) continue
      await cascade(pair, table, parent, key, log)
    }
  }
}

const words: Readonly<Record<string, string>> = {
  c: 'delete by cascade',
  n: 'empty by cascade',
  d: 'reset by cascade',
}

async function cascade(pair: Pair, table: Table, parent: Table, key: ForeignKey, log: AttackLog): Promise<void> {
  const attack = words[key.onDelete] ?? 'hold a parent'
  const [child, mine] = [pair.theirs.find(table), pair.own.find(parent)]
  const pointing = key.columns.flatMap((name, index) =>
    table.tenant.includes(name) ? [] : [{ name, value: mine?.[key.targetColumns[index] ?? ''] ?? null }],
  )
  if (child === undefined || mine === undefined || pointing.length === 0) return
  if (pointing.some(({ name, value }) => value === null || value === child[name])) return
  const sets = pointing.map(({ name }, index) => `${quoted(name)} = $${index + 1}::text::${typeOf(table, name)}`)
  const theirs = belongsTo(table, pair.victim.key, child, pointing.length + 1)
  const values = [...pointing.map(one => one.value), ...theirs.values]
  const refer = `update ${table.label} set ${sets.join(', ')} where ${theirs.text} returning 1`
  const outcome = await attempt(pair.victim, refer, values)
  if ('code' in outcome || isEmpty(outcome)) {
    if ('code' in outcome && outcome.code === 'P0001')
      log.pass(attack, table.label, 'a trigger of the table refused it first')
    else judge(pair, log, attack, table.label, outcome, () => true, values)
    return
  }
  if (words[key.onDelete] === undefined) {
    log.refute({ attack, where: table.label, saw: 'a row of one organization can hold a row of the other' })
    return
  }
  await pair.victim.query(refer, values)
  const own = belongsTo(parent, pair.thief.key, mine)
  await pair.thief.query(`delete from ${parent.label} where ${own.text}`, own.values).catch(() => [])
  const still = belongsTo(table, pair.victim.key, child)
  const kept = await pair.victim.query(
    `select 1 from ${table.label} where ${still.text} and ${pointing.map(({ name }) => `${quoted(name)} is not null`).join(' and ')}`,
    still.values,
  )
  if (kept.length > 0) log.observe(attack, table.label)
  else log.refute({ attack, where: table.label, saw: 'a row of the other organization went with its own' })
}
