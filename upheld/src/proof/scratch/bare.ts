import type { Queryable } from '../../core/ports.ts'
import {
  attempt,
  attemptAll,
  belongsTo,
  insertSql,
  may,
  rowFor,
  wasRefused,
  type AttackLog,
  type Pair,
  type Table,
} from '../probes/attacks/index.ts'
import type { Settlement } from './settle.ts'

/** Tables on which every other role is tried: what a role may step around is the same for all. */
const tablesMax = 24

/** The application's login without saying whose request it is, and with row security asked to go away. */
export async function attackBare(
  settled: Settlement,
  pair: Pair,
  tables: readonly Table[],
  log: AttackLog,
): Promise<void> {
  for (const table of tables) {
    const theirs = belongsTo(table, pair.victim.key, pair.theirs.find(table))
    const read = `select 1 from ${table.label} where ${theirs.text}`
    const quiet = await attempt(settled.stranger, read, theirs.values)
    tell(log, 'read without context', table, 'rows' in quiet ? quiet.rows.length : 0)
    const off = await attemptAll(pair.thief, [
      { text: 'set local row_security = off' },
      { text: read, values: theirs.values },
    ])
    tell(log, 'row security off', table, 'rows' in off ? off.rows.length : 0)
    const emptied = await attempt(settled.stranger, `truncate ${table.label} cascade`)
    tell(log, 'truncate', table, 'rows' in emptied ? 1 : 0)
    await writeWithout(settled, pair, table, log)
  }
}

async function writeWithout(settled: Settlement, pair: Pair, table: Table, log: AttackLog): Promise<void> {
  const row = pair.theirs.find(table)
  if (row === undefined || table.partitioned || !may(table, 'insert')) return
  const forged = rowFor(table, row)
  const outcome = await attempt(settled.stranger, insertSql(table, forged), Object.values(forged))
  // A key that is taken, or a parent that is not seen, was asked after row security had let the row pass.
  const passed = 'rows' in outcome || /^(23505|23P01)$/.test(outcome.code)
  if (!passed && !wasRefused(outcome)) return
  tell(log, 'write without context', table, passed ? 1 : 0)
}

/** Every role that the login may put on, in the thief's context. */
export async function attackRoles(
  settled: Settlement,
  reader: Queryable,
  pair: Pair,
  tables: readonly Table[],
  appRole: string,
  log: AttackLog,
): Promise<void> {
  const login = await settled.stranger.query('select session_user::text as name')
  const { rows } = await reader.query(
    `select rolname as name, quote_ident(rolname) as quoted from pg_roles
     where pg_has_role($1::name, oid, 'member') and rolname <> all (array[$1::name, $2::name]) order by 1`,
    [login[0]?.['name'], appRole],
  )
  for (const row of rows) {
    for (const table of tables.slice(0, tablesMax)) {
      const theirs = belongsTo(table, pair.victim.key, pair.theirs.find(table))
      const outcome = await attemptAll(pair.thief, [
        { text: `set local role ${String(row['quoted'])}` },
        { text: `select 1 from ${table.label} where ${theirs.text}`, values: theirs.values },
      ])
      tell(log, `become ${String(row['name'])}`, table, 'rows' in outcome ? outcome.rows.length : 0)
    }
  }
}

function tell(log: AttackLog, attack: string, table: Table, got: number): void {
  if (got === 0) log.observe(attack, table.label)
  else log.refute({ attack, where: table.label, saw: `${got} rows or more` })
}
