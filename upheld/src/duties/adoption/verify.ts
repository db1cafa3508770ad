import type { Queryable } from '../../core/ports.ts'
import { tenantOf } from './expression.ts'
import { literal, organizationColumn } from './names.ts'
import type { Plan } from './plan.ts'
import { foreignName, isSimple } from './steps/foreign-key.ts'
import { tenantTables } from './steps/ground.ts'
import { isLed, keyName } from './steps/unique-key.ts'

/** What is not as it must be before the last step, one line each: read from the catalogue and from every row, not from the journal. */
export async function findGaps(database: Queryable, plan: Plan): Promise<readonly string[]> {
  return [
    ...(await openColumns(database, plan)),
    ...(await openKeys(database, plan)),
    ...(await wrongRows(database, plan)),
  ]
}

async function openColumns(database: Queryable, { ground }: Plan): Promise<string[]> {
  const { rows } = await database.query(
    `select c.oid::regclass::text as label from pg_class c where c.oid = any ($1::oid[]) and not exists (
       select from pg_attribute a where a.attrelid = c.oid and a.attname = $2 and a.attnotnull and a.atttypid = 'uuid'::regtype)`,
    [tenantTables(ground).flatMap(table => ground.family(table).map(({ oid }) => oid)), organizationColumn],
  )
  return rows.map(row => `${String(row['label'])} has no organization_id that is NOT NULL`)
}

async function openKeys(database: Queryable, { ground }: Plan): Promise<string[]> {
  const { seen } = ground
  const tables = new Map(tenantTables(ground).flatMap(root => ground.family(root).map(table => [table.oid, table])))
  const indexes = seen.uniqueKeys.flatMap(key => {
    const table = tables.get(key.table_oid)
    return table === undefined || key.inherited || isLed(key) ? [] : [{ table, name: keyName(key) }]
  })
  const wanted = [
    ...indexes.map(
      ({ table, name }) =>
        `(select ${literal(`${table.label}: ${name}`)} as label, exists (select from pg_index i join pg_class c on c.oid = i.indexrelid
           where i.indrelid = ${table.oid} and c.relname = ${literal(name)} and i.indisvalid and i.indisunique) as stands)`,
    ),
    ...seen.foreignKeys
      .filter(key => isSimple(ground, key))
      .map(
        key =>
          `(select ${literal(`${key.child_label}: ${key.name}`)}, exists (select from pg_constraint k
             where k.conrelid = ${key.child} and k.conname = ${literal(foreignName(key))} and k.convalidated))`,
      ),
  ]
  if (wanted.length === 0) return []
  const { rows } = await database.query(`select label from (${wanted.join(' union all ')}) all_keys where not stands`)
  return rows.map(row => `${String(row['label'])} is not there, or not valid`)
}

/** Every row, against the tenant that it had before. */
async function wrongRows(database: Queryable, { ground }: Plan): Promise<string[]> {
  const gaps: string[] = []
  for (const table of tenantTables(ground)) {
    if (ground.tenants.sources.get(table.oid)?.kind === 'own') continue
    const told = tenantOf(ground.seen, ground.tenants, table.oid, 't', 'organization')
    const { rows } = await database.query(
      `select exists (select from ${table.label} t where t.organization_id is distinct from ${told}) as wrong`,
    )
    if (rows[0]?.['wrong'] === true)
      gaps.push(`${table.label} has rows whose organization_id is not that of their tenant`)
  }
  return gaps
}
