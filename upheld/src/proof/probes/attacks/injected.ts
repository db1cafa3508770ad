import { belongsTo } from './canaries.ts'
import type { AttackLog } from './log.ts'
import { attempt, wasRefused, type Outcome } from './outcome.ts'
import { tells, type Pair } from './pair.ts'
import { quoted, type Table } from './relations.ts'

/** What the injected texts know of the table and of the other organization: everything may be guessed but a secret. */
export interface Aim {
  readonly table: Table
  /** The victim's rows, with its values written into the text. */
  readonly theirs: string
  /** The thief's own rows, the same way. */
  readonly own: string
  /** Shows one column in which a secret of the victim would stand. */
  readonly shown: string
}

/** Texts in which whole statements stand that an attacker wrote; each runs for the thief. Undefined: does not fit here. */
export type Payloads = (aim: Aim) => Readonly<Record<string, string | undefined>>

/** Tricks with the session, the plan and the error that any Postgres knows. */
export const commonPayloads: Payloads = ({ table, theirs, shown }) => {
  const t = table.label
  const column = textColumn(table)
  return {
    tautology: `select ${shown} from ${t} r where 1 = 0 or 1 = 1`,
    union: `select ${shown} from ${t} r where ${theirs} union all select ${shown} from ${t} r`,
    'stacked statement': `select ${shown} from ${t} r where false; select ${shown} from ${t} r where ${theirs}`,
    'statement inside a function': `select query_to_xml('select * from ${t.replaceAll("'", "''")}', true, true, '')::text as shown`,
    'table inside a function': `select table_to_xml('${t.replaceAll("'", "''")}', true, true, '')::text as shown`,
    'row security off by a setting': `with x as materialized (select set_config('row_security', 'off', true)) select ${shown} from x, lateral (select * from ${t} offset 0) r`,
    'cursor left open': `declare c cursor with hold for select ${shown} from ${t} r`,
    'session left changed': `set search_path = pg_temp`,
    'statement prepared': `prepare stolen as select ${shown} from ${t} r`,
    'anonymous block': `do $$ begin perform 1 from ${t} r where ${theirs}; end $$`,
    'channel opened': 'listen stolen',
    'table copied out': `copy ${t} to stdout`,
    'query copied out': `copy (select ${shown} from ${t} r where ${theirs}) to stdout`,
    'plan asked for': `explain select * from ${t} r where ${theirs}`,
    'plan carried out': `explain (analyze, verbose) select * from ${t} r where ${theirs}`,
    'temporary table': `select * into temp stolen from ${t}`,
    'shadow of a table': `create temp table shadow as select * from ${t}`,
    'error that tells': `select (select ${shown} from ${t} r where ${theirs} limit 1)::int`,
    'error in a cast of json': `select (select to_jsonb(r) from ${t} r where ${theirs} limit 1)::text::integer`,
    'error in a division': `select 1 / (select count(*) - count(*) from ${t} r where ${theirs} having count(*) > 0)`,
    'aggregate that tells': `select min(${shown}) as shown from ${t} r where ${theirs} having count(*) > 0`,
    'window over all': `select ${shown}, count(*) over () from ${t} r where ${theirs}`,
    'leak through a lock': `select ${shown} from ${t} r where ${theirs} for update nowait`,
    'sample of the table': `select ${shown} from ${t} r tablesample system (100) where ${theirs}`,
    'child alone': `select ${shown} from only ${t} r where ${theirs}`,
    'row by its place': `select ${shown} from ${t} r where ctid in (select format('(%s,%s)', b, i)::tid from generate_series(0, 9) b, generate_series(1, 60) i) and ${theirs}`,
    'condition that fails early':
      column === undefined
        ? undefined
        : `select 1 from ${t} r where ${theirs} and 1 / (length(r.${column}::text) - length(r.${column}::text)) = 1`,
    'cast that fails early':
      column === undefined ? undefined : `select 1 from ${t} r where ${theirs} and r.${column}::text::integer = 1`,
  }
}

/** Values of the victim as SQL texts: an attacker who writes SQL writes them so. */
function aimAt(pair: Pair, table: Table): Aim {
  const written = (key: readonly string[], side: 'own' | 'theirs'): string => {
    const { text, values } = belongsTo(table, key, pair[side].find(table))
    return text.replaceAll(/\$(\d+)/g, (_, number: string) => literal(values[Number(number) - 1] ?? null))
  }
  return {
    table,
    theirs: `(${written(pair.victim.key, 'theirs').replaceAll(/"(?:[^"]|"")+"::text/g, 'r.$&')})`,
    own: `(${written(pair.thief.key, 'own').replaceAll(/"(?:[^"]|"")+"::text/g, 'r.$&')})`,
    shown: 'to_jsonb(r)::text',
  }
}

export function literal(text: string | null): string {
  return text === null ? 'null' : `'${text.replaceAll("'", "''")}'`
}

/**
 * A route of the application pastes its input into SQL: the attacker writes whole statements, but they run under the
 * thief's context. No way of switching it may show a row of the victim.
 */
export async function attackByInjection(
  pair: Pair,
  table: Table,
  payloads: readonly Payloads[],
  log: AttackLog,
): Promise<void> {
  const aim = aimAt(pair, table)
  const own = await attempt(pair.thief, `select ${aim.shown} as shown from ${table.label} r where ${aim.own} limit 1`)
  if (!('rows' in own) || own.rows.length === 0) {
    log.pass('injection', table.label, 'the attacker does not see a row of its own there')
    return
  }
  for (const [attack, text] of payloads.flatMap(one => Object.entries(one(aim)))) {
    if (text === undefined) continue
    const outcome = await attempt(pair.thief, text)
    const where = table.label
    if (!leaks(pair, text, outcome)) log.observe(`injected: ${attack}`, where)
    else log.refute({ attack: `injected: ${attack}`, where, saw: seen(outcome) })
  }
}

function leaks(pair: Pair, text: string, outcome: Outcome): boolean {
  if ('said' in outcome) {
    if (tells(pair, outcome.said, [text])) return true
    // Division by zero and a cast that fails are answers of a row; so is a lock that could not be had.
    return !wasRefused(outcome) && /^(22012|22P02|55P03)$/.test(outcome.code)
  }
  // A plan repeats what was asked.
  return tells(pair, JSON.stringify(outcome.rows), /^explain/.test(text) ? [text] : [])
}

function seen(outcome: Outcome): string {
  return 'code' in outcome
    ? `it ended with ${outcome.code}, which a row of theirs caused`
    : 'values of the other organization'
}

function textColumn(table: Table): string | undefined {
  const column = table.columns.find(one => one.readable && one.base === 'text' && !table.tenant.includes(one.name))
  return column === undefined ? undefined : quoted(column.name)
}
