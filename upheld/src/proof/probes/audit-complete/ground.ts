import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Actor as Person, Database, Organization, Upheld } from '../../../index.ts'
import type { Report, World } from '../../claims/index.ts'
import type { Table } from '../attacks/index.ts'
import type { DatabaseClock, Doing } from './expected.ts'

/** Where the probe stands: the tables, two organizations, and all that it did so far. */
export interface Ground {
  readonly world: World
  readonly report: Report
  readonly platform: Upheld
  /** The application's login by hand, one connection. */
  readonly login: Database
  readonly tables: readonly Kept[]
  readonly thief: Organization
  readonly victim: Organization
  readonly doing: Doing
  readonly clock: DatabaseClock
}

/** A table with what the log has to call it and its rows. */
export interface Kept extends Table {
  /** Schema and name of the table, or of its root, without quotes. */
  readonly object: string
  /** The primary key without organization_id, in order. */
  readonly keys: readonly string[]
}

/** Somebody who did one thing, under names that nobody else has. */
export interface Doer {
  readonly organization: Organization
  readonly who: Who
}

export interface Who {
  readonly actor: { readonly id: string; readonly type: string }
  readonly purpose: string
  readonly request: string
}

/** May open everything, so that what is opened depends on nothing else. */
export function doerFor(organization: Organization, word: string): Doer {
  const mark = randomBytes(6).toString('hex')
  const who = {
    actor: { id: `prober-${mark}`, type: 'probe' },
    purpose: `proof of ${word}`,
    request: `request-${mark}`,
  }
  const person: Person = { type: 'probe', id: who.actor.id, purpose: who.purpose, request: who.request, opens: ['*'] }
  return { organization: organization.as(person), who }
}

const keyRows = z.array(z.object({ label: z.string(), object: z.string(), keys: z.array(z.string()) }))
const keySql = `
  select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as label, rn.nspname || '.' || r.relname as object,
    array(select a.attname::text from pg_index x cross join lateral unnest(x.indkey::int2[]) with ordinality as i (attnum, place)
      join pg_attribute a on a.attrelid = x.indrelid and a.attnum = i.attnum
      where x.indrelid = c.oid and x.indisprimary and i.place <= x.indnkeyatts and a.attname <> 'organization_id'
      order by i.place) as keys
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_class r on r.oid = coalesce(pg_partition_root(c.oid), c.oid) join pg_namespace rn on rn.oid = r.relnamespace
  where c.relkind in ('r', 'p') and n.nspname = any ($1)`

/** Tables of organizations, with their keys as the catalogue tells them. */
export async function keptIn(
  login: Database,
  schemas: readonly string[],
  tables: readonly Table[],
): Promise<readonly Kept[]> {
  const { rows } = await login.query(keySql, [[...schemas]])
  const known = new Map(keyRows.parse(rows).map(row => [row.label, row]))
  return tables.flatMap(table => {
    const found = known.get(table.label)
    return found === undefined || table.tenant.length === 0 ? [] : [{ ...table, ...found }]
  })
}

/** Triggers of the application's own may do more than the statement says. */
export function hasOwnTriggers({ triggers }: Table): boolean {
  return triggers.some(({ name }) => !name.startsWith('upheld'))
}
