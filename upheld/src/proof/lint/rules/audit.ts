import type { Catalogue, Relation } from '../../../foundation/catalogue/index.ts'
import { hasAudit } from '../ground/own.ts'
import type { Hit, Rule } from '../rule.ts'
import { listed, placeOf } from './ways.ts'

const walls: Rule = {
  id: 'upheld.audit-differs',
  holes: [2, 35, 36],
  severity: 'critical',
  title: 'A table of the audit log is not as Upheld installs it',
  why: 'Its policies show each organization its own log alone, and its triggers refuse whatever is not added at the end. What is looser shows the log of others, or lets it be rewritten.',
  needs: ['server', 'schemas', 'relations', 'policies', 'triggers', 'roles'],
  tenancy: false,
  *check(catalogue, ground) {
    if (!catalogue.server.upheld) return
    if (!hasAudit(catalogue)) {
      yield {
        place: { kind: 'database', label: catalogue.server.database },
        saw: 'There is no audit log here: what is changed is recorded nowhere. The next start installs it.',
        mend: [],
      }
    }
    for (const { relation, walls: faults } of ground.own.values()) {
      if (faults.length === 0) continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} ${listed(faults.map(({ saw }) => saw))}.`,
        mend: faults.flatMap(({ mend }) => mend),
      }
    }
  },
}

const unrecorded: Rule = {
  id: 'upheld.unrecorded',
  holes: [2],
  severity: 'high',
  title: 'Changes of a table of organizations are not recorded, or not as they are',
  why: 'Four triggers write every change into the audit log, in its own transaction. Without one of them, or with one that names something else, a change leaves no trace, or a false one.',
  needs: ['server', 'schemas', 'relations', 'columns', 'keys', 'triggers'],
  *check(catalogue, ground) {
    if (!catalogue.server.upheld || !hasAudit(catalogue)) return
    for (const { relation, columns } of ground.tenantTables.values()) {
      const { kind, schema } = relation
      if (!columns.includes('organization_id') || (kind !== 'table' && kind !== 'partitioned')) continue
      // Elsewhere nothing records: upheld.schema-unlisted tells of such a schema. Not every login sees the list.
      const ofOthers = /^upheld(_|$)/.test(schema) || catalogue.tenantSchemas?.includes(schema) === false
      if (ofOthers && schema !== 'upheld_access') continue
      const faults = recording.flatMap(verb => faultOf(verb, relation, catalogue))
      if (faults.length > 0) yield silent(relation, faults)
    }
  },
}

function silent(relation: Relation, faults: readonly string[]): Hit {
  return {
    place: placeOf(relation),
    saw: `${relation.label} ${listed(faults)}.`,
    // Event triggers refuse that one of these is dropped, also to be made again.
    mend: [
      'SET session_replication_role = replica',
      'SELECT upheld_audit.mend(true)',
      'RESET session_replication_role',
    ],
  }
}

const recording = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'] as const
const transition: Readonly<Record<(typeof recording)[number], string>> = {
  INSERT: 'REFERENCING NEW TABLE AS new_rows ',
  UPDATE: 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ',
  DELETE: 'REFERENCING OLD TABLE AS old_rows ',
  TRUNCATE: '',
}

/** As upheld_audit.triggers_of writes them. */
function faultOf(verb: (typeof recording)[number], relation: Relation, catalogue: Catalogue): readonly string[] {
  const name = `upheld_audit_${verb.toLowerCase()}`
  const found = relation.triggers.find(one => one.name === name)
  if (found === undefined) return [`has no trigger ${name}`]
  if (!found.always) return [`has the trigger ${name}, which does not always fire`]
  const routine = verb === 'TRUNCATE' ? 'note_truncate' : 'note_change'
  const moment = verb === 'TRUNCATE' ? 'BEFORE' : 'AFTER'
  const made = `CREATE TRIGGER ${name} ${moment} ${verb} ON ${relation.label} ${transition[verb]}FOR EACH STATEMENT EXECUTE FUNCTION upheld_audit.${routine}(`
  if (!found.definition.startsWith(made)) return [`has another trigger ${name}`]
  const given = [...found.definition.slice(made.length).matchAll(/'((?:[^']|'')*)'/g)].map(([, word = '']) =>
    word.replaceAll("''", "'"),
  )
  return isAbout(given, relation, catalogue) ? [] : [`has the trigger ${name}, which names another table or key`]
}

/** What the server says of a type that holds no name of anybody. One that somebody made could be an enumeration. */
const plainTypes = ['uuid', 'smallint', 'integer', 'bigint', 'boolean', 'date']

function isAbout([object, kind, ...key]: readonly string[], relation: Relation, catalogue: Catalogue): boolean {
  const root = rootOf(relation, catalogue)
  const primary = relation.uniqueKeys.find(one => one.primary)?.columns.filter(name => name !== 'organization_id') ?? []
  const couldName = relation.columns
    .filter(({ name }) => primary.includes(name))
    .some(({ base }) => !plainTypes.includes(base) && !base.startsWith('timestamp') && !base.includes('.'))
  const kinds = couldName ? ['personal'] : ['plain', 'personal']
  return (
    object === `${root.schema}.${root.name}` &&
    kinds.includes(kind ?? '') &&
    JSON.stringify(key) === JSON.stringify(primary)
  )
}

function rootOf(relation: Relation, catalogue: Catalogue): Relation {
  const parent = relation.partition ? catalogue.relations.find(({ oid }) => oid === relation.parents[0]) : undefined
  return parent === undefined ? relation : rootOf(parent, catalogue)
}

export const auditRules: readonly Rule[] = Object.freeze([walls, unrecorded])
