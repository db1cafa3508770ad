import type { Ground, TenantTable } from '../ground.ts'
import { owningKey } from '../ground/tables.ts'
import { quoted } from './ways.ts'

/** The condition that this database itself uses to keep organizations apart, for a table that lacks one. */
export function tenantCondition(table: TenantTable, ground: Ground): string {
  if (table.columns.length === 0) return throughParent(table, ground)
  if (ground.found?.how === 'upheld') return 'organization_id = (select upheld.organization_id())'
  return usualCondition(table, ground) ?? asElsewhere(table, ground) ?? bySetting(table)
}

/** SQL that gives a table its policy. */
export function tenantPolicy(table: TenantTable, ground: Ground): readonly string[] {
  const condition = tenantCondition(table, ground)
  const name = ground.found?.how === 'upheld' ? 'upheld_tenant' : freeName(table)
  return [
    `CREATE POLICY ${quoted(name)} ON ${table.relation.label} FOR ALL TO PUBLIC USING (${condition}) WITH CHECK (${condition})`,
  ]
}

function freeName({ relation }: TenantTable): string {
  const taken = new Set(relation.policies.map(policy => policy.name))
  let name = 'tenant_isolation'
  while (taken.has(name)) name += '_'
  return name
}

const usual = new WeakMap<Ground, ReadonlyMap<string, string>>()

/** What most sound policies say that bind the same columns and read no other table. */
function usualCondition(table: TenantTable, ground: Ground): string | undefined {
  const known = usual.get(ground) ?? usualConditions(ground)
  usual.set(ground, known)
  return known.get(formOf(table))
}

/** The same for a table that calls its one column otherwise, such as the list of organizations itself. */
function asElsewhere({ relation, columns }: TenantTable, ground: Ground): string | undefined {
  const [own, ...more] = columns
  const type = relation.columns.find(column => column.name === own)?.type
  if (own === undefined || more.length > 0) return undefined
  for (const table of ground.tenantTables.values()) {
    const [other, ...others] = table.columns
    const sameType = table.relation.columns.find(column => column.name === other)?.type === type
    if (other === undefined || others.length > 0 || !sameType) continue
    const condition = usualCondition(table, ground)
    for (const name of [other, quoted(other)]) {
      if (condition?.startsWith(`(${name} = `) === true) return `(${quoted(own)} = ${condition.slice(name.length + 4)}`
    }
  }
  return undefined
}

function usualConditions(ground: Ground): ReadonlyMap<string, string> {
  const counts = new Map<string, Map<string, number>>()
  for (const table of ground.tenantTables.values()) {
    const opened = new Set(ground.openings(table).map(opening => opening.policy.name))
    const texts = counts.get(formOf(table)) ?? new Map<string, number>()
    counts.set(formOf(table), texts)
    for (const { name, permissive, using, reads } of table.relation.policies) {
      if (using === null || reads.length > 0 || !permissive || opened.has(name)) continue
      texts.set(using, (texts.get(using) ?? 0) + 1)
    }
  }
  const best = new Map<string, string>()
  for (const [form, texts] of counts) {
    const [first] = [...texts].sort((a, b) => b[1] - a[1])
    if (first !== undefined) best.set(form, first[0])
  }
  return best
}

/** The tenant columns of a table, with their types. */
function formOf({ relation, columns }: TenantTable): string {
  return JSON.stringify(columns.map(name => [name, relation.columns.find(column => column.name === name)?.type]))
}

function bySetting({ relation, columns }: TenantTable): string {
  return columns
    .map(name => {
      const type = relation.columns.find(column => column.name === name)?.type ?? 'text'
      const setting = `app.${name.toLowerCase().replace(/[^a-z0-9_]/g, '_')}`
      return `${quoted(name)} = (SELECT nullif(current_setting('${setting}', true), '')::${type})`
    })
    .join(' AND ')
}

/** Row security of the parent shows only the parents of one organization, and so their children. */
function throughParent({ relation }: TenantTable, ground: Ground): string {
  const key = owningKey(relation, ground.tenantTables)
  const parent = key === undefined ? undefined : ground.relations.get(key.target)
  if (key === undefined || parent === undefined) return 'false'
  const pairs = key.columns.map(
    (column, index) => `parent.${quoted(key.targetColumns[index] ?? '')} = ${quoted(relation.name)}.${quoted(column)}`,
  )
  return `EXISTS (SELECT 1 FROM ${parent.label} parent WHERE ${pairs.join(' AND ')})`
}
