import type { Catalogue, Role } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import type { Hit, Rule, Severity } from '../rule.ts'
import { listed, quoted, roleNamed } from './ways.ts'

const superuser: Rule = {
  id: 'role.superuser',
  holes: [1],
  severity: 'critical',
  title: 'The application logs in as a superuser',
  why: 'Row security does not bind a superuser. One injected statement reads every organization, and files of the host.',
  needs: ['roles'],
  *check(_catalogue, ground) {
    for (const role of ground.appRoles.filter(one => one.superuser)) {
      yield attribute(role, 'is a superuser', 'NOSUPERUSER')
    }
  },
}

const bypasses: Rule = {
  id: 'role.bypasses-row-security',
  holes: [1],
  severity: 'critical',
  title: 'The application bypasses row security',
  why: 'BYPASSRLS switches off every policy for this login, forced or not.',
  needs: ['roles'],
  *check(_catalogue, ground) {
    for (const role of ground.appRoles.filter(one => one.bypassesRowSecurity)) {
      yield attribute(role, 'has BYPASSRLS', 'NOBYPASSRLS')
    }
  },
}

const attributes: Rule = {
  id: 'role.attributes',
  holes: [1, 33],
  severity: 'high',
  title: 'The application has powers of an administrator',
  why: 'With CREATEROLE a login makes itself members and passwords; with REPLICATION it streams every row; with CREATEDB it owns a database.',
  needs: ['roles'],
  *check(_catalogue, ground) {
    for (const role of ground.appRoles.filter(one => !one.superuser)) {
      if (role.createsRoles) yield attribute(role, 'may make and change roles', 'NOCREATEROLE')
      if (role.replicates) yield attribute(role, 'may stream the whole server', 'NOREPLICATION')
      if (role.createsDatabases) yield { ...attribute(role, 'may make databases', 'NOCREATEDB'), severity: 'low' }
    }
  },
}

function attribute(role: Role, saw: string, word: string): Hit {
  return {
    place: { kind: 'role', label: role.name },
    saw: `The application's login ${role.name} ${saw}.`,
    mend: [`ALTER ROLE ${quoted(role.name)} ${word}`],
  }
}

const owner: Rule = {
  id: 'role.owner',
  holes: [2, 23],
  severity: 'high',
  title: 'The application owns what it should only use',
  why: 'An owner may switch row security off, drop a policy, or replace a function that policies call. To force row security on the owner stops none of this.',
  needs: ['roles', 'relations', 'schemas', 'routines', 'operators', 'server'],
  *check(catalogue, ground) {
    for (const role of ground.appRoles) {
      const owned = ownedBy(role.name, catalogue, ground)
      if (owned.labels.length === 0) continue
      yield {
        place: { kind: 'role', label: role.name },
        saw: `The application's login ${role.name} owns ${listed(owned.labels)}.`,
        severity: owned.severity,
        mend: handedOver(role.name, owned.statements, catalogue),
      }
    }
  },
}

interface Owned {
  readonly labels: readonly string[]
  readonly severity: Severity
  /** With a place for the new owner. */
  readonly statements: readonly ((to: string, app: string) => readonly string[])[]
}

function ownedBy(name: string, catalogue: Catalogue, ground: Ground): Owned {
  // A sequence follows the table whose column it fills.
  const relations = catalogue.relations.filter(one => one.owner === name && one.kind !== 'sequence')
  const schemas = catalogue.schemas.filter(one => one.owner === name)
  const routines = catalogue.routines.filter(one => one.owner === name && one.extension === null)
  const operators = catalogue.operators.filter(one => one.owner === name)
  const { database, databaseOwner } = catalogue.server
  const isDatabase = databaseOwner === name
  const reachesRows = relations.some(({ oid }) => ground.tenantTables.has(oid)) || schemas.length > 0 || isDatabase
  return {
    labels: [
      ...relations.map(({ label }) => label),
      ...schemas.map(({ label }) => `the schema ${label}`),
      ...routines.map(({ label }) => label),
      ...operators.map(({ label }) => `the operator ${label}`),
      ...(isDatabase ? [`the database ${database}`] : []),
    ],
    severity: reachesRows ? 'high' : 'medium',
    statements: [
      ...schemas.map(({ label }) => (to: string, app: string) => [
        `ALTER SCHEMA ${label} OWNER TO ${to}`,
        `GRANT USAGE ON SCHEMA ${label} TO ${app}`,
      ]),
      ...[...new Set(relations.map(({ schema }) => schema))].map(schema => (to: string) => [
        `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${to}`,
      ]),
      ...relations.map(({ label, kind }) => (to: string, app: string) => [
        `ALTER TABLE ${label} OWNER TO ${to}`,
        `GRANT SELECT${kind === 'table' || kind === 'partitioned' ? ', INSERT, UPDATE, DELETE' : ''} ON ${label} TO ${app}`,
      ]),
      ...routines.map(({ label }) => (to: string, app: string) => [
        `ALTER ROUTINE ${label} OWNER TO ${to}`,
        `GRANT EXECUTE ON ROUTINE ${label} TO ${app}`,
      ]),
      ...operators.map(({ label }) => (to: string) => [`ALTER OPERATOR ${label} OWNER TO ${to}`]),
      ...(isDatabase ? [(to: string) => [`ALTER DATABASE ${quoted(database)} OWNER TO ${to}`]] : []),
    ],
  }
}

/** A role that nobody logs in with becomes the owner; the application keeps the rights to work. */
function handedOver(name: string, statements: Owned['statements'], catalogue: Catalogue): readonly string[] {
  const to = [`${name}_owner`, `${name}_tables`].find(one => !(roleNamed(catalogue, one)?.login ?? false))
  if (to === undefined) return []
  const make = roleNamed(catalogue, to) === undefined ? [`CREATE ROLE ${quoted(to)} NOLOGIN`] : []
  return [...make, ...statements.flatMap(statement => statement(quoted(to), quoted(name)))]
}

export const roleRules: readonly Rule[] = [superuser, bypasses, attributes, owner]
