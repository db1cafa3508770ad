import type { ForeignKey, Relation } from '../../../foundation/catalogue/index.ts'
import type { Ground, TenantTable } from '../ground.ts'
import { owningKey } from '../ground/tables.ts'
import type { Hit, Rule } from '../rule.ts'
import { copied } from './copied.ts'
import { isReached, ownTenantTables, severityFor, wholeTables } from './own-tables.ts'
import { tenantPolicy } from './policy-sql.ts'
import { listed, placeOf, quoted } from './ways.ts'

const needs = ['relations', 'columns', 'keys', 'grants', 'roles'] as const

const noColumn: Rule = {
  id: 'table.no-tenant-column',
  holes: [13, 35],
  severity: 'medium',
  title: 'A table of organizations does not say itself whose its rows are',
  why: 'Whose a row is has to be looked up through another table in every policy and every query; no key can hold it to its organization.',
  needs,
  *check(_catalogue, ground) {
    for (const table of wholeTables(ground)) {
      if (table.columns.length > 0) continue
      const [key, parent] = parentOf(table, ground) ?? []
      if (key === undefined || parent === undefined) continue
      yield {
        place: placeOf(table.relation),
        saw: `Rows of ${table.relation.label} belong to an organization only through ${parent.relation.label}.`,
        severity: severityFor('medium', table.relation, ground),
        mend: columnAdded(table, key, parent),
      }
    }
  },
}

function parentOf({ relation }: TenantTable, ground: Ground): readonly [ForeignKey, TenantTable] | undefined {
  const key = owningKey(relation, ground.tenantTables)
  const parent = key === undefined ? undefined : ground.tenantTables.get(key.target)
  return key === undefined || parent === undefined ? undefined : [key, parent]
}

/** Only where the parent itself says whose its rows are; a parent of that kind is mended first. */
function columnAdded({ relation }: TenantTable, key: ForeignKey, parent: TenantTable): readonly string[] {
  const join = key.columns.map(
    (column, index) => `child.${quoted(column)} = parent.${quoted(key.targetColumns[index] ?? '')}`,
  )
  return parent.columns.flatMap(name => {
    const type = parent.relation.columns.find(column => column.name === name)?.type
    if (type === undefined || relation.columns.some(column => column.name === name)) return []
    return [
      `ALTER TABLE ${relation.label} ADD COLUMN ${quoted(name)} ${type}`,
      `UPDATE ${relation.label} child SET ${quoted(name)} = parent.${quoted(name)} FROM ${parent.relation.label} parent WHERE ${join.join(' AND ')}`,
      `ALTER TABLE ${relation.label} ALTER COLUMN ${quoted(name)} SET NOT NULL`,
    ]
  })
}

const doubtful: Rule = {
  id: 'table.doubtful',
  holes: [35],
  severity: 'medium',
  title: 'Nobody can tell whether a table is shared',
  why: 'Some of its rows point at rows of an organization, or the application writes them for one and reads them for all. If they belong to it, they need its wall; if the table is shared, it should say so.',
  needs,
  *check(_catalogue, ground) {
    for (const relation of ground.doubtfulTables.values()) {
      if (relation.rowSecurity || !isReached(relation, ground)) continue
      const to = relation.foreignKeys.flatMap(key => ground.tenantTables.get(key.target)?.relation.label ?? [])
      yield inDoubt(relation, `may point at ${listed([...new Set(to)])}`)
    }
    for (const relation of ground.sharedTables.values()) {
      if (relation.rowSecurity || /\bupheld:shared\b/.test(relation.comment)) continue
      const pair = anyKind(relation)
      if (pair !== undefined && isReached(relation, ground)) {
        yield inDoubt(relation, `may point at rows of any table by ${pair.join(' and ')}`)
      } else if (ground.appRolesHow !== 'owner' && ground.tenantTables.size > 0 && isExchanged(relation, ground)) {
        yield inDoubt(relation, 'is read and written by the application, and does not say whose its rows are')
      }
    }
  },
}

function inDoubt(relation: Relation, saw: string): Hit {
  return {
    place: placeOf(relation),
    saw: `${relation.label} ${saw}; a table that is shared says so in its comment, upheld:shared.`,
    mend: [`COMMENT ON TABLE ${relation.label} IS ${literal(`${relation.comment} upheld:shared`.trim())}`],
    unproven: true,
  }
}

