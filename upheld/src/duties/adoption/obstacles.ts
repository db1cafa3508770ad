import { organizationColumn } from './names.ts'
import type { AdoptionOptions } from './options.ts'
import type { ForeignKey, Oddity, Survey, Table, UniqueKey } from './survey/survey.ts'
import { named, rootOf, tenantTypes, type Tenants } from './tenants.ts'

/** One thing that must be mended by a person before a schema can be adopted. */
export interface Obstacle {
  /** Stable, such as `no_path`. */
  readonly code: string
  readonly object: string
  readonly says: string
  readonly mend: string
  /** Rows that it concerns, and a query that shows them. */
  readonly rows?: { readonly count: number; readonly atLeast: boolean; readonly query: string }
}

/** Everything that the catalogue alone can tell; all of it at once. */
export function structuralObstacles(seen: Survey, tenants: Tenants, options: AdoptionOptions): Obstacle[] {
  return [
    ...seen.oddities.map(odd),
    ...serverAndOptions(seen, tenants, options),
    ...seen.tables.flatMap(table => ofTable(table, tenants, options)),
    ...seen.uniqueKeys.flatMap(key => ofUniqueKey(seen, key, tenants)),
    ...seen.foreignKeys.flatMap(key => ofForeignKey(seen, key, tenants)),
  ]
}

const oddities: Readonly<Record<string, readonly [says: string, mend: string]>> = {
  missing_schema: ['There is no such schema.', 'Correct --schema.'],
  schema_name: [
    'This name cannot be that of a tenant schema.',
    'Rename the schema: lower case letters, digits, underscores.',
  ],
  materialized_view: [
    'Row security does not reach a materialized view.',
    'Move it to another schema that the application may not read, or make it a view.',
  ],
  foreign_table: ['Row security does not reach a foreign table.', 'Move it to another schema.'],
  exclusion: [
    'An exclusion constraint must begin with organization_id, and cannot be built without a long lock.',
    'Drop it, and add it again after the adoption with (organization_id with =, ...) from btree_gist.',
  ],
  definer: [
    'A security definer function would read with its owner’s rights.',
    'alter function ... security invoker, or move it to another schema.',
  ],
  leakproof: ['A leakproof function would see rows before the policy does.', 'alter function ... not leakproof'],
  view_on_key: [
    'This view rests on a primary key that must be replaced (group by a key, columns that follow from it).',
    'Name every column in its GROUP BY.',
  ],
  view_rule: ['This view has a rule beside its own.', 'Make it an INSTEAD OF trigger.'],
  name_too_close: ['This name is kept for adoptions.', 'Rename the constraint.'],
}

function odd({ kind, object, detail }: Oddity): Obstacle {
  const [says, mend] = oddities[kind] ?? ['This is not understood.', 'Tell us.']
  return { code: kind, object, says: detail === '' ? says : `${says} (${detail})`, mend }
}

function serverAndOptions(seen: Survey, tenants: Tenants, options: AdoptionOptions): Obstacle[] {
  const found: Obstacle[] = []
  if (seen.server.number < 150_000) {
    const says = `Postgres ${seen.server.version} is past its end of life, or near it.`
    found.push({ code: 'server_too_old', object: seen.server.database, says, mend: 'Move to Postgres 15 or later.' })
  }
  const roots = seen.tables.filter(({ parent }) => parent === '')
  if (!roots.some(table => table.columns.some(column => column.name === options.tenantColumn))) {
    const says = 'No table has this column.'
    const mend = 'Correct --tenant-column; upper case letters count.'
    found.push({ code: 'no_tenant_column', object: options.tenantColumn, says, mend })
  }
  const unknown = [...options.shared, ...(options.directory === undefined ? [] : [options.directory])].filter(
    name => !roots.some(table => named(table, name)),
  )
  for (const object of unknown) {
    found.push({
      code: 'no_such_table',
      object,
      says: 'There is no such table.',
      mend: 'Correct --shared or --directory.',
    })
  }
  if (options.directory !== undefined && unknown.length === 0 && tenants.directory === undefined) {
    const says = 'The directory needs a primary key of one column, and one name for one table.'
    const mend = 'Name it with its schema, or leave --directory out.'
    found.push({ code: 'bad_directory', object: options.directory, says, mend })
  }
  return found
}

