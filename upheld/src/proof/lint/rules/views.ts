import type { Catalogue, Oid, Relation } from '../../../foundation/catalogue/index.ts'
import type { Ground, TenantTable } from '../ground.ts'
import { filtersItself } from '../ground/view.ts'
import type { Rule } from '../rule.ts'
import { allGrants } from './grants.ts'
import { grantsToApp, listed, namesOfApp, placeOf, revokes } from './ways.ts'

const needs = ['relations', 'columns', 'policies', 'views', 'roles', 'grants'] as const

/** Views that the application reads, by themselves or through another view that reads as its owner. */
function reachedViews(catalogue: Catalogue, ground: Ground): ReadonlySet<Relation> {
  const views = catalogue.relations.filter(one => one.kind === 'view' && one.extension === null)
  const reached = new Set(views.filter(view => ground.appRoles.length === 0 || ground.mayAnyApp('SELECT', view)))
  for (const view of reached) {
    if (view.securityInvoker) continue
    for (const oid of view.reads) {
      const inner = ground.relations.get(oid)
      if (inner?.kind === 'view' && ground.access.may(view.owner, 'SELECT', inner)) reached.add(inner)
    }
  }
  return reached
}

/** Tables whose rows a view shows past row security: the owner is not bound, or the policies do not name it. */
function readPast(view: Relation, ground: Ground): readonly TenantTable[] {
  return view.reads.flatMap(oid => {
    const table = ground.tenantTables.get(oid)
    if (table === undefined) return []
    const past =
      !table.relation.rowSecurity ||
      ground.access.bypasses(view.owner, table.relation) ||
      (ground.openingsFor(table, view.owner).length > 0 && ground.openings(table).length === 0)
    return past ? [table] : []
  })
}

const asOwner: Rule = {
  id: 'view.reads-as-owner',
  holes: [9],
  severity: 'critical',
  title: 'A view reads tables of organizations as somebody whom row security does not bind',
  why: "Without security_invoker a view reads with the rights of its owner. Whoever may read the view sees what the owner sees: every organization's rows.",
  needs,
  *check(catalogue, ground) {
    for (const view of reachedViews(catalogue, ground)) {
      if (view.securityInvoker) continue
      const past = readPast(view, ground).map(table => ({ table, filtered: filtersItself(view, table, ground) }))
      const open = past.filter(one => one.filtered !== true)
      const [first] = open
      if (first === undefined) continue
      const labels = listed(open.map(one => one.table.relation.label))
      yield {
        place: placeOf(view),
        saw: `${view.label} reads ${labels} as ${view.owner}, whom row security there does not bind.`,
        mend: [`ALTER VIEW ${view.label} SET (security_invoker = true)`],
      }
    }
  },
}

const noBarrier: Rule = {
  id: 'view.no-barrier',
  holes: [9, 24],
  severity: 'medium',
  title: 'A view is the only wall, and has no security_barrier',
  why: "Without security_barrier the planner may run a condition of the caller's before the view's own: a function in it sees the rows of others.",
  needs,
  *check(catalogue, ground) {
    for (const view of reachedViews(catalogue, ground)) {
      if (view.securityInvoker || view.securityBarrier) continue
      const past = readPast(view, ground)
      if (past.length === 0 || !past.every(table => filtersItself(view, table, ground) === true)) continue
      yield {
        place: placeOf(view),
        saw: `${view.label} holds ${listed(past.map(table => table.relation.label))} to one organization by its own condition only.`,
        mend: [`ALTER VIEW ${view.label} SET (security_barrier = true)`],
      }
    }
  },
}

/** Relations that show rows of organizations, by however many views in between. */
function showing(catalogue: Catalogue, ground: Ground): ReadonlySet<Oid> {
  const shown = new Set(ground.tenantTables.keys())
  for (let size = -1; size !== shown.size;) {
    size = shown.size
    for (const relation of catalogue.relations) if (relation.reads.some(oid => shown.has(oid))) shown.add(relation.oid)
  }
  return shown
}

const materialized: Rule = {
  id: 'view.materialized',
  holes: [11],
  severity: 'critical',
  title: 'A materialized view keeps rows of all organizations, and the application reads it',
  why: 'What a materialized view keeps was read once, by its owner, and row security cannot be put on it.',
  needs,
  *check(catalogue, ground) {
    const shown = showing(catalogue, ground)
    for (const view of catalogue.relations) {
      if (view.kind !== 'materialized view' || view.extension !== null || !view.reads.some(oid => shown.has(oid)))
        continue
      if (ground.appRoles.length > 0 && !ground.mayAnyApp('SELECT', view)) continue
      const grants = grantsToApp(allGrants(view), view.owner, namesOfApp(catalogue, ground), ['SELECT'])
      yield {
        place: placeOf(view),
        saw: `${view.label} keeps rows of organizations, and the application may read it.`,
        mend: revokes(`TABLE ${view.label}`, view.owner, grants),
      }
    }
  },
}

const foreign: Rule = {
  id: 'table.foreign',
  holes: [12],
  severity: 'high',
  title: 'A foreign table holds rows of organizations, and the application reads it',
  why: 'Row security cannot be put on a foreign table, and the login at the other end is one for all organizations.',
  needs: ['relations', 'columns', 'grants', 'roles'],
  *check(catalogue, ground) {
    for (const { relation } of ground.tenantTables.values()) {
      if (relation.kind !== 'foreign table') continue
      const rights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
      if (ground.appRoles.length > 0 && !rights.some(right => ground.mayAnyApp(right, relation))) continue
      const grants = grantsToApp(allGrants(relation), relation.owner, namesOfApp(catalogue, ground), rights)
      yield {
        place: placeOf(relation),
        saw: `${relation.label} is a foreign table that the application may use.`,
        mend: revokes(`TABLE ${relation.label}`, relation.owner, grants),
      }
    }
  },
}

export const viewRules: readonly Rule[] = [asOwner, noBarrier, materialized, foreign]
