import type { Catalogue, Oid, Relation } from '../../../foundation/catalogue/index.ts'
import { refuse } from '../errors.ts'
import { bare, partsOf, type Expression } from '../expression/index.ts'
import { columnWeight, nearest, tableWeight } from './names.ts'

/** The columns that say whose a row is, and how they were found. */
export interface TenantColumn {
  readonly columns: readonly string[]
  readonly how: 'given' | 'upheld' | 'found'
  /** The table of organizations that most tables refer to with these columns. */
  readonly directory: Relation | undefined
}

export type Parse = (text: string) => Expression

/** Tables that hold rows of their own: no view, no partition of another, nothing of an extension or of Upheld itself. */
export function ownTables(catalogue: Catalogue): readonly Relation[] {
  return catalogue.relations.filter(
    relation =>
      (relation.kind === 'table' || relation.kind === 'partitioned') &&
      relation.extension === null &&
      relation.parents.length === 0 &&
      !isUpheld(relation.schema, catalogue),
  )
}

export function isUpheld(schema: string, catalogue: Catalogue): boolean {
  return catalogue.server.upheld && /^upheld(_guard|_proof)?$/.test(schema)
}

export function findTenantColumn(
  catalogue: Catalogue,
  given: string | undefined,
  parse: Parse,
): TenantColumn | undefined {
  const tables = ownTables(catalogue)
  if (given !== undefined) {
    const columns = given.split(',').map(name => name.trim())
    checkGiven(columns, tables)
    return { columns, how: 'given', directory: directoryOf(tables, columns, catalogue) }
  }
  if (catalogue.server.upheld) {
    const directory = catalogue.relations.find(one => one.schema === 'upheld_guard' && one.name === 'organization')
    return { columns: ['organization_id'], how: 'upheld', directory }
  }
  const best = bestCandidate(catalogue, tables, parse)
  if (best === undefined) return undefined
  const columns = composite(best, tables, parse)
  return { columns, how: 'found', directory: directoryOf(tables, columns, catalogue) }
}

function checkGiven(columns: readonly string[], tables: readonly Relation[]): void {
  const names = new Set(tables.flatMap(table => table.columns.map(column => column.name)))
  const wrong = columns.find(column => !names.has(column))
  const together = tables.some(table => columns.every(name => table.columns.some(column => column.name === name)))
  if (wrong === undefined && together) return
  if (wrong === undefined) throw refuse.no_such_column({ detail: `No table has all of ${columns.join(', ')}.` })
  const like = nearest(wrong, names)
  throw refuse.no_such_column({
    detail: like.length === 0 ? `It was ${wrong}.` : `It was ${wrong}; there is ${like.join(', ')}.`,
  })
}

interface Candidate {
  readonly name: string
  readonly tables: Relation[]
  compared: number
  readonly targets: Map<Oid, number>
}

/**
 * Each column name is weighed by what it is called, how many tables carry it, how many policies compare it, and how
 * many foreign keys lead from it to one table. A name that says nothing needs policies or a table of organizations.
 */
function bestCandidate(catalogue: Catalogue, tables: readonly Relation[], parse: Parse): string | undefined {
  const byOid = new Map(catalogue.relations.map(relation => [relation.oid, relation]))
  const withPolicies = tables.filter(table => table.policies.length > 0).length
  let best: { readonly name: string; readonly score: number } | undefined
  for (const one of candidatesOf(tables, parse).values()) {
    const [target, refers] = [...one.targets].sort((a, b) => b[1] - a[1])[0] ?? ['', 0]
    const noun = Math.max(columnWeight(one.name), tableWeight(byOid.get(target)?.name ?? ''))
    const compared = withPolicies === 0 ? 0 : one.compared / withPolicies
    if (noun === 0 && (one.compared < 2 || compared < 0.5)) continue
    if (noun > 0 && noun < 5 && one.compared === 0 && one.tables.length < 3) continue
    const score = noun + 10 * (one.tables.length / tables.length) + 15 * compared + 5 * (refers / one.tables.length)
    if (best === undefined || score > best.score) best = { name: one.name, score }
  }
  return best?.name
}

