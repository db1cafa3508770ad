import type { Organization } from '../../../upheld.ts'
import { cannotProbe, type Report } from '../../claims/index.ts'
import { attempt, wasRefused, type Outcome } from './outcome.ts'
import { quoted, type Canaries, type Planted } from './plant.ts'
import type { ForeignKey, Table } from './relations.ts'

/** Who attacks whom, and what stands where. */
export interface Pair {
  readonly thief: Organization
  readonly victim: Organization
  readonly own: Canaries
  readonly theirs: Canaries
}

/** Everything that organization A can do to one table through its handle, tried on B's canary. */
export async function attackTable(pair: Pair, table: Table, report: Report): Promise<void> {
  const { thief, victim } = pair
  const t = table.label
  await mustSeeItself(pair, table)

  const seesNothing = async (attack: string, text: string, values: readonly unknown[] = [victim.id]): Promise<void> => {
    judge(report, attack, t, await attempt(thief, text, values), outcome => wasRefused(outcome) || isEmpty(outcome))
  }
  await seesNothing('read', `select 1 from ${t} where organization_id = $1`)
  await seesNothing('read all', `select 1 from ${t} where organization_id <> $1`, [thief.id])
  await seesNothing('count', `select count(*) from ${t} where organization_id = $1 having count(*) > 0`)
  await seesNothing('join', `select 1 from ${t} a join ${t} b on a.organization_id <> b.organization_id`, [])
  await seesNothing('existence', `select 1 where exists (select from ${t} where organization_id = $1)`)
  await seesNothing(
    'update',
    `update ${t} set organization_id = organization_id where organization_id = $1 returning 1`,
  )
  await seesNothing('delete', `delete from ${t} where organization_id = $1 returning 1`)
  if (table.partitioned) return
  await attackWrites(pair, table, report)
}

/** Positive control: an attack that finds nothing proves nothing where there is nothing to find. */
async function mustSeeItself({ thief, victim }: Pair, table: Table): Promise<void> {
  for (const organization of [thief, victim]) {
    const outcome = await attempt(organization, `select 1 from ${table.label} where organization_id = $1 limit 1`, [
      organization.id,
    ])
    if (isEmpty(outcome) || 'code' in outcome)
      throw cannotProbe(`An organization does not see its own row in ${table.label}.`)
  }
}

async function attackWrites(pair: Pair, table: Table, report: Report): Promise<void> {
  const { thief, victim } = pair
  const t = table.label
  // A trigger of the application's own may stop or swallow a row before row security sees it: nothing is learned from that.
  const stopped = (attack: string, outcome: Outcome): void => {
    if ('code' in outcome && outcome.code === 'P0001') return
    judge(
      report,
      attack,
      t,
      outcome,
      seen => wasRefused(seen) || ('rows' in seen && attack === 'move a row to them' && isEmpty(seen)),
    )
  }

  stopped(
    'move a row to them',
    await attempt(thief, `update ${t} set organization_id = $1 where organization_id = $2 returning 1`, [
      victim.id,
      thief.id,
    ]),
  )
  const forged = rowFor(table, pair.theirs.rowOf(table))
  stopped('insert for them', await attempt(thief, insertSql(table, forged), Object.values(forged)))
  for (const key of table.uniqueKeys.filter(columns => columns.includes('organization_id'))) {
    const conflict = `on conflict (${key.map(quoted).join(', ')}) do update set organization_id = excluded.organization_id`
    stopped('upsert theirs', await attempt(thief, `${insertSql(table, forged)} ${conflict}`, Object.values(forged)))
  }
  await askKeys(pair, table, report)
  // One that is checked at commit would be judged by a commit, and no attack may commit.
  for (const key of table.foreignKeys.filter(one => !one.deferred)) await referAcross(pair, table, key, report)
}

