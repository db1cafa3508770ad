import type { Catalogue, Grant, Relation, RelationKind } from './facts.ts'
import { grantsOf, type GrantsOf } from './grants.ts'
import { foreignKeysOf, indexesOf, namesOf, uniqueKeysOf } from './keys.ts'
import type { RowsOf, sections } from './rows.ts'

/** What the statements about schemas and relations answered. */
export type Answers = { readonly [K in Exclude<keyof typeof sections, 'tenantSchemas'>]: RowsOf<K> }

/** Puts the answers about schemas and relations together. Pure. */
export function assemble(answers: Answers): Pick<Catalogue, 'schemas' | 'relations' | 'eventTriggers'> {
  const grants = grantsOf(answers.grants)
  return {
    schemas: answers.schemas.map(({ acl, ...schema }) => ({ ...schema, grants: grants('n', schema.owner, acl) })),
    relations: relationsOf(answers, grants),
    eventTriggers: answers.eventTriggers,
  }
}

const relationKinds: Readonly<Record<RowsOf<'relations'>[number]['kind'], RelationKind>> = {
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
}

const nothing: readonly Grant[] = Object.freeze([])

function relationsOf(answers: Answers, grants: GrantsOf): readonly Relation[] {
  const columns = byRelation(answers.columns)
  const indexes = byRelation(answers.indexes)
  const foreignKeys = byRelation(answers.foreignKeys)
  const policies = byRelation(answers.policies)
  const views = byRelation(answers.views)
  const triggers = byRelation(answers.triggers)
  const named = namesOf(columns)
  return answers.relations.map(({ acl, ...row }) => {
    const definition = views(row.oid).find(view => view.rule === null)
    return Object.freeze({
      ...row,
      kind: relationKinds[row.kind],
      grants: grants(row.kind === 'S' ? 's' : 'r', row.owner, acl),
      parents: row.parents ?? [],
      comment: row.comment ?? '',
      columns: columns(row.oid).map(({ acl: own, ...column }) => ({
        ...column,
        grants: own === null ? nothing : grants('c', row.owner, own),
      })),
      policies: policies(row.oid),
      uniqueKeys: uniqueKeysOf(indexes(row.oid), named),
      indexes: indexesOf(indexes(row.oid), named),
      foreignKeys: foreignKeysOf(foreignKeys(row.oid), named),
      triggers: triggers(row.oid),
      rules: views(row.oid).flatMap(({ rule }) => (rule === null ? [] : [rule])),
      definition: definition?.definition ?? null,
      reads: definition?.reads ?? [],
      calls: definition?.calls ?? [],
    })
  })
}

/** The rows of one relation at a time. */
function byRelation<T extends { readonly relation: string }>(rows: readonly T[]): (oid: string) => readonly T[] {
  const found = new Map<string, T[]>()
  for (const row of rows) {
    const before = found.get(row.relation)
    if (before === undefined) found.set(row.relation, [row])
    else before.push(row)
  }
  return oid => found.get(oid) ?? []
}
