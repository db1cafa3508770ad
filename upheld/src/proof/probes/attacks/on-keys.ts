import type { Planted } from './canaries.ts'
import type { AttackLog } from './log.ts'
import { insertSql, ownIn, rowFor, type Stopped } from './statements.ts'
import { attempt, attemptAll, isEmpty, wasRefused, type Outcome } from './outcome.ts'
import { judge, type Pair } from './pair.ts'
import { may, quoted, typeOf, type ForeignKey, type Table } from './relations.ts'

/** Their row under their own name, with every way that a conflict may be answered. */
export async function upsertTheirs(table: Table, row: Planted, stopped: Stopped): Promise<void> {
  for (const key of table.uniqueKeys.filter(columns => table.tenant.every(name => columns.includes(name)))) {
    const conflict = `on conflict (${key.map(quoted).join(', ')})`
    const [first = ''] = table.tenant
    const update = `${conflict} do update set ${quoted(first)} = excluded.${quoted(first)}`
    // A table with rules takes no ON CONFLICT from anybody.
    const refused = (seen: Outcome): boolean => wasRefused(seen) || ('code' in seen && seen.code === '0A000')
    await stopped('upsert theirs', `${insertSql(table, row)} ${update}`, Object.values(row), refused)
  }
}

/** A key that spans organizations answers "taken" for a value that only the other one has. */
export async function askKeys(pair: Pair, table: Table, log: AttackLog): Promise<void> {
  const [mine, wanted] = [pair.own.find(table), pair.theirs.find(table)]
  if (mine === undefined || wanted === undefined || !may(table, 'insert')) return
  for (const key of table.uniqueKeys) {
    if (key.every(name => table.tenant.includes(name) || mine[name] === wanted[name])) continue
    const row = rowFor(table, asMine(pair, table, key, mine, wanted))
    const first = await outOfTheWay(pair, table, row)
    const outcome = await attemptAll(pair.thief, [
      ...first,
      { text: insertSql(table, row), values: Object.values(row) },
    ])
    const told = 'code' in outcome && outcome.code === '23505' && (await metTheirs(pair, table, row, first))
    judge(pair, log, 'ask a unique key', table.label, outcome, () => !told, Object.values(row))
    await conflictOn(pair, { table, key, row, first }, log)
  }
}

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Another key of the table may meet the thief's own row, and hide what this one would tell: that row goes first, where it can. */
async function outOfTheWay(pair: Pair, table: Table, row: Planted): Promise<readonly Statement[]> {
  // What else answers "taken", an exclusion for one, says itself only whether the thief's own row is what it met.
  const others = table.oracles.length > table.uniqueKeys.length
  if (!may(table, 'delete') || !(others || (await clashesWithItself(pair, table, row)))) return []
  const own = ownIn(pair, table)
  const gone = { text: `delete from ${table.label} where ${own.text}`, values: own.values }
  return 'rows' in (await attempt(pair.thief, gone.text, gone.values)) ? [gone] : []
}

/** What clashed was not the thief's own row: it had gone, or never stood in the way. */
async function metTheirs(pair: Pair, table: Table, row: Planted, first: readonly Statement[]): Promise<boolean> {
  return first.length > 0 || !(await clashesWithItself(pair, table, row))
}

/** Their values throughout, so that no key of the thief's own row is in the way; its own parents, so that they exist. */
export function asMine(
  { thief }: Pair,
  table: Table,
  asked: readonly string[],
  mine: Planted,
  wanted: Planted,
): Planted {
  const referring = new Set(table.foreignKeys.flatMap(one => one.columns))
  const row = Object.entries(wanted).map(([name, value]): [string, string | null] => {
    const position = table.tenant.indexOf(name)
    if (position >= 0) return [name, thief.key[position] ?? null]
    return [name, referring.has(name) && !asked.includes(name) ? (mine[name] ?? null) : value]
  })
  return Object.fromEntries(row)
}

interface Asked {
  readonly table: Table
  readonly key: readonly string[]
  readonly row: Planted
  readonly first: readonly Statement[]
}

/** ON CONFLICT looks at the row that stands in the way: it must neither be changed nor shown, not even in an error. */
async function conflictOn(pair: Pair, { table, key, row, first }: Asked, log: AttackLog): Promise<void> {
  const touched = table.columns.find(one => one.writable && !one.generated && !table.tenant.includes(one.name))
  const target = `on conflict (${key.map(quoted).join(', ')})`
  const answers = ['do nothing']
  if (touched !== undefined) answers.push(`do update set ${quoted(touched.name)} = excluded.${quoted(touched.name)}`)
  for (const answer of answers) {
    const outcome = await attemptAll(pair.thief, [
      ...first,
      { text: `${insertSql(table, row)} ${target} ${answer} returning 1`, values: Object.values(row) },
    ])
    const excluded = 'code' in outcome && outcome.code === '23P01'
    const theirs = excluded ? first.length > 0 : await metTheirs(pair, table, row, first)
    // A row that went in met nobody; a trigger may swallow one for reasons of its own.
    const beaten = (seen: Outcome): boolean =>
      'code' in seen
        ? !/^(23505|23P01)$/.test(seen.code) || wasRefused(seen) || !theirs
        : !isEmpty(seen) || !theirs || table.triggers.length > 0
    judge(pair, log, `conflict and ${answer.split(' set')[0] ?? ''}`, table.label, outcome, beaten, Object.values(row))
  }
}

/** Another key of the same table may be what clashed, with the thief's own canary. */
async function clashesWithItself({ thief }: Pair, table: Table, row: Planted): Promise<boolean> {
  for (const key of table.uniqueKeys) {
    if (key.some(name => !(name in row))) continue
    const same = key.map((name, index) => `${quoted(name)}::text = $${index + 1}`).join(' and ')
    const values = key.map(name => row[name])
    const outcome = await attempt(thief, `select 1 from ${table.label} where ${same}`, values)
    if (!isEmpty(outcome)) return true
  }
  return false
}

/** A child of the thief that points at a parent of the victim: to be told "no such row" is right. */
export async function referAcross(pair: Pair, table: Table, key: ForeignKey, log: AttackLog): Promise<void> {
  const [mine, theirs] = [pair.own.find(table), pair.theirs.find(table)]
  if (mine === undefined || theirs === undefined) return
  const pointing = key.columns.filter(name => !table.tenant.includes(name))
  const aimed = Object.fromEntries(pointing.map(name => [name, theirs[name] ?? null]))
  if (pointing.length === 0 || pointing.some(name => aimed[name] === null || aimed[name] === mine[name])) return
  const sets = pointing.map((name, index) => `${quoted(name)} = $${index + 1}::text::${typeOf(table, name)}`).join(', ')
  const own = ownIn(pair, table, pointing.length + 1)
  const values = [...pointing.map(name => aimed[name]), ...own.values]
  const outcome = await attempt(
    pair.thief,
    `with changed as (update ${table.label} set ${sets} where ${own.text} returning 1) select 1 from changed`,
    values,
  )
  const [code] = 'code' in outcome ? [outcome.code] : ['']
  if (isEmpty(outcome)) log.pass('refer to theirs', table.label, 'a row of its own may not be changed there')
  else if (code === 'P0001') log.pass('refer to theirs', table.label, 'a trigger of the table refused it first')
  else judge(pair, log, 'refer to theirs', table.label, outcome, () => /^(23503|42501)$/.test(code), values)
}
