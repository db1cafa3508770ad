import type { Catalogue, Grant, Relation } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import type { Rule, Severity } from '../rule.ts'
import { grantsToApp, listed, namesOfApp, placeOf, revokes, spoken } from './ways.ts'

function* tenantTables(catalogue: Catalogue, ground: Ground): Generator<Relation> {
  for (const relation of catalogue.relations) if (ground.tenantTables.has(relation.oid)) yield relation
}

/** A right on one column is a right on the table, for what follows from it. */
/** Rights on the whole and on single columns: REVOKE on the whole takes both back. */
export function allGrants(relation: Relation): readonly Grant[] {
  return [...relation.grants, ...relation.columns.flatMap(({ grants }) => grants)]
}

function said(grants: readonly Grant[]): string {
  const rights = [...new Set(grants.map(({ privilege }) => privilege))]
  const whom = [...new Set(grants.map(({ grantee }) => spoken(grantee)))]
  return `${rights.join(', ')} to ${listed(whom)}`
}

const beyond: Readonly<Record<string, Severity>> = {
  TRUNCATE: 'high',
  TRIGGER: 'high',
  REFERENCES: 'medium',
  MAINTAIN: 'medium',
}
const hardness: readonly Severity[] = ['critical', 'high', 'medium', 'low']

const tableRights: Rule = {
  id: 'grant.beyond-rows',
  holes: [17],
  severity: 'high',
  title: 'The application may do more to a table than read and write rows',
  why: 'TRUNCATE empties the table for every organization, TRIGGER plants code that runs for others, REFERENCES asks whether a row exists, MAINTAIN locks. Row security stops none of it.',
  needs: ['roles', 'relations', 'grants'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const relation of tenantTables(catalogue, ground)) {
      const grants = grantsToApp(allGrants(relation), relation.owner, names, Object.keys(beyond))
      const severity = hardness.find(one => grants.some(({ privilege }) => beyond[privilege] === one))
      if (severity === undefined) continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} grants ${said(grants)}.`,
        severity,
        mend: revokes(`TABLE ${relation.label}`, relation.owner, grants),
      }
    }
  },
}

const toPublic: Rule = {
  id: 'grant.public',
  holes: [17, 35],
  severity: 'medium',
  title: 'A table of organizations is granted to PUBLIC',
  why: 'Every login of the server reaches it, also those that are made later for something else. The policy is then all that is left.',
  needs: ['relations', 'grants'],
  *check(catalogue, ground) {
    for (const relation of tenantTables(catalogue, ground)) {
      const grants = allGrants(relation).filter(({ grantee, privilege }) => grantee === '' && !(privilege in beyond))
      if (grants.length === 0) continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} grants ${said(grants)}.`,
        mend: revokes(`TABLE ${relation.label}`, relation.owner, grants),
      }
    }
  },
}

const handedOn: Rule = {
  id: 'grant.option',
  holes: [17],
  severity: 'medium',
  title: 'The application may hand its rights on',
  why: 'WITH GRANT OPTION lets one injected statement open the table to another login.',
  needs: ['roles', 'relations', 'grants'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const relation of tenantTables(catalogue, ground)) {
      const grants = grantsToApp(allGrants(relation), relation.owner, names).filter(({ grantable }) => grantable)
      if (grants.length === 0) continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} grants ${said(grants)}, with grant option.`,
        mend: revokes(`TABLE ${relation.label}`, relation.owner, grants).map(text =>
          text.replace(/^REVOKE /, 'REVOKE GRANT OPTION FOR '),
        ),
      }
    }
  },
}

const sequences: Rule = {
  id: 'grant.sequence',
  holes: [32],
  severity: 'low',
  title: 'The application may read or set a sequence that all organizations share',
  why: 'SELECT shows how much all organizations make together; UPDATE lets one of them turn the counter back, so that the inserts of others fail.',
  needs: ['roles', 'relations', 'grants'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const relation of catalogue.relations.filter(({ kind }) => kind === 'sequence')) {
      const grants = grantsToApp(relation.grants, relation.owner, names, ['SELECT', 'UPDATE'])
      if (grants.length === 0) continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} grants ${said(grants)}.`,
        severity: grants.some(({ privilege }) => privilege === 'UPDATE') ? 'medium' : 'low',
        mend: revokes(`SEQUENCE ${relation.label}`, relation.owner, grants),
      }
    }
  },
}

const views: Rule = {
  id: 'grant.view-written',
  holes: [28],
  severity: 'medium',
  title: 'The application may write through a view',
  why: "Rows are then changed with the rights of the view's owner, and releases have passed over policies on this way.",
  needs: ['roles', 'relations', 'views', 'grants'],
  *check(catalogue, ground) {
    const names = namesOfApp(catalogue, ground)
    for (const view of catalogue.relations) {
      // Postgres writes by itself through a view that reads one relation; through others only by a rule or a trigger.
      const writable = view.reads.length === 1 || view.rules.length > 0 || view.triggers.length > 0
      if (view.kind !== 'view' || view.extension !== null || !writable) continue
      if (!view.reads.some(oid => ground.tenantTables.has(oid))) continue
      const grants = grantsToApp(allGrants(view), view.owner, names, ['INSERT', 'UPDATE', 'DELETE'])
      if (grants.length === 0) continue
      yield {
        place: placeOf(view),
        saw: `The view ${view.label} grants ${said(grants)}.`,
        mend: revokes(`TABLE ${view.label}`, view.owner, grants),
      }
    }
  },
}

export const grantRules: readonly Rule[] = [tableRights, toPublic, handedOn, sequences, views]
