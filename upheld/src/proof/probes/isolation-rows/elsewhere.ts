import type { Queryable } from '../../../core/ports.ts'
import type { Report } from '../../claims/index.ts'
import { attempt, type Outcome } from './outcome.ts'
import type { Pair } from './by-handle.ts'
import { otherRelationsOf, routinesOf, type Routine, type Table } from './relations.ts'

/** Views, foreign tables, shared tables and functions: whatever the login may read or call besides the tables. */
export async function attackElsewhere(
  pair: Pair,
  reader: Queryable,
  tables: readonly Table[],
  report: Report,
): Promise<number> {
  const relations = await otherRelationsOf(reader, tables)
  for (const label of relations) {
    judge(
      report,
      'read everything',
      label,
      pair,
      await attempt(pair.thief, `select to_jsonb(r)::text as seen from ${label} r`),
    )
  }
  const routines = (await routinesOf(reader)).filter(one => one.label !== 'upheld.enter')
  for (const routine of routines) {
    const values = routine.arguments.map(type => argumentFor(type, pair))
    const slots = routine.arguments.map((type, index) => `$${index + 1}::text::${type}`).join(', ')
    const text = `select to_jsonb(r)::text as seen from ${routine.label}(${slots}) r`
    judge(report, 'call', nameOf(routine), pair, await attempt(pair.thief, text, values))
  }
  return relations.length + routines.length
}

/** Leaked is whatever carries the victim's organization id or the mark of its canaries. */
function judge(report: Report, attack: string, where: string, { victim, theirs }: Pair, outcome: Outcome): void {
  const rows = 'rows' in outcome ? outcome.rows : []
  const leaked = rows.filter(row => {
    const seen = String(row['seen'])
    return seen.includes(victim.id) || seen.includes(theirs.mark)
  })
  if (leaked.length === 0) report.observe(attack, where)
  else report.refute({ attack, where, saw: `${leaked.length} rows of the other organization` })
}

/** Something that the function will take: the victim's id wherever an id fits would only echo, so the thief asks for all. */
function argumentFor(type: string, { thief }: Pair): string | null {
  if (type === 'uuid') return thief.id
  if (/int|numeric|real|double/.test(type)) return '1'
  if (/^(text|character)/.test(type)) return 'canary of a probe'
  if (type === 'boolean') return 'true'
  return null
}

function nameOf(routine: Routine): string {
  return `${routine.label}(${routine.arguments.join(', ')})`
}
