import type { Report } from '../../claims/index.ts'
import { attempt, wasRefused, type Outcome } from './outcome.ts'
import type { Pair } from './by-handle.ts'
import type { Table } from './relations.ts'

/**
 * A route of the application pastes its input into SQL: the attacker writes whole statements, but they run through the
 * handle, under A's context. No way of switching it may show a row of B.
 */
export async function attackByInjection(pair: Pair, table: Table, forged: string, report: Report): Promise<void> {
  const { thief, victim } = pair
  const t = table.label
  const theirs = `organization_id = '${victim.id}'`
  const payloads: Readonly<Record<string, string>> = {
    tautology: `select organization_id from ${t} where 1 = 0 or 1 = 1`,
    union: `select organization_id from ${t} where ${theirs} union all select organization_id from ${t}`,
    'stacked statement': `select organization_id from ${t} where false; select organization_id from ${t} where ${theirs}`,
    'setting switched first': `with x as materialized (select set_config('upheld.context', '${forged}', true)) select r.organization_id from x, lateral (select * from ${t}) r`,
    'unsigned setting': `with x as materialized (select set_config('upheld.organization_id', '${victim.id}', true)) select r.organization_id from x, ${t} r`,
    'context entered again': `with x as materialized (select upheld.enter('${forged}')) select r.organization_id from x, lateral (select * from ${t}) r`,
    'statement inside a function': `select (xpath('//organization_id/text()', query_to_xml('select organization_id from ${t}', true, true, '')))[1]::text as organization_id`,
    'role switched by a setting': `with x as materialized (select set_config('role', 'upheld_owner', true)) select r.organization_id from x, ${t} r`,
    'row security off by a setting': `with x as materialized (select set_config('row_security', 'off', true)) select r.organization_id from x, ${t} r`,
    'cursor left open': `declare c cursor with hold for select * from ${t}`,
    'role switched': 'set role upheld_owner',
    'session left changed': `set upheld.context = '${forged}'`,
    'table copied out': `copy ${t} to stdout`,
    'plan asked for': `explain select * from ${t} where ${theirs}`,
    'temporary table': `select * into temp stolen from ${t}`,
    'error that tells': `select (select organization_id::text from ${t} where ${theirs} limit 1)::int as organization_id from ${t}`,
    'aggregate that tells': `select min(organization_id::text) as organization_id from ${t} where ${theirs} having count(*) > 0`,
    'leak through a lock': `select organization_id from ${t} where ${theirs} for update`,
  }
  for (const [attack, text] of Object.entries(payloads)) {
    const outcome = await attempt(thief, text)
    if (beaten(outcome, thief.id)) report.observe(`injected: ${attack}`, t)
    else report.refute({ attack: `injected: ${attack}`, where: t, saw: seen(outcome) })
  }
}

/** Refused, or nothing but the thief's own rows. 42601 is the server's answer to two statements, 0A000 and 25006 to others. */
function beaten(outcome: Outcome, thiefId: string): boolean {
  if ('code' in outcome) return wasRefused(outcome) || /^(42601|42P0\d|0A000|25006|22023|42883)$/.test(outcome.code)
  return outcome.rows.every(row => row['organization_id'] === thiefId || row['organization_id'] === null)
}

function seen(outcome: Outcome): string {
  return 'code' in outcome ? `it ended with ${outcome.code}` : `${outcome.rows.length} rows, not all its own`
}
