import { judge, type Pair } from './pair.ts'
import { attempt, wasRefused } from './outcome.ts'
import type { AttackLog } from './log.ts'
import type { Question } from './questions.ts'
import type { Relation } from './reachable.ts'
import { quoted, type Table } from './relations.ts'

/** What may be changed through views: how many rows it is must not depend on the other organization's. */
export function changesThrough(relation: Relation): readonly Question[] {
  const { label } = relation
  const question = (attack: string, text: string): Question => ({
    id: `${attack} ${label}`,
    attack,
    where: label,
    text,
    values: [],
    counted: true,
  })
  const [column] = relation.writable
  const questions: Question[] = []
  if (relation.changes.includes('delete')) questions.push(question('delete through a view', `delete from ${label}`))
  if (relation.changes.includes('update') && column !== undefined) {
    // A constant where it fits, so that nothing needs to be read; else the column itself.
    questions.push(
      question('empty through a view', `update ${label} set ${quoted(column)} = default`),
      question('update through a view', `update ${label} set ${quoted(column)} = ${quoted(column)}`),
    )
  }
  return questions
}

/** A row in the other organization's name, put in through a view; on conflict too, which looked at hidden rows once. */
export async function insertThrough(
  pair: Pair,
  relation: Relation,
  tables: readonly Table[],
  log: AttackLog,
): Promise<void> {
  if (!relation.changes.includes('insert')) return
  // The table that the view looks like most: its columns have the same names.
  const like = tables
    .filter(table => !table.partitioned && pair.theirs.find(table) !== undefined && table.tenant.length > 0)
    .filter(table => table.tenant.every(name => relation.columns.includes(name)))
    .toSorted((a, b) => shared(b, relation) - shared(a, relation))[0]
  if (like === undefined) {
    log.pass('insert through a view', relation.label, 'it does not show whose a row is')
    return
  }
  const row = pair.theirs.rowOf(like)
  const columns = like.columns.filter(one => !one.generated && relation.columns.includes(one.name))
  const values = columns.map(({ name }) => row[name] ?? null)
  const slots = columns.map(({ type }, index) => `$${index + 1}::text::${type}`).join(', ')
  const into = `insert into ${relation.label} (${columns.map(({ name }) => quoted(name)).join(', ')}) values (${slots})`
  for (const tail of ['', ' on conflict do nothing']) {
    const outcome = await attempt(pair.thief, `${into}${tail}`, values)
    const elsewhere = 'code' in outcome && /^(P0001|2350[0-9]|42P10|0A000|428C9)$/.test(outcome.code)
    if (elsewhere && outcome.code !== '23505') log.pass('insert through a view', relation.label, outcome.code)
    else judge(pair, log, `insert through a view${tail}`, relation.label, outcome, wasRefused, values)
  }
}

function shared(table: Table, relation: Relation): number {
  return table.columns.filter(one => relation.columns.includes(one.name)).length
}
