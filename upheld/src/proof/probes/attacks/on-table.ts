import type { Condition } from './canaries.ts'
import { askKeys, referAcross, upsertTheirs } from './on-keys.ts'
import type { AttackLog } from './log.ts'
import { attempt, isEmpty, wasRefused, type Outcome } from './outcome.ts'
import { judge, type Pair } from './pair.ts'
import { may, quoted, typeOf, type Table } from './relations.ts'
import { insertSql, ownIn, rowFor, theirsIn, type Stopped } from './statements.ts'

/**
 * Everything that organization A can do to one table, tried on B's canary. False when an organization does not see its
 * own row there, so that nothing is learned: an attack that finds nothing proves nothing where there is nothing to find.
 */
export async function attackTable(pair: Pair, table: Table, log: AttackLog): Promise<boolean> {
  // Who may read nothing of a table must be refused there; that is an answer too.
  const blind = table.columns.every(column => !column.readable)
  const sees = blind || ((await seesItself(pair, 'thief', table)) && (await seesItself(pair, 'victim', table)))
  if (sees) await attackReads(pair, table, log)
  if (table.partitioned) return sees
  await attackWrites(pair, table, log)
  if (sees && !blind) await askKeys(pair, table, log)
  // One that is checked at commit would be judged by a commit, and no attack may commit.
  for (const key of table.foreignKeys.filter(one => !one.deferred)) await referAcross(pair, table, key, log)
  return sees
}

async function seesItself(pair: Pair, side: 'thief' | 'victim', table: Table): Promise<boolean> {
  const { text, values } = side === 'thief' ? ownIn(pair, table) : theirsIn(pair, table)
  const outcome = await attempt(pair[side], `select 1 from ${table.label} where ${text} limit 1`, values)
  return 'rows' in outcome && outcome.rows.length > 0
}

async function attackReads(pair: Pair, table: Table, log: AttackLog): Promise<void> {
  const t = table.label
  const theirs = theirsIn(pair, table)
  const own = ownIn(pair, table)
  const seesNothing = async (attack: string, text: string, { values }: Pick<Condition, 'values'>): Promise<void> => {
    const outcome = await attempt(pair.thief, text, values)
    judge(pair, log, attack, t, outcome, seen => wasRefused(seen) || isEmpty(seen), values)
  }
  await seesNothing('read', `select 1 from ${t} where ${theirs.text}`, theirs)
  await seesNothing('count', `select count(*) from ${t} where ${theirs.text} having count(*) > 0`, theirs)
  await seesNothing('existence', `select 1 where exists (select from ${t} where ${theirs.text})`, theirs)
  await seesNothing('lock', `select 1 from ${t} where ${theirs.text} for update skip locked`, theirs)
  const many = Array.from({ length: 200 }, (_, index) => `'${index}'`).join(', ')
  await seesNothing('long list', `select 1 from ${t} where ${listed(many, theirs)}`, theirs)
  if (table.tenant.length === 0) return
  await seesNothing('read all', `select 1 from ${t} where not (${own.text})`, own)
  const differ = table.tenant.map(name => `a.${quoted(name)} is distinct from b.${quoted(name)}`).join(' or ')
  await seesNothing('join', `select 1 from ${t} a join ${t} b on ${differ}`, { values: [] })
}

/** Every column of the condition against a long list in which the wanted value stands last. */
function listed(many: string, { text }: Condition): string {
  return text.replaceAll(/ = (\$\d+)/g, ` in (${many}, $1)`)
}

async function attackWrites(pair: Pair, table: Table, log: AttackLog): Promise<void> {
  const t = table.label
  const theirs = theirsIn(pair, table)
  const touched = table.columns.find(column => column.writable && !column.generated)?.name
  const stopped = async (
    attack: string,
    text: string,
    values: readonly unknown[],
    beaten: (outcome: Outcome) => boolean = seen => wasRefused(seen) || isEmpty(seen),
  ): Promise<void> => {
    const outcome = await attempt(pair.thief, text, values)
    // A trigger of the application's own may stop or swallow a row before row security sees it: nothing is learned.
    if ('code' in outcome && outcome.code === 'P0001') log.pass(attack, t, 'a trigger of the table refused it first')
    else judge(pair, log, attack, t, outcome, beaten, values)
  }
  if (touched !== undefined) {
    const same = `${quoted(touched)} = ${quoted(touched)}`
    await stopped('update', `update ${t} set ${same} where ${theirs.text} returning 1`, theirs.values)
  }
  if (may(table, 'delete')) await stopped('delete', `delete from ${t} where ${theirs.text} returning 1`, theirs.values)
  if (table.tenant.length === 0) return
  await moveTo(pair, table, stopped)
  const forged = pair.theirs.find(table)
  if (forged === undefined || !may(table, 'insert')) return
  const row = rowFor(table, forged)
  await stopped('insert for them', insertSql(table, row), Object.values(row), wasRefused)
  await upsertTheirs(table, row, stopped)
}

async function moveTo(pair: Pair, table: Table, stopped: Stopped): Promise<void> {
  const movable = table.tenant.every(name => table.columns.some(one => one.name === name && one.writable))
  if (!movable) return
  const count = table.tenant.length
  const sets = table.tenant.map((name, index) => `${quoted(name)} = $${index + 1}::text::${typeOf(table, name)}`)
  const own = ownIn(pair, table, count + 1)
  await stopped('move a row to them', `update ${table.label} set ${sets.join(', ')} where ${own.text} returning 1`, [
    ...pair.victim.key.slice(0, count),
    ...own.values,
  ])
}
