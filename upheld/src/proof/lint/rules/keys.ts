import type { ForeignKey, UniqueKey } from '../../../foundation/catalogue/index.ts'
import type { Ground, TenantTable } from '../ground.ts'
import type { Hit, Place, Rule, Severity } from '../rule.ts'
import { columnList, compositeKey, isComposite, ledUnique } from './key-sql.ts'
import { owningKey } from '../ground/tables.ts'
import { ownTenantTables, wholeTables } from './own-tables.ts'
import { quoted } from './ways.ts'

const needs = ['relations', 'columns', 'keys'] as const

function placeOfKey(name: string, { relation }: TenantTable): Place {
  return { kind: 'object', label: `${quoted(name)} on ${relation.label}` }
}

/** Foreign keys between tables of organizations that do not say whose the rows are. */
function* simpleKeys(ground: Ground): Generator<[ForeignKey, TenantTable, TenantTable]> {
  for (const from of wholeTables(ground)) {
    // A table that does not say itself whose its rows are is told so by one key: any other may lead anywhere.
    const owning = from.columns.length === 0 ? owningKey(from.relation, ground.tenantTables) : undefined
    for (const key of from.relation.foreignKeys) {
      const to = ground.tenantTables.get(key.target)
      if (to === undefined || key === owning) continue
      if (from.columns.length > 0 && (to.columns.length === 0 || isComposite(key, from, to))) continue
      yield [key, from, to]
    }
  }
}

function tenantOf(from: TenantTable, to: TenantTable): string {
  const named = from.columns.length > 0 ? from.columns : to.columns
  return named.length > 0 ? named.join(', ') : 'the organization'
}

/** A table without tenant columns gets them first (table.no-tenant-column). */
function mendOf(key: ForeignKey, from: TenantTable, to: TenantTable): readonly string[] {
  return from.columns.length > 0 && to.columns.length > 0 ? compositeKey(key, from, to) : []
}

function carriesOver(key: ForeignKey): boolean {
  return /[cnd]/.test(key.onDelete) || /[nd]/.test(key.onUpdate)
}

const simple: Rule = {
  id: 'key.foreign-simple',
  holes: [13],
  severity: 'high',
  title: 'A foreign key may lead into another organization',
  why: "Foreign keys are checked past row security: a row can be tied to another organization's, and whether it was refused tells which ids exist there.",
  needs,
  *check(_catalogue, ground) {
    for (const [key, from, to] of simpleKeys(ground)) {
      if (carriesOver(key)) continue
      yield {
        place: placeOfKey(key.name, from),
        saw: `${from.relation.label} refers to ${to.relation.label} by ${key.columns.join(', ')}, without ${tenantOf(from, to)} on both sides.`,
        mend: mendOf(key, from, to),
      }
    }
  },
}

const cascade: Rule = {
  id: 'key.cascade-crosses',
  holes: [14],
  severity: 'high',
  title: "A deletion reaches into another organization's rows",
  why: 'What a foreign key does on deletion is done past row security: one organization deletes or empties rows of another that refer to its own.',
  needs,
  *check(_catalogue, ground) {
    for (const [key, from, to] of simpleKeys(ground)) {
      if (!carriesOver(key)) continue
      yield {
        place: placeOfKey(key.name, from),
        saw: `What is deleted in ${to.relation.label} changes ${from.relation.label} by ${key.columns.join(', ')}, whoever's the rows are.`,
        mend: mendOf(key, from, to),
      }
    }
  },
}

const empties: Rule = {
  id: 'key.empties-tenant',
  holes: [14, 35],
  severity: 'medium',
  title: 'A deletion takes the organization out of other rows',
  why: 'ON DELETE SET NULL without a list of columns empties the tenant column too: the deletion fails, or rows belong to nobody afterwards.',
  needs,
  *check(_catalogue, ground) {
    for (const from of ownTenantTables(ground)) {
      for (const key of from.relation.foreignKeys) {
        const to = ground.tenantTables.get(key.target)
        if (to === undefined || to.columns.length === 0 || !isComposite(key, from, to)) continue
        const touched = key.onDeleteColumns.length === 0 ? key.columns : key.onDeleteColumns
        const onDelete = /[nd]/.test(key.onDelete) && from.columns.some(column => touched.includes(column))
        if (!onDelete && !/[nd]/.test(key.onUpdate)) continue
        yield {
          place: placeOfKey(key.name, from),
          saw: `The key ${key.name} of ${from.relation.label} empties ${from.columns.join(', ')} when a row of ${to.relation.label} goes.`,
          mend: compositeKey(key, from, to),
        }
      }
    }
  },
}

