import { randomBytes } from 'node:crypto'
import type { Organization } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import {
  codeOf,
  insertSql,
  may,
  plant,
  quoted,
  rowFor,
  typeOf,
  uproot,
  type Canaries,
  type Planted,
} from '../attacks/index.ts'
import { changed, keysIn, keyText, rowsSaid, timed, type Expected } from './expected.ts'
import { actorOf, counter } from '../organization.ts'
import { doerFor, hasOwnTriggers, type Doer, type Ground, type Kept } from './ground.ts'

/** A statement that changes rows, and what the log has to say of it. */
interface Deed {
  readonly deed: string
  readonly text: string
  readonly values?: readonly unknown[]
  readonly keys: readonly (string | undefined)[]
}

/** A row in every table, by the application's own statements. */
export async function sow(
  { tables, doing, clock }: Ground,
  organization: Organization,
  whereFits: boolean,
): Promise<Canaries> {
  const doer = doerFor(organization, 'what is put in')
  const before = await standing(organization, tables)
  const planting = timed(clock, () =>
    plant(actorOf(doer.organization), tables, {
      mark: randomBytes(6).toString('hex'),
      fresh: counter(),
      ...(whereFits ? { onFailure: () => undefined } : {}),
    }),
  )
  const { value: planted, ...time } = await planting
  const after = await standing(organization, tables)
  noteDifference(doing.expected, doer, { deed: 'insert unseen', action: 'row.insert', ...time }, after, before)
  return planted
}

/** Every row goes: parents first where children go with them, then whatever is left. */
export async function reap({ tables, doing, clock }: Ground, organization: Organization): Promise<void> {
  const doer = doerFor(organization, 'what is taken out')
  const before = await standing(organization, tables)
  const cascaded = new Set(
    tables.filter(table => table.foreignKeys.some(key => key.onDelete === 'c' && key.target !== table.label)),
  )
  const { fromMs, toMs } = await timed(clock, async () => {
    for (let round = 0; round < 4; round++) {
      for (const table of tables.toReversed()) {
        if ((round < 3 && cascaded.has(table)) || table.partitioned || !may(table, 'delete')) continue
        await doer.organization.query(`delete from only ${table.label}`).catch(refusedOnly)
      }
    }
    // What refers to each other goes in one statement.
    await uproot(actorOf(doer.organization), tables)
  })
  const after = await standing(organization, tables)
  const said = { deed: 'delete unseen', action: 'row.delete', fromMs, toMs }
  noteDifference(doing.expected, doer, said, before, after)
}

type Standing = ReadonlyMap<Kept, readonly (string | undefined)[]>

/** What stands in each table itself: rows of a partition are its own, and not those of the tables above it. */
async function standing(organization: Organization, tables: readonly Kept[]): Promise<Standing> {
  const found = new Map<Kept, readonly (string | undefined)[]>()
  for (const table of tables) found.set(table, await keysIn(organization, table, 'only'))
  return found
}

/** One expectation for each table as the log calls it, over all rows that are in `more` and not in `less`. */
function noteDifference(
  expected: Expected[],
  doer: Doer,
  said: Pick<Expected, 'deed' | 'action' | 'fromMs' | 'toMs'>,
  more: Standing,
  less: Standing,
): void {
  for (const [object, kept] of Map.groupBy(more.keys(), table => table.object)) {
    const keys = kept.flatMap(table => {
      const rest = [...(less.get(table) ?? [])]
      return (more.get(table) ?? []).filter(key => {
        const at = rest.indexOf(key)
        if (at >= 0) rest.splice(at, 1)
        return at < 0
      })
    })
    const [table] = kept
    if (table === undefined || keys.length === 0) continue
    expected.push(changed(doer, { ...table, object }, { ...said, ...rowsSaid(keys) }))
  }
}