function ofTable(table: Table, tenants: Tenants, options: AdoptionOptions): Obstacle[] {
  if (table.parent !== '') return []
  const found: Obstacle[] = []
  const say = (code: string, says: string, mend: string): number =>
    found.push({ code, object: table.label, says, mend })
  const source = tenants.sources.get(table.oid)
  if (table.extension) say('extension_table', 'It belongs to an extension.', 'Move the extension to another schema.')
  else if (source === undefined) {
    const mend = `Add ${options.tenantColumn} to it or a foreign key to a table that has it, or name it in --shared.`
    say('no_path', 'Nothing says whose its rows are: no tenant column, and no foreign key to a tenant table.', mend)
  }
  if (table.inherits) say('inheritance', 'It inherits, or is inherited from.', 'Make it a partitioned table.')
  for (const rule of table.rules) say('rule', `It has the rule ${rule}.`, 'Make it a trigger.')
  if (source?.kind === 'column' && !tenantTypes.has(source.base)) {
    const mend = 'Use an integer, text or uuid column.'
    say('tenant_type', `Its tenant column ${source.column} has a type that cannot name a tenant.`, mend)
  }
  if (
    source !== undefined &&
    source.kind !== 'own' &&
    table.columns.some(column => column.name === organizationColumn && !column.ours)
  ) {
    say('column_taken', 'It has a column organization_id that is not the tenant column.', 'Rename that column.')
  }
  return found
}

function ofUniqueKey(seen: Survey, key: UniqueKey, tenants: Tenants): Obstacle[] {
  const source = tenants.sources.get(rootOf(seen, key.table_oid)?.oid ?? '')
  if (source === undefined || source.kind === 'shared') return []
  if (!key.plain) {
    const says = 'A temporal key cannot be built beside the old one.'
    return [{ code: 'temporal_key', object: key.label, says, mend: 'Drop it, and add it again after the adoption.' }]
  }
  if (key.valid) return []
  const says = 'This unique index is not valid: its last build failed.'
  return [{ code: 'invalid_index', object: key.label, says, mend: 'Build it again, or drop it.' }]
}

function ofForeignKey(seen: Survey, key: ForeignKey, tenants: Tenants): Obstacle[] {
  const found: Obstacle[] = []
  const object = `${key.child_label}: ${key.name}`
  const [child, parent] = [key.child, key.parent].map(oid => tenants.sources.get(rootOf(seen, oid)?.oid ?? '')?.kind)
  const tenantParent = parent !== undefined && parent !== 'shared'
  const inside = seen.tables.some(({ oid }) => oid === key.child)
  if (inside && key.types_differ) {
    const says = 'The two sides of this foreign key have different types, or a type of your own.'
    found.push({ code: 'key_types', object, says, mend: 'Give both sides the same built-in type.' })
  }
  if (!inside && tenantParent) {
    const mend = 'Name its schema in --schema too, or drop the key.'
    found.push({
      code: 'outside_key',
      object,
      says: 'A table outside of these schemas refers to a tenant table.',
      mend,
    })
  }
  if (inside && child === 'shared' && tenantParent) {
    const says = 'A shared table refers to a tenant table.'
    found.push({ code: 'shared_refers', object, says, mend: 'Take it out of --shared, or drop the key.' })
  }
  if (inside && tenantParent && (!key.ordinary || (key.match_full && key.columns.length > 1))) {
    const says =
      'A foreign key that is temporal, not enforced, or MATCH FULL over several columns cannot be carried over.'
    found.push({ code: 'odd_key', object, says, mend: 'Make it an ordinary foreign key.' })
  }
  if (inside && !key.validated) {
    const mend = `alter table ${key.child_label} validate constraint ...`
    found.push({ code: 'key_not_valid', object, says: 'This foreign key was never checked.', mend })
  }
  return found
}