function candidatesOf(tables: readonly Relation[], parse: Parse): ReadonlyMap<string, Candidate> {
  const found = new Map<string, Candidate>()
  for (const table of tables) {
    const compared = comparedBy(table, parse)
    for (const { name } of table.columns) {
      const one = found.get(name) ?? { name, tables: [], compared: 0, targets: new Map<Oid, number>() }
      found.set(name, one)
      one.tables.push(table)
      if (compared.has(name)) one.compared += 1
      for (const key of table.foreignKeys) {
        const leads = key.columns.includes(name) && key.target !== table.oid
        if (leads) one.targets.set(key.target, (one.targets.get(key.target) ?? 0) + 1)
      }
    }
  }
  // A table's own `id` and `name` are everywhere and belong to nobody.
  for (const name of ['id', 'uuid', 'name']) found.delete(name)
  return found
}

/** Columns that the policies of a table compare with something by equality. */
function comparedBy(table: Relation, parse: Parse): ReadonlySet<string> {
  const compared = new Set<string>()
  const walk = (expression: Expression): void => {
    if ((expression.kind === 'operator' || expression.kind === 'any') && expression.name === '=') {
      for (const side of [expression.left, expression.right]) {
        const column = side === undefined ? undefined : bare(side)
        if (column?.kind === 'column') compared.add(column.path.at(-1) ?? '')
      }
    }
    for (const part of partsOf(expression)) walk(part)
  }
  for (const { using, check } of table.policies) {
    for (const text of new Set([using, check])) if (text !== null) walk(parse(text))
  }
  return compared
}

/** Further columns that belong to the key: most policies compare them too, or the keys to a list of tenants carry them. */
function composite(best: string, tables: readonly Relation[], parse: Parse): readonly string[] {
  const carrying = tables.filter(table => table.columns.some(column => column.name === best))
  const guarded = carrying.filter(table => comparedBy(table, parse).has(best))
  const names = new Set(carrying[0]?.columns.map(column => column.name) ?? [])
  const everywhere = [...names].filter(
    name => name !== best && carrying.every(table => table.columns.some(column => column.name === name)),
  )
  const compared = everywhere.filter(
    name =>
      guarded.length > 1 && guarded.filter(table => comparedBy(table, parse).has(name)).length > guarded.length / 2,
  )
  const carries = new Set(carrying.map(table => table.oid))
  const referred = everywhere.filter(name => {
    // A key to a table that carries the column itself leads to rows of a tenant, not to the tenant.
    const leads = carrying.filter(table =>
      table.foreignKeys.some(
        key =>
          key.columns.length === 2 &&
          key.columns.includes(best) &&
          key.columns.includes(name) &&
          !carries.has(key.target),
      ),
    )
    return leads.length > 1 && leads.length > carrying.length / 2
  })
  const order = (carrying[0]?.columns ?? []).map(column => column.name)
  return [...new Set([best, ...compared, ...referred])].sort((a, b) => order.indexOf(a) - order.indexOf(b))
}

/** The table that most keys over the tenant columns, and nothing else, lead to. */
function directoryOf(
  tables: readonly Relation[],
  columns: readonly string[],
  catalogue: Catalogue,
): Relation | undefined {
  const counts = new Map<Oid, number>()
  for (const table of tables) {
    for (const key of table.foreignKeys) {
      const leads = key.columns.length === columns.length && columns.every(column => key.columns.includes(column))
      if (leads && key.target !== table.oid) counts.set(key.target, (counts.get(key.target) ?? 0) + 1)
    }
  }
  const [first] = [...counts].sort((a, b) => b[1] - a[1])
  return first === undefined ? undefined : catalogue.relations.find(relation => relation.oid === first[0])
}