const unique: Rule = {
  id: 'key.unique-global',
  holes: [15, 16],
  severity: 'medium',
  title: 'A value must be unique across all organizations',
  why: "Unique keys are checked past row security: a refused value tells that another organization has it, and on older releases the refusal shows that organization's row.",
  needs,
  *check(_catalogue, ground) {
    for (const table of ownTenantTables(ground)) {
      for (const key of table.relation.uniqueKeys) if (isGlobal(key, table)) yield globalHit(key, table, ground)
    }
  },
}

function isGlobal(key: UniqueKey, { relation, columns }: TenantTable): boolean {
  if (key.inherited) return false
  const named = columns.every(column => key.columns.includes(column))
  if (!key.exclusion || !named) return !named
  const equal = (column: string): boolean =>
    key.definition.includes(`${column} WITH =`) || key.definition.includes(`${quoted(column)} WITH =`)
  return relation.columns.length > 0 && !columns.every(equal)
}

function globalHit(key: UniqueKey, table: TenantTable, ground: Ground): Hit {
  const kind = key.primary ? 'primary key' : key.exclusion ? 'exclusion constraint' : 'unique key'
  const over = key.columns.map(column => column ?? 'an expression').join(', ')
  return {
    place: placeOfKey(key.name, table),
    saw: `The ${kind} of ${table.relation.label} over ${over} holds across all organizations.`,
    severity: madeByServer(key, table) ? 'low' : 'medium',
    mend: ledUnique(key, table, ground),
  }
}

/** Ids that the database draws at random or counts up: nobody chooses them, so a clash tells little. */
function madeByServer(key: UniqueKey, { relation }: TenantTable): boolean {
  if (!key.primary || key.columns.length !== 1) return false
  const column = relation.columns.find(({ name }) => name === key.columns[0])
  return (
    column !== undefined &&
    (column.base === 'uuid' || /nextval|gen_random|uuid/.test(column.default ?? '') || column.identity)
  )
}

const index: Rule = {
  id: 'key.tenant-index-missing',
  holes: [37],
  severity: 'low',
  title: 'No index is led by the organization',
  why: 'Every statement of one organization reads the rows of all; an operator that is not leakproof cannot use another index before the wall.',
  needs,
  *check(_catalogue, ground) {
    for (const { relation, columns } of ownTenantTables(ground)) {
      const led = relation.indexes.some(
        one => one.valid && !one.partial && columns.includes(one.columns[0] ?? '') && one.method !== 'brin',
      )
      if (led) continue
      const severity: Severity = relation.rowsEstimate > 10_000 ? 'medium' : 'low'
      const apart = relation.kind === 'table' ? ' CONCURRENTLY' : ''
      yield {
        place: { kind: 'table', label: relation.label },
        saw: `${relation.label} has no index that begins with ${columns.join(', ')}.`,
        severity,
        mend: [`CREATE INDEX${apart} ON ${relation.label} (${columnList(columns)})`],
      }
    }
  },
}

const distributable: Rule = {
  id: 'key.not-distributable',
  holes: [],
  severity: 'low',
  title: 'The table could not be spread over several servers',
  why: 'To move organizations apart, or to shard by them, the organization must be in the primary key, in every unique key and in every foreign key.',
  needs,
  *check(_catalogue, ground) {
    for (const table of ownTenantTables(ground)) {
      const { relation, columns } = table
      const primary = relation.uniqueKeys.find(key => key.primary)
      const wrong = relation.uniqueKeys.filter(key => isGlobal(key, table))
      const simpleOnes = relation.foreignKeys.filter(key => {
        const to = ground.tenantTables.get(key.target)
        return to !== undefined && !(to.columns.length > 0 && isComposite(key, table, to))
      })
      if (primary !== undefined && wrong.length === 0 && simpleOnes.length === 0) continue
      const reasons = [
        ...(primary === undefined ? ['it has no primary key'] : []),
        ...wrong.map(key => `${key.name} lacks ${columns.join(', ')}`),
        ...simpleOnes.map(key => `${key.name} leads to rows without it`),
      ]
      const fitting = relation.uniqueKeys.find(
        key => !isGlobal(key, table) && !key.partial && !key.columns.includes(null),
      )
      yield {
        place: { kind: 'table', label: relation.label },
        saw: `${relation.label} could not be distributed: ${reasons.slice(0, 4).join('; ')}.`,
        mend:
          primary === undefined && fitting !== undefined && wrong.length === 0 && simpleOnes.length === 0
            ? [`ALTER TABLE ${relation.label} ADD PRIMARY KEY (${columnList(fitting.columns.map(String))})`]
            : [],
      }
    }
  },
}

export const keyRules: readonly Rule[] = [simple, cascade, empties, unique, index, distributable]