/** `record_type` and `record_id`: a reference to a row of whatever table, which no foreign key holds. */
function anyKind({ columns }: Relation): readonly [string, string] | undefined {
  const names = new Map(columns.map(({ name }) => [name.toLowerCase().replaceAll('_', ''), name]))
  for (const [word, name] of names) {
    const id = /^(.+)(type|kind|class)$/.exec(word)?.[1]
    const other = id === undefined ? undefined : (names.get(`${id}id`) ?? names.get(`${id}uuid`))
    if (other !== undefined) return [name, other]
  }
  return undefined
}

function isExchanged(relation: Relation, ground: Ground): boolean {
  const writes = ['INSERT', 'UPDATE'].some(right => ground.mayAnyApp(right, relation))
  return ground.mayAnyApp('SELECT', relation) && writes
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

const directory: Rule = {
  id: 'table.directory-open',
  holes: [35],
  severity: 'medium',
  title: 'Every organization reads the list of all organizations',
  why: 'The list tells who the customers are, and gives the ids that every other attack needs.',
  needs: [...needs, 'policies'],
  *check(_catalogue, ground) {
    const { directory: relation, found } = ground
    if (relation === undefined || found === undefined || found.how === 'upheld' || relation.rowSecurity) return
    if (ground.appRoles.length > 0 && !ground.mayAnyApp('SELECT', relation)) return
    const columns = idsOf(relation, ground)
    yield {
      place: placeOf(relation),
      saw: `Row security is switched off for ${relation.label}, which lists the organizations.`,
      mend: [
        ...tenantPolicy({ relation, columns }, ground),
        `ALTER TABLE ${relation.label} ENABLE ROW LEVEL SECURITY`,
        `ALTER TABLE ${relation.label} FORCE ROW LEVEL SECURITY`,
      ],
    }
  },
}

/** The columns of the directory that tenant columns refer to. */
function idsOf(relation: Relation, ground: Ground): readonly string[] {
  for (const { relation: from, columns } of ownTenantTables(ground)) {
    const key = from.foreignKeys.find(
      one =>
        one.target === relation.oid &&
        one.columns.length === columns.length &&
        columns.every(name => one.columns.includes(name)),
    )
    if (key !== undefined) return columns.map(name => key.targetColumns[key.columns.indexOf(name)] ?? '')
  }
  return []
}

const ruled: Rule = {
  id: 'table.rewritten',
  holes: [12],
  severity: 'medium',
  title: 'A rule rewrites what is asked of a table of organizations',
  why: "What a rule adds to a statement runs with the rights of the table's owner, past what the caller may see.",
  needs: ['relations', 'views'],
  *check(_catalogue, ground) {
    for (const { relation } of ground.tenantTables.values()) {
      for (const name of relation.rules) {
        yield {
          place: { kind: 'object', label: `${quoted(name)} on ${relation.label}` },
          saw: `The rule ${name} rewrites statements on ${relation.label}.`,
          mend: [`DROP RULE ${quoted(name)} ON ${relation.label}`],
        }
      }
    }
  },
}

const filledIn: Rule = {
  id: 'table.tenant-column-filled-in',
  holes: [4, 35],
  severity: 'low',
  title: 'The tenant column fills itself in from a setting',
  why: 'A row that was written without saying whose it is lands wherever the session happens to be: a mistake is stored, not refused.',
  needs: ['relations', 'columns', 'keys'],
  *check(_catalogue, ground) {
    for (const { relation, columns } of ownTenantTables(ground)) {
      for (const column of relation.columns) {
        if (!columns.includes(column.name) || column.default === null) continue
        if (!column.generated && !/\bcurrent_setting\(/.test(column.default)) continue
        yield {
          place: placeOf(relation),
          saw: `${relation.label}.${quoted(column.name)} is ${column.generated ? 'computed' : 'taken from a setting'} when nobody says it.`,
          mend: column.generated
            ? []
            : [`ALTER TABLE ${relation.label} ALTER COLUMN ${quoted(column.name)} DROP DEFAULT`],
        }
      }
    }
  },
}

const nobody: Rule = {
  id: 'application.unknown',
  holes: [1, 2],
  severity: 'high',
  title: 'Nobody could be the application',
  why: 'When only superusers can reach the tables, the application logs in as one, and row security does nothing for it.',
  needs: ['roles', 'relations', 'grants'],
  *check(catalogue, ground) {
    if (ground.appRolesHow !== 'none' || ground.tenantTables.size === 0) return
    yield {
      place: { kind: 'database', label: catalogue.server.database },
      saw: 'no login but superusers may touch a table of organizations; name the role of the application with --app-role.',
      mend: [],
      unproven: true,
    }
  },
}

export const belongingRules: readonly Rule[] = [noColumn, doubtful, directory, ruled, filledIn, copied, nobody]
