import type { Queryable } from '../../core/ports.ts'
import { tenantOf } from './expression.ts'
import { organizationColumn, quoted } from './names.ts'
import type { Obstacle } from './obstacles.ts'
import type { ForeignKey, Survey } from './survey/survey.ts'
import { rootOf, type Source, type Tenants } from './tenants.ts'

/** Enough to show that something is wrong; a clean table is read to its end anyway. */
const countMax = 1_000

/** Reads every row once: rows whose tenant cannot be told, and rows that hang together but belong to two tenants. */
export async function dataObstacles(database: Queryable, seen: Survey, tenants: Tenants): Promise<Obstacle[]> {
  const found: Obstacle[] = []
  for (const { query, ...obstacle } of [...untold(seen, tenants), ...contradicting(seen, tenants)]) {
    const { rows } = await database.query(`select count(*)::int as n from (${query} limit ${countMax}) found`)
    const count = Number(rows[0]?.['n'])
    if (count > 0) found.push({ ...obstacle, rows: { count, atLeast: count === countMax, query } })
  }
  return found
}

type Question = Obstacle & { readonly query: string }

const nil = '00000000-0000-0000-0000-000000000000'

function untold(seen: Survey, tenants: Tenants): Question[] {
  return seen.tables.flatMap(table => {
    const source = tenants.sources.get(table.oid)
    if (source === undefined || source.kind === 'shared') return []
    const told = tenantOf(seen, tenants, table.oid, 't', 'value')
    const nobody = tenants.uuids && source.kind !== 'parents' ? ` or ${told} = '${nil}'` : ''
    return [
      {
        code: 'no_tenant',
        object: table.label,
        says: 'Rows whose tenant cannot be told.',
        mend: 'Give them a tenant, or delete them.',
        query: `select t.* from ${table.label} t where ${told} is null${nobody}`,
      },
    ]
  })
}

/** A key through which the tenant was told, or that compares the tenant itself, cannot contradict it. */
function contradicting(seen: Survey, tenants: Tenants): Question[] {
  return seen.foreignKeys.flatMap(key => {
    const [child, parent] = [rootOf(seen, key.child), rootOf(seen, key.parent)]
    const [from, to] = [tenants.sources.get(child?.oid ?? ''), tenants.sources.get(parent?.oid ?? '')]
    if (from === undefined || to === undefined || from.kind === 'shared' || to.kind === 'shared') return []
    if (from.kind === 'parents' && from.keys.length === 1 && from.keys[0]?.oid === key.oid) return []
    if (comparesTenant(key, from, to)) return []
    const pairs = key.columns.map((name, at) => `p.${quoted(key.parent_columns[at] ?? '')} = t.${quoted(name)}`)
    const own = tenantOf(seen, tenants, key.child, 't', 'value')
    const theirs = tenantOf(seen, tenants, key.parent, 'p', 'value')
    return [
      {
        code: 'two_tenants',
        object: `${key.child_label}: ${key.name}`,
        says: 'Rows that refer to a row of another tenant.',
        mend: 'Decide whose they are, and mend the key or the tenant.',
        query: `select t.* from ${key.child_label} t join ${key.parent_label} p on ${pairs.join(' and ')} where ${own} <> ${theirs}`,
      },
    ]
  })
}

function comparesTenant(key: ForeignKey, from: Source, to: Source): boolean {
  const column = (source: Source): string | undefined =>
    source.kind === 'column' ? source.column : source.kind === 'own' ? organizationColumn : undefined
  const at = key.columns.findIndex(name => name === column(from))
  return at >= 0 && key.parent_columns[at] === column(to)
}
