import type { Rule } from '../rule.ts'
import { allGrants } from './grants.ts'
import { isReached, severityFor, wholeTables } from './own-tables.ts'
import { tenantPolicy } from './policy-sql.ts'
import { grantsToApp, placeOf, quoted, revokes, spoken, namesOfApp } from './ways.ts'

const off: Rule = {
  id: 'table.row-security-off',
  holes: [2],
  severity: 'critical',
  title: 'A table of organizations has no row security',
  why: 'Whoever may read the table reads the rows of every organization; one forgotten WHERE is enough.',
  needs: ['relations', 'columns', 'policies', 'keys', 'grants'],
  *check(_catalogue, ground) {
    for (const table of wholeTables(ground)) {
      const { relation } = table
      if (relation.rowSecurity) continue
      const some = relation.policies.length > 0
      yield {
        place: placeOf(relation),
        saw: some
          ? `Row security is switched off for ${relation.label}; its ${relation.policies.length} policies do nothing.`
          : `Row security is switched off for ${relation.label}.`,
        severity: severityFor('critical', relation, ground),
        mend: [
          ...(some ? [] : tenantPolicy(table, ground)),
          `ALTER TABLE ${relation.label} ENABLE ROW LEVEL SECURITY`,
          `ALTER TABLE ${relation.label} FORCE ROW LEVEL SECURITY`,
        ],
      }
    }
  },
}

const notForced: Rule = {
  id: 'table.row-security-not-forced',
  holes: [2],
  severity: 'medium',
  title: 'Row security does not bind the owner of the table',
  why: 'The owner, every view and every SECURITY DEFINER function of the owner read all organizations; so does the application when it logs in as the owner.',
  needs: ['relations', 'roles', 'grants'],
  *check(catalogue, ground) {
    for (const { relation } of ground.tenantTables.values()) {
      if (!relation.rowSecurity || relation.rowSecurityForced || relation.kind === 'foreign table') continue
      const owner = catalogue.roles.find(role => role.name === relation.owner)
      const isApp = ground.appRoles.some(role => ground.access.reach(role.name).has(relation.owner))
      yield {
        place: placeOf(relation),
        saw: isApp
          ? `The application is the owner of ${relation.label}, and row security is not forced on it.`
          : `Row security of ${relation.label} is not forced on its owner ${relation.owner}.`,
        severity: isApp ? 'critical' : owner?.login === true && !owner.superuser ? 'high' : 'medium',
        mend: [`ALTER TABLE ${relation.label} FORCE ROW LEVEL SECURITY`],
      }
    }
  },
}

const noPolicy: Rule = {
  id: 'table.policy-missing',
  holes: [35],
  severity: 'low',
  title: 'Row security is on, and no policy lets any row through',
  why: 'Nobody but the owner and superusers sees a row. The application will be given a way around it sooner or later.',
  needs: ['relations', 'policies'],
  *check(_catalogue, ground) {
    for (const table of wholeTables(ground)) {
      const { relation } = table
      if (!relation.rowSecurity || relation.policies.some(policy => policy.permissive) || !isReached(relation, ground))
        continue
      yield {
        place: placeOf(relation),
        saw: `${relation.label} has row security and no permissive policy.`,
        mend: tenantPolicy(table, ground),
      }
    }
  },
}

const partition: Rule = {
  id: 'table.partition-open',
  holes: [12],
  severity: 'critical',
  title: 'A partition or inheriting table can be read past its parent',
  why: 'Row security of the parent holds only for queries that name the parent. Whoever may read the part by its own name reads all of it.',
  needs: ['relations', 'policies', 'grants', 'roles'],
  *check(catalogue, ground) {
    for (const { relation } of ground.tenantTables.values()) {
      if (!relation.parents.some(oid => ground.tenantTables.has(oid))) continue
      if (relation.rowSecurity || relation.kind === 'foreign table') continue
      if (!isReached(relation, ground)) continue
      const grants = grantsToApp(allGrants(relation), relation.owner, namesOfApp(catalogue, ground))
      const who = [...new Set(grants.map(grant => spoken(grant.grantee)))]
      yield {
        place: placeOf(relation),
        saw: `${relation.label} has no row security of its own, and ${who.length === 0 ? 'the application' : who.join(', ')} may use it directly.`,
        mend: [
          ...revokes(`TABLE ${relation.label}`, relation.owner, grants),
          `ALTER TABLE ${relation.label} ENABLE ROW LEVEL SECURITY`,
          `ALTER TABLE ${relation.label} FORCE ROW LEVEL SECURITY`,
        ],
      }
    }
  },
}

const nullable: Rule = {
  id: 'table.tenant-column-nullable',
  holes: [35],
  severity: 'medium',
  title: 'The tenant column may be empty',
  why: 'A row without an organization belongs to nobody: it escapes deletion, and a policy that is kind to NULL shows it to everybody.',
  needs: ['relations', 'columns', 'keys'],
  *check(_catalogue, ground) {
    for (const { relation, columns } of wholeTables(ground)) {
      const loose = relation.columns.filter(column => columns.includes(column.name) && !column.required)
      for (const column of loose) {
        yield {
          place: placeOf(relation),
          saw: `${relation.label}.${quoted(column.name)} may be NULL.`,
          mend: [`ALTER TABLE ${relation.label} ALTER COLUMN ${quoted(column.name)} SET NOT NULL`],
        }
      }
    }
  },
}

export const tableRules: readonly Rule[] = [off, notForced, noPolicy, partition, nullable]
