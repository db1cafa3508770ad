import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import { lockModes, type Lock } from './steps/step.ts'

const row = z.object({ relation: z.string(), mode: z.enum(lockModes) })

/** The strongest lock that this transaction holds on each table of the schemas. */
export async function locksTaken(tx: Queryable, schemas: readonly string[]): Promise<readonly Lock[]> {
  const { rows } = await tx.query(
    `select format('%I.%I', n.nspname, c.relname) as relation, l.mode
     from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
     where l.locktype = 'relation' and l.pid = pg_backend_pid() and l.granted
       and l.database = (select oid from pg_database where datname = current_database())
       and c.relkind in ('r', 'p') and n.nspname = any ($1::text[])`,
    [schemas],
  )
  return strongest(rows.map(one => row.parse(one)))
}

/** One lock for each table, sorted by its name. */
export function strongest(locks: readonly Lock[]): readonly Lock[] {
  const best = new Map<string, Lock>()
  for (const lock of locks) {
    const known = best.get(lock.relation)
    if (known === undefined || strength(lock) > strength(known)) best.set(lock.relation, lock)
  }
  return [...best.values()].sort((a, b) => (a.relation < b.relation ? -1 : 1))
}

function strength(lock: Lock): number {
  return lockModes.indexOf(lock.mode)
}

/** @throws adoption.lock_too_strong, so that what the plan says is what happens */
export function assertPlanned(id: string, planned: readonly Lock[], taken: readonly Lock[]): void {
  const allowed = new Map(strongest(planned).map(lock => [lock.relation, strength(lock)]))
  const beyond = taken.filter(lock => strength(lock) > (allowed.get(lock.relation) ?? -1))
  if (beyond.length === 0) return
  const list = beyond.map(({ relation, mode }) => `${mode} on ${relation}`).join(', ')
  throw refuse.lock_too_strong({ detail: `${id}: ${list}.` })
}