/** Changes the rows of one table in every way that a statement can, each under a name of its own. */
export async function changeRows(ground: Ground, table: Kept, planted: Planted | undefined): Promise<boolean> {
  const { thief } = ground
  const column = touchable(table)
  if (column === undefined || !may(table, 'update')) return false
  const keys = await keysIn(thief, table)
  if (keys.length === 0) throw cannotProbe(`No row stands in ${table.label}.`)
  const [t, c] = [table.label, quoted(column)]
  const deeds: Deed[] = [
    { deed: 'update unseen', text: `update ${t} set ${c} = ${c}`, keys },
    {
      deed: 'update inside a query',
      text: `with x as (update ${t} set ${c} = ${c} returning 1 as one) select count(*) from x`,
      keys,
    },
    {
      deed: 'merge unseen',
      text: `merge into ${t} m using (select 1) as one (n) on true when matched then update set ${c} = m.${c}`,
      keys,
    },
  ]
  const row = rowFor(table, planted ?? {})
  const unique = table.uniqueKeys.find(names => names.every(name => typeof row[name] === 'string'))
  if (planted !== undefined && unique !== undefined && may(table, 'insert')) {
    const text = `${insertSql(table, row)} on conflict (${unique.map(quoted).join(', ')}) do update set ${c} = excluded.${c}`
    deeds.push({ deed: 'upsert unseen', text, values: Object.values(row), keys: [keyText(table, planted)] })
  }
  let made = 0
  for (const deed of deeds) if (await perform(ground, table, deed)) made += 1
  return made > 0
}

/** True when it was carried out. A refusal leaves no entry, and a statement that did not run was not probed. */
async function perform(
  { thief, doing, clock }: Ground,
  table: Kept,
  { deed, text, values = [], keys }: Deed,
): Promise<boolean> {
  const doer = doerFor(thief, deed)
  const before = deed === 'upsert unseen' ? (await keysIn(thief, table)).length : 0
  const done = await timed(clock, () =>
    doer.organization.query(text, values).then(
      () => true,
      (error: unknown) => {
        refusedOnly(error)
        return false
      },
    ),
  )
  const { value: went, ...time } = done
  // A trigger that gives a row another key makes a second row of an upsert.
  const grown = deed === 'upsert unseen' && (await keysIn(thief, table)).length !== before
  if (grown) doing.expected.push(changed(doer, table, { deed, action: 'row.insert', total: 1, ...time }))
  else if (went) {
    const entries = hasOwnTriggers(table) ? {} : { entries: 1 }
    doing.expected.push(changed(doer, table, { deed, action: 'row.update', ...rowsSaid(keys), ...entries, ...time }))
  } else doing.unsaid.push({ deed: 'invent an entry', where: table.label, request: doer.who.request })
  return went
}

/** More rows in one statement than an entry can name. */
export async function putMany({ thief, doing, tables, clock }: Ground, planted: Canaries): Promise<void> {
  let left = 2
  for (const table of tables) {
    const [key, ...more] = table.keys
    const row = planted.find(table)
    if (left === 0 || key === undefined || more.length > 0 || row === undefined || table.partitioned) continue
    const named = rowFor(table, row)
    if (table.columns.find(({ name }) => name === key)?.base !== 'uuid' || !(key in named)) continue
    const names = Object.keys(named)
    const slots = names.map((name, i) =>
      name === key
        ? `case when $${i + 1}::text is null then null else gen_random_uuid() end`
        : `$${i + 1}::text::${typeOf(table, name)}`,
    )
    const text = `insert into ${table.label} as t (${names.map(quoted).join(', ')})
      select ${slots.join(', ')} from generate_series(1, 130) returning to_jsonb(t) ->> '${key.replaceAll("'", "''")}' as key`
    const doer = doerFor(thief, 'many rows')
    const { value, ...time } = await timed(clock, () =>
      doer.organization.query(text, Object.values(named)).catch((error: unknown) => {
        refusedOnly(error)
        return []
      }),
    )
    if (value.length === 0) continue
    left -= 1
    const keys = value.map(one => keyText(table, { [key]: one['key'] }))
    const said = { deed: 'hide among many rows', action: 'row.insert', ordered: true, ...rowsSaid(keys), ...time }
    doing.expected.push(changed(doer, table, { ...said, ...(hasOwnTriggers(table) ? {} : { entries: 1 }) }))
  }
}

/** A column that can be set to what it is. */
export function touchable(table: Kept): string | undefined {
  const free = table.columns.filter(
    one => one.writable && one.readable && !one.generated && !table.tenant.includes(one.name),
  )
  return (free.find(({ name }) => !table.keys.includes(name)) ?? free[0])?.name
}

/** A constraint, a trigger or a missing right may say no. */
function refusedOnly(error: unknown): void {
  if (!/^(22|23|42501|P0001|0A000|27000|tenancy\.)/.test(codeOf(error))) throw error
}