/** A key that spans organizations answers "taken" for a value that only the other one has. */
async function askKeys(pair: Pair, table: Table, report: Report): Promise<void> {
  const { thief, own, theirs } = pair
  const [mine, wanted] = [own.rowOf(table), theirs.rowOf(table)]
  const referring = new Set(table.foreignKeys.flatMap(key => key.columns))
  for (const key of table.uniqueKeys) {
    if (key.every(name => name === 'organization_id' || mine[name] === wanted[name])) continue
    // Their values throughout, so that no key of the thief's own row is in the way; its own parents, so that they exist.
    const asked = Object.entries(wanted).map(([name, value]): [string, string | null] => [
      name,
      referring.has(name) && !key.includes(name) ? (mine[name] ?? null) : value,
    ])
    const row = rowFor(table, { ...Object.fromEntries(asked), organization_id: thief.id })
    const outcome = await attempt(thief, insertSql(table, row), Object.values(row))
    const told = 'code' in outcome && outcome.code === '23505' && !(await clashesWithItself(pair, table, row))
    judge(report, 'ask a unique key', table.label, outcome, () => !told)
  }
}

/** Another key of the same table may be what clashed, with the thief's own canary. */
async function clashesWithItself({ thief }: Pair, table: Table, row: Planted): Promise<boolean> {
  for (const key of table.uniqueKeys) {
    if (key.some(name => !(name in row))) continue
    const same = key.map((name, index) => `${quoted(name)}::text = $${index + 1}`).join(' and ')
    const outcome = await attempt(
      thief,
      `select 1 from ${table.label} where ${same}`,
      key.map(name => row[name]),
    )
    if (!isEmpty(outcome)) return true
  }
  return false
}

/** A child of the thief that points at a parent of the victim: to be told "no such row" is right. */
async function referAcross(pair: Pair, table: Table, key: ForeignKey, report: Report): Promise<void> {
  const { thief, own, theirs } = pair
  const pointing = key.columns.filter(name => name !== 'organization_id')
  const aimed = Object.fromEntries(pointing.map(name => [name, theirs.rowOf(table)[name] ?? null]))
  const mine = own.rowOf(table)
  if (pointing.length === 0 || pointing.some(name => aimed[name] === null || aimed[name] === mine[name])) return
  const sets = pointing.map((name, index) => `${quoted(name)} = $${index + 1}::text::${typeOf(table, name)}`).join(', ')
  const outcome = await attempt(
    thief,
    `with changed as (update ${table.label} set ${sets} where organization_id = $${pointing.length + 1} returning 1) select 1 from changed`,
    [...pointing.map(name => aimed[name]), thief.id],
  )
  judge(report, 'refer to theirs', table.label, outcome, seen => 'code' in seen && /^(23503|42501)$/.test(seen.code))
}

function judge(
  report: Report,
  attack: string,
  where: string,
  outcome: Outcome,
  beaten: (outcome: Outcome) => boolean,
): void {
  if (beaten(outcome)) report.observe(attack, where)
  else
    report.refute({
      attack,
      where,
      saw:
        'code' in outcome ? `it went past row security and ended with ${outcome.code}` : `${outcome.rows.length} rows`,
    })
}

function isEmpty(outcome: Outcome): boolean {
  return 'rows' in outcome && outcome.rows.length === 0
}

/** The columns that a statement may set. */
function rowFor(table: Table, row: Planted): Planted {
  return Object.fromEntries(
    table.columns.filter(column => !column.generated).map(column => [column.name, row[column.name] ?? null]),
  )
}

function insertSql(table: Table, row: Planted): string {
  const names = Object.keys(row)
  const slots = names.map((name, index) => `$${index + 1}::text::${typeOf(table, name)}`)
  return `insert into ${table.label} (${names.map(quoted).join(', ')}) values (${slots.join(', ')})`
}

function typeOf(table: Table, name: string): string {
  return table.columns.find(column => column.name === name)?.type ?? 'text'
}
