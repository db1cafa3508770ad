import { columnOf, type ForeignKey, type Table } from './relations.ts'

/** A key that may stay empty: one of its columns, other than those that say whose the row is, takes a null. */
function mayStayEmpty(table: Table, key: ForeignKey): boolean {
  return key.columns.some(name => !table.tenant.includes(name) && columnOf(table, name)?.required === false)
}

/** Whether a null in this column leaves its foreign keys without a target. */
export function isWayOut(table: Table, column: string): boolean {
  return columnOf(table, column)?.required === false
}

/**
 * The tables in an order in which they can be filled: a group holds those that demand each other, so that none of them
 * can be first. A table that nothing holds is a group of its own. Tarjan's components, by hand and not by recursion.
 */
export function circlesOf(tables: readonly Table[]): readonly (readonly Table[])[] {
  const known = new Map(tables.map(one => [one.label, [one]]))
  // A row of a partition is what there is of the table above it.
  for (const one of tables) for (const label of one.parents) known.set(label, [...(known.get(label) ?? []), one])
  const demands = (one: Table, all: boolean): Table[] =>
    one.foreignKeys
      .filter(key => (all || !mayStayEmpty(one, key)) && key.target !== one.label)
      .flatMap(key => known.get(key.target) ?? [])
      .filter(target => target !== one)
  const groupOf = new Map<string, readonly Table[]>()
  for (const group of components(tables, one => demands(one, false)))
    for (const one of group) groupOf.set(one.label, group)
  // Keys that may stay empty order the groups as far as they can: better a parent than none.
  const placed = new Set<readonly Table[]>()
  return components(tables, one => demands(one, true))
    .flat()
    .flatMap(one => settle(one, groupOf, demands, placed))
}

/** A group after the groups that it demands. */
function settle(
  one: Table,
  groupOf: ReadonlyMap<string, readonly Table[]>,
  demands: (one: Table, all: boolean) => readonly Table[],
  placed: Set<readonly Table[]>,
): readonly (readonly Table[])[] {
  const first = groupOf.get(one.label)
  if (first === undefined || placed.has(first)) return []
  const order: (readonly Table[])[] = []
  const open: { readonly group: readonly Table[]; readonly next: Table[] }[] = []
  const enter = (group: readonly Table[]): void => {
    placed.add(group)
    open.push({ group, next: group.flatMap(member => demands(member, false)) })
  }
  enter(first)
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const next = top.next.shift()
    const group = next === undefined ? undefined : groupOf.get(next.label)
    if (group !== undefined && !placed.has(group)) enter(group)
    else if (next === undefined) {
      order.push(top.group)
      open.pop()
    }
  }
  return order
}

interface Visit {
  readonly one: Table
  readonly next: Table[]
}

function components(tables: readonly Table[], next: (one: Table) => Table[]): readonly (readonly Table[])[] {
  const index = new Map<Table, number>()
  const low = new Map<Table, number>()
  const stack: Table[] = []
  const stacked = new Set<Table>()
  const found: (readonly Table[])[] = []
  const lower = (one: Table, value: number): void => void low.set(one, Math.min(low.get(one) ?? value, value))
  const enter = (one: Table, open: Visit[]): void => {
    index.set(one, index.size)
    low.set(one, index.size - 1)
    stack.push(one)
    stacked.add(one)
    open.push({ one, next: next(one) })
  }
  for (const first of tables) {
    if (index.has(first)) continue
    const open: Visit[] = []
    enter(first, open)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const other = top.next.shift()
      if (other !== undefined && !index.has(other)) enter(other, open)
      else if (other !== undefined && stacked.has(other)) lower(top.one, index.get(other) ?? 0)
      else if (other === undefined) {
        open.pop()
        const above = open.at(-1)
        if (above !== undefined) lower(above.one, low.get(top.one) ?? 0)
        if (low.get(top.one) === index.get(top.one)) found.push(closeGroup(top.one, stack, stacked))
      }
    }
  }
  return found
}

function closeGroup(root: Table, stack: Table[], stacked: Set<Table>): readonly Table[] {
  const group = stack.splice(stack.indexOf(root))
  for (const one of group) stacked.delete(one)
  return group
}
