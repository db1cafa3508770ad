import { markedName, organizationColumn, quoted, triggerName } from './names.ts'
import { foreignName, isSimple } from './steps/foreign-key.ts'
import { tenantTables, type Ground } from './steps/ground.ts'
import { isLed, keyName } from './steps/unique-key.ts'
import type { ForeignKey, Table, UniqueKey } from './survey/survey.ts'

/** The new keys take the place and the names of the old ones. Catalogue only: no statement reads or writes a row. */
export function cutoverStatements(ground: Ground): readonly string[] {
  const { seen } = ground
  const tables = tenantTables(ground)
  const known = new Map(tables.flatMap(root => ground.family(root).map(table => [table.oid, table])))
  const keys = seen.uniqueKeys.flatMap(key => {
    const table = known.get(key.table_oid)
    return table === undefined || key.inherited || isLed(key) ? [] : [{ key, table }]
  })
  const foreign = seen.foreignKeys.filter(key => isSimple(ground, key))
  return [
    ...foreign.map(key => `alter table ${key.child_label} drop constraint ${quoted(key.name)}`),
    ...foreign.map(renamed),
    ...keys.flatMap(({ key, table }) => swapped(table, key)),
    ...tables.flatMap(table => freed(ground, table)),
  ]
}

function renamed(key: ForeignKey): string {
  return `alter table ${key.child_label} rename constraint ${foreignName(key)} to ${quoted(key.name)}`
}

function swapped(table: Table, key: UniqueKey): readonly string[] {
  const mine = `${quoted(table.schema)}.${keyName(key)}`
  const takeName = `alter index ${mine} rename to ${quoted(key.name)}`
  if (key.constraint === '') return [`drop index ${key.label}`, takeName]
  const drop = `alter table ${table.label} drop constraint ${quoted(key.constraint)}`
  if (table.partitioned) {
    // A partitioned table takes no constraint from an index that is there. The key holds all the same; replication,
    // which would have used the primary key, is told to use it.
    return [drop, takeName, ...(key.primary ? [identified(`${quoted(table.schema)}.${quoted(key.name)}`)] : [])]
  }
  const kind = key.primary ? 'primary key' : 'unique'
  const deferrable = key.deferrable ? ` deferrable initially ${key.deferred ? 'deferred' : 'immediate'}` : ''
  const add = `alter table ${table.label} add constraint ${quoted(key.constraint)} ${kind} using index ${keyName(key)}${deferrable}`
  return [drop, add]
}

function identified(index: string): string {
  return `do $upheld$
declare
  part record;
begin
  for part in
    select i.indrelid::regclass as relation, c.relname as name
    from pg_partition_tree('${index.replaceAll("'", "''")}') t
    join pg_index i on i.indexrelid = t.relid join pg_class c on c.oid = t.relid
  loop
    execute format('alter table %s replica identity using index %I', part.relation, part.name);
  end loop;
end
$upheld$`
}

/** From here on the context says whose a row is; a statement that never names organization_id goes on working. */
function freed({ tenants }: Ground, table: Table): readonly string[] {
  const byDefault = `alter table ${table.label} alter column ${organizationColumn} set default upheld.organization_id()`
  if (tenants.sources.get(table.oid)?.kind === 'own') return [byDefault]
  return [
    `drop trigger ${quoted(triggerName)} on ${table.label}`,
    `drop function upheld_adoption.${markedName('fill', table.label)}()`,
    `comment on column ${table.label}.${organizationColumn} is null`,
    byDefault,
  ]
}
