import type { ForeignKey, Relation, UniqueKey } from '../../../foundation/catalogue/index.ts'
import type { Ground, TenantTable } from '../ground.ts'
import { quoted } from './ways.ts'

export function columnList(columns: readonly string[]): string {
  return columns.map(quoted).join(', ')
}

/** Whether a key says on both sides whose the row is, each column opposite its own. */
export function isComposite(key: ForeignKey, from: TenantTable, to: TenantTable): boolean {
  return from.columns.every((column, index) => {
    const at = key.columns.indexOf(column)
    return at >= 0 && key.targetColumns[at] === to.columns[index]
  })
}

/** A key led by the organization in place of one that is not: the other table gets the unique key that it needs. */
export function compositeKey(key: ForeignKey, from: TenantTable, to: TenantTable): readonly string[] {
  const rest = key.columns.flatMap((column, index) => {
    const target = key.targetColumns[index]
    return from.columns.includes(column) || target === undefined || to.columns.includes(target)
      ? []
      : [{ column, target }]
  })
  const columns = [...from.columns, ...rest.map(one => one.column)]
  const targets = [...to.columns, ...rest.map(one => one.target)]
  const known = to.relation.uniqueKeys.some(
    unique =>
      !unique.partial &&
      !unique.exclusion &&
      unique.columns.length === targets.length &&
      targets.every(one => unique.columns.includes(one)),
  )
  return [
    ...(known ? [] : [`ALTER TABLE ${to.relation.label} ADD UNIQUE (${columnList(targets)})`]),
    `ALTER TABLE ${from.relation.label} DROP CONSTRAINT ${quoted(key.name)}, ADD CONSTRAINT ${quoted(key.name)} FOREIGN KEY (${columnList(columns)}) REFERENCES ${to.relation.label} (${columnList(targets)})${actionsOf(
      key,
      rest.map(one => one.column),
    )}`,
  ]
}

const actions: Readonly<Partial<Record<string, string>>> = {
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
}

/** What a deletion empties is never the organization. */
function actionsOf(key: ForeignKey, rest: readonly string[]): string {
  const empties = key.onDelete === 'n' || key.onDelete === 'd'
  const onDelete = actions[key.onDelete]
  const onUpdate = key.onUpdate === 'n' || key.onUpdate === 'd' ? undefined : actions[key.onUpdate]
  return [
    onDelete === undefined ? '' : ` ON DELETE ${onDelete}${empties ? ` (${columnList(rest)})` : ''}`,
    onUpdate === undefined ? '' : ` ON UPDATE ${onUpdate}`,
  ].join('')
}

type Referring = readonly [ForeignKey, Relation]

const pointing = new WeakMap<Ground, ReadonlyMap<string, readonly Referring[]>>()

/** Keys of other tables that lead to this unique key. */
function referring(unique: UniqueKey, table: TenantTable, ground: Ground): readonly Referring[] {
  const known = pointing.get(ground) ?? byTarget(ground)
  pointing.set(ground, known)
  return (known.get(table.relation.oid) ?? []).filter(
    ([key]) =>
      key.targetColumns.length === unique.columns.length &&
      key.targetColumns.every(column => unique.columns.includes(column)),
  )
}

function byTarget(ground: Ground): ReadonlyMap<string, readonly Referring[]> {
  const found = new Map<string, Referring[]>()
  for (const relation of ground.relations.values()) {
    for (const key of relation.foreignKeys) {
      const before = found.get(key.target)
      if (before === undefined) found.set(key.target, [[key, relation]])
      else before.push([key, relation])
    }
  }
  return found
}

/** A unique key led by the organization; none where something refers to it that has no organization to bring along. */
export function ledUnique(unique: UniqueKey, table: TenantTable, ground: Ground): readonly string[] {
  const { relation, columns } = table
  const from = referring(unique, table, ground)
  const movable = from.map(([key, other]) => {
    const source = ground.tenantTables.get(other.oid)
    return source === undefined || source.columns.length === 0 ? undefined : ([key, source] as const)
  })
  if (movable.includes(undefined)) return []
  const moved = movable.flatMap(one => (one === undefined ? [] : compositeKey(one[0], one[1], table)))
  return [...new Set(moved), ...anew(unique, relation, columns)]
}

function anew(unique: UniqueKey, relation: Relation, columns: readonly string[]): readonly string[] {
  if (unique.exclusion) {
    const led = unique.definition.replace('(', `(${columns.map(column => `${quoted(column)} WITH =`).join(', ')}, `)
    const name = quoted(unique.constraint ?? unique.name)
    return [
      'CREATE EXTENSION IF NOT EXISTS btree_gist',
      `ALTER TABLE ${relation.label} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} ${led}`,
    ]
  }
  if (unique.constraint !== null) {
    const kind = unique.primary ? 'PRIMARY KEY' : `UNIQUE${unique.nullsDistinct ? '' : ' NULLS NOT DISTINCT'}`
    const own = unique.columns.filter(column => column !== null && !columns.includes(column))
    const all = columnList([...columns, ...own.map(String)])
    return [
      `ALTER TABLE ${relation.label} DROP CONSTRAINT ${quoted(unique.constraint)}, ADD CONSTRAINT ${quoted(unique.constraint)} ${kind} (${all})`,
    ]
  }
  // The definition begins with the index's own name: the new one is named by the server.
  const start = unique.definition.indexOf(' ON ')
  const rest = unique.definition.slice(start).replace(' ON ONLY ', ' ON ')
  const open = rest.indexOf(' (', rest.indexOf(' USING ')) + 2
  const schema = relation.label.slice(0, relation.label.length - labelOfName(relation).length)
  return [
    `CREATE UNIQUE INDEX${rest.slice(0, open)}${columnList(columns)}, ${rest.slice(open)}`,
    `DROP INDEX ${schema}${quoted(unique.name)}`,
  ]
}

/** The end of a label: the name, quoted or not. */
function labelOfName({ name, label }: Relation): string {
  const withQuotes = quoted(name)
  return label.endsWith(withQuotes) ? withQuotes : name
}
