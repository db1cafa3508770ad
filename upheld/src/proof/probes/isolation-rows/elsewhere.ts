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
    const slots = routine.arguments.map((type, index) => `$${index + 1}::text::${type}`).join(', ')
    const text = `select to_jsonb(r)::text as seen from ${routine.label}(${slots}) r`
    for (const word of wordsFor(routine, pair)) {
      for (const whose of whoseFor(routine, pair)) {
        const values = routine.arguments.map(type => argumentFor(type, word, whose))
        const outcome = await attempt(pair.thief, text, values)
        judge(report, 'call', nameOf(routine), pair, outcome, values)
      }
    }
  }
  return relations.length + routines.length
}

/** Leaked is the victim's organization id or its canary, unless that is what was handed in. */
function judge(
  report: Report,
  attack: string,
  where: string,
  { victim, theirs }: Pair,
  outcome: Outcome,
  handed: readonly (string | null)[] = [],
): void {
  const rows = 'rows' in outcome ? outcome.rows : []
  const told = [victim.id, `canary-${theirs.mark}`].filter(text => !handed.includes(text))
  const leaked = rows.filter(row => told.some(text => String(row['seen']).includes(text)))
  if (leaked.length === 0) report.observe(attack, where)
  else report.refute({ attack, where, saw: `${leaked.length} rows of the other organization` })
}

/** A function that searches is asked for the victim's canary, for everything, and for nothing in particular. */
function wordsFor(routine: Routine, { theirs }: Pair): readonly string[] {
  return routine.arguments.some(isText) ? [theirs.mark, '%', '', 'canary of a probe'] : ['']
}

/** An id that fits an argument is tried as the thief's own and as the victim's. */
function whoseFor(routine: Routine, { thief, victim }: Pair): readonly string[] {
  return routine.arguments.includes('uuid') ? [thief.id, victim.id] : [thief.id]
}

/** Something that the function will take. */
function argumentFor(type: string, word: string, whose: string): string | null {
  if (isText(type)) return word
  if (type === 'uuid') return whose
  if (/int|numeric|real|double/.test(type)) return '1'
  if (type === 'boolean') return 'true'
  return null
}

function isText(type: string): boolean {
  return /^(text|character|citext|name)/.test(type)
}

function nameOf(routine: Routine): string {
  return `${routine.label}(${routine.arguments.join(', ')})`
}
