import type { Catalogue, Relation, Routine } from '../../../foundation/catalogue/index.ts'

/** Words of Postgres whose answer depends on the session, not on the row. */
const words =
  /^(current_setting|current_user|session_user|current_role|user|system_user|pg_backend_pid|inet_client_addr|txid_current|pg_current_xact_id)$/
const inside =
  /\b(current_setting|current_user|session_user|current_role|system_user|pg_backend_pid|inet_client_addr|txid_current|pg_current_xact_id|jwt)\b/i

export interface Callables {
  /** Routines of the database's own, by schema and name as a call writes them: `auth.uid`. */
  readonly named: (call: string) => readonly Routine[]
  readonly asks: (call: string) => 'context' | 'fixed' | 'unknown'
}

export function callablesOf(catalogue: Catalogue): Callables {
  const byName = new Map<string, Routine[]>()
  for (const routine of catalogue.routines) {
    const name = nameOf(routine)
    byName.set(name, [...(byName.get(name) ?? []), routine])
  }
  const named = (call: string): readonly Routine[] => byName.get(call) ?? []
  const answers = new Map<string, 'context' | 'unknown'>()
  const asks = (call: string): 'context' | 'fixed' | 'unknown' => {
    if (!call.includes('.')) return words.test(call) ? 'context' : 'fixed'
    const before = answers.get(call)
    if (before !== undefined) return before
    const answer = named(call).some(routine => dependsOnSession(routine, named, 3)) ? 'context' : 'unknown'
    answers.set(call, answer)
    return answer
  }
  return Object.freeze({ named, asks })
}

/** Its text looks at the session, or calls what does. What is not written in SQL or PL/pgSQL is taken to. */
function dependsOnSession(routine: Routine, named: (call: string) => readonly Routine[], depth: number): boolean {
  if (!/^(sql|plpgsql)$/.test(routine.language)) return true
  if (routine.source === null) return false
  if (inside.test(routine.source)) return true
  if (depth === 0) return false
  const calls = routine.source.matchAll(/([\p{L}_][\p{L}\p{N}_$]*)\.([\p{L}_][\p{L}\p{N}_$]*)\s*\(/gu)
  return [...calls].some(([, schema, name]) =>
    named(`${schema ?? ''}.${name ?? ''}`).some(
      one => one.oid !== routine.oid && dependsOnSession(one, named, depth - 1),
    ),
  )
}

/** Schema and name without quotes, as the expression tree writes a call. */
function nameOf(routine: Routine): string {
  const match = /^("(?:[^"]|"")*"|[^".(]+)\.("(?:[^"]|"")*"|[^".(]+)\(/.exec(routine.label)
  return [match?.[1], match?.[2]].map(part => (part ?? '').replace(/^"|"$/g, '').replaceAll('""', '"')).join('.')
}

/** The relation that a path in an expression names; undefined for one of Postgres itself. */
export function relationFinder(catalogue: Catalogue): (path: readonly string[]) => Relation | undefined {
  const known = new Map(
    catalogue.relations.map(relation => [JSON.stringify([relation.schema, relation.name]), relation]),
  )
  return path => known.get(JSON.stringify(path))
}
