import type { Catalogue, Relation, Routine, Schema } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import type { Hit, Rule } from '../rule.ts'
import { grantee as granteeOf, listed, placeOf, quoted, revokes, spoken, standsFor } from './ways.ts'

const unlisted: Rule = {
  id: 'upheld.schema-unlisted',
  holes: [2, 35],
  severity: 'high',
  title: 'A schema with tables of organizations is not on the list that Upheld protects',
  why: 'The event triggers look at the schemas of the list. In any other a new table stays as it was made, and nothing is refused.',
  needs: ['server', 'relations'],
  *check(catalogue, ground) {
    const { server, tenantSchemas } = catalogue
    // An empty list and one that may not be seen look alike to anybody but a superuser.
    if (!server.upheld || (tenantSchemas === null && !server.superuser)) return
    const used = [...new Set([...ground.tenantTables.values()].map(({ relation }) => relation.schema))]
    for (const schema of used.filter(name => !(tenantSchemas ?? []).includes(name) && !/^upheld(_|$)/.test(name))) {
      yield {
        place: { kind: 'schema', label: quoted(schema) },
        saw: `${schema} holds tables of organizations, and is not in upheld_guard.tenant_schema.`,
        mend: [`INSERT INTO upheld_guard.tenant_schema VALUES ('${schema.replaceAll("'", "''")}')`],
      }
    }
  },
}

const within: Rule = {
  id: 'upheld.tenant-schema',
  holes: [2, 10, 17],
  severity: 'high',
  title: 'Something in a protected schema is not as Upheld would let it be made',
  why: 'What the event triggers refuse was made while they slept, or by a superuser: another owner, rights on single columns, a definer. Each is a way past the one policy.',
  needs: ['server', 'schemas', 'relations', 'columns', 'routines', 'grants'],
  *check(catalogue, ground) {
    if (!catalogue.server.upheld) return
    const names = new Set(
      catalogue.tenantSchemas ??
        [...ground.tenantTables.values()]
          .map(({ relation }) => relation.schema)
          .filter(name => !/^upheld(_|$)/.test(name)),
    )
    for (const schema of catalogue.schemas) if (names.has(schema.name)) yield* atSchema(schema, ground)
    for (const relation of catalogue.relations) if (names.has(relation.schema)) yield* atRelation(relation, ground)
    for (const routine of catalogue.routines) if (names.has(routine.schema)) yield* atRoutine(routine, catalogue)
  },
}

function* atSchema(schema: Schema, ground: Ground): Generator<Hit> {
  const extra = schema.grants.filter(
    ({ grantee, privilege, grantable }) =>
      grantee !== schema.owner &&
      (grantable ||
        privilege !== 'USAGE' ||
        !standsFor(['upheld_app', 'upheld_migrate', 'upheld_staff'], grantee, ground)),
  )
  if (extra.length === 0) return
  yield {
    place: { kind: 'schema', label: schema.label },
    saw: `The schema ${schema.label} grants ${listed(extra.map(one => `${one.privilege} to ${spoken(one.grantee)}`))}.`,
    severity: 'medium',
    mend: revokes(`SCHEMA ${schema.label}`, schema.owner, extra),
  }
}

function* atRelation(relation: Relation, ground: Ground): Generator<Hit> {
  const { label, kind, owner } = relation
  if ((kind === 'table' || kind === 'partitioned') && owner !== 'upheld_owner') {
    yield {
      place: placeOf(relation),
      saw: `${label} belongs to ${owner}, not to upheld_owner.`,
      mend: [`ALTER TABLE ${label} OWNER TO upheld_owner`],
    }
  }
  if (kind === 'materialized view' || kind === 'foreign table') {
    const word = kind === 'foreign table' ? 'FOREIGN TABLE' : 'MATERIALIZED VIEW'
    yield {
      place: placeOf(relation),
      saw: `${label} is a ${kind}: row security does not reach it.`,
      mend: [`DROP ${word} ${label}`],
    }
  }
  const columns = relation.columns.flatMap(column => column.grants.map(grant => ({ column: column.name, grant })))
  if (columns.length > 0) {
    yield {
      place: placeOf(relation),
      saw: `${label} grants rights on its columns ${listed([...new Set(columns.map(({ column }) => column))])}.`,
      mend: columns.map(
        ({ column, grant }) =>
          `REVOKE ${grant.privilege} (${quoted(column)}) ON TABLE ${label} FROM ${granteeOf(grant.grantee)} CASCADE`,
      ),
    }
  }
  if (kind !== 'view') return
  const extra = relation.grants.filter(
    ({ grantee, privilege, grantable }) =>
      grantee !== owner &&
      (grantable || privilege !== 'SELECT' || !standsFor(['upheld_app', 'upheld_staff'], grantee, ground)),
  )
  if (extra.length === 0) return
  yield {
    place: placeOf(relation),
    saw: `The view ${label} grants ${listed(extra.map(one => `${one.privilege} to ${spoken(one.grantee)}`))}.`,
    mend: revokes(`TABLE ${label}`, owner, extra),
  }
}

function* atRoutine({ definer, label, owner }: Routine, catalogue: Catalogue): Generator<Hit> {
  if (!definer) return
  const strong = catalogue.roles.some(role => role.name === owner && (role.superuser || role.bypassesRowSecurity))
  yield {
    place: { kind: 'function', label },
    saw: `${label} runs with the rights of ${owner}.`,
    severity: strong ? 'high' : 'medium',
    mend: [`ALTER ROUTINE ${label} SECURITY INVOKER`],
  }
}

export const tenantSchemaRules: readonly Rule[] = [unlisted, within]
