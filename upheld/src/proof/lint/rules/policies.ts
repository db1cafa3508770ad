import type { Catalogue, Policy, Relation } from '../../../foundation/catalogue/index.ts'
import type { Ground, TenantTable } from '../ground.ts'
import type { Opening } from '../ground/guard.ts'
import type { Hit, Place, Rule, Severity } from '../rule.ts'
import { tenantCondition } from './policy-sql.ts'
import { listed, quoted, spoken } from './ways.ts'

const needs = ['relations', 'columns', 'keys', 'policies', 'routines', 'roles', 'grants'] as const

export function policyPlace(policy: Policy, relation: Relation): Place {
  return { kind: 'policy', label: `${quoted(policy.name)} on ${relation.label}` }
}

/** Tables whose policies decide: row security is on, and a part of another table only where it is reached by itself. */
export function* guardedTables(ground: Ground): Generator<TenantTable> {
  for (const table of ground.tenantTables.values()) {
    const { relation } = table
    if (!relation.rowSecurity || relation.kind === 'foreign table' || ground.asShipped(relation)) continue
    const part = relation.parents.some(oid => ground.tenantTables.has(oid))
    const reached = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].some(right => ground.mayAnyApp(right, relation))
    if (!part || reached) yield table
  }
}

const words = { '*': 'ALL', r: 'SELECT', a: 'INSERT', w: 'UPDATE', d: 'DELETE' } as const

/** Worse when it shows rows, less bad when it only lets them be written or nobody of the application is concerned. */
function hitOf(opening: Opening, table: TenantTable, ground: Ground, saw: string, severity: Severity): Hit {
  const reached =
    ground.appRoles.length === 0 ||
    ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].some(right => ground.mayAnyApp(right, table.relation))
  return {
    place: policyPlace(opening.policy, table.relation),
    saw,
    severity: reached ? severity : 'low',
    mend: mended(opening, table, ground),
  }
}

/** What undoes another policy goes; what stands alone is made to compare the tenant. */
function mended({ policy, undoes, side }: Opening, table: TenantTable, ground: Ground): readonly string[] {
  const name = `${quoted(policy.name)} ON ${table.relation.label}`
  if (undoes !== undefined) return [`DROP POLICY ${name}`]
  const condition = tenantCondition(table, ground)
  const using = policy.command === 'a' || side === 'check' ? '' : ` USING (${condition})`
  const check = policy.command === 'r' || policy.command === 'd' ? '' : ` WITH CHECK (${condition})`
  return [`ALTER POLICY ${name}${using}${check}`]
}

function who({ roles }: Opening): string {
  return `for ${listed(roles.map(spoken))}`
}

function what({ commands }: Opening): string {
  return listed(commands.map(command => words[command]))
}

/** One hit for each policy: the side that shows rows is told before the side that writes them. */
function* openingsOnce(
  ground: Ground,
  wanted: (opening: Opening, all: readonly Opening[]) => boolean,
): Generator<[Opening, TenantTable]> {
  for (const table of guardedTables(ground)) {
    const told = new Set<string>()
    const openings = ground.openings(table)
    for (const opening of openings) {
      if (told.has(opening.policy.name) || !wanted(opening, openings)) continue
      told.add(opening.policy.name)
      yield [opening, table]
    }
  }
}

const alwaysTrue: Rule = {
  id: 'policy.always-true',
  holes: [35, 36],
  severity: 'critical',
  title: 'A policy is true for every row',
  why: 'Row security is on and keeps nothing apart: whoever the policy is for sees every organization.',
  needs,
  *check(_catalogue, ground) {
    const wanted = (one: Opening): boolean => one.sure && one.always && one.undoes === undefined && one.side === 'using'
    for (const [opening, table] of openingsOnce(ground, wanted)) {
      const saw = `The policy ${opening.policy.name} is true for every row of ${table.relation.label}, ${what(opening)} ${who(opening)}.`
      yield hitOf(opening, table, ground, saw, 'critical')
    }
  },
}

const notCompared: Rule = {
  id: 'policy.tenant-not-compared',
  holes: [35],
  severity: 'critical',
  title: 'A policy does not hold rows to one organization',
  why: 'Rows are let through by something else than whose they are; in some case that includes the rows of others.',
  needs,
  *check(_catalogue, ground) {
    const wanted = (one: Opening): boolean =>
      one.sure && !one.always && one.undoes === undefined && one.side === 'using'
    for (const [opening, table] of openingsOnce(ground, wanted)) {
      const saw = `The policy ${opening.policy.name} lets rows of ${table.relation.label} through without holding ${columnsOf(table)} to who asks, ${what(opening)} ${who(opening)}.`
      yield hitOf(opening, table, ground, saw, 'critical')
    }
    for (const [opening, table] of openingsOnce(ground, one => !one.sure)) {
      const saw = `What the policy ${opening.policy.name} on ${table.relation.label} lets through could not be told from its text.`
      yield { ...hitOf(opening, table, ground, saw, 'medium'), unproven: true }
    }
  },
}

function columnsOf({ relation, columns }: TenantTable): string {
  return columns.length === 0 ? `the parent of ${relation.label}` : columns.join(' and ')
}

/** A policy that stands alone for some role is told about there. */
function undoing(one: Opening, all: readonly Opening[]): boolean {
  const alone = all.some(other => other.policy === one.policy && other.sure && other.undoes === undefined)
  return one.sure && one.undoes !== undefined && !alone
}

const second: Rule = {
  id: 'policy.second-permissive',
  holes: [36],
  severity: 'critical',
  title: 'A second policy undoes the one that keeps organizations apart',
  why: 'Permissive policies are joined by OR: a row that any of them lets through is let through.',
  needs,
  *check(_catalogue, ground) {
    for (const [opening, table] of openingsOnce(ground, undoing)) {
      const saw = `The policy ${opening.policy.name} on ${table.relation.label} lets through what ${opening.undoes?.name ?? ''} holds back, ${what(opening)} ${who(opening)}.`
      yield hitOf(opening, table, ground, saw, opening.side === 'using' ? 'critical' : 'high')
    }
  },
}

const unchecked: Rule = {
  id: 'policy.write-unchecked',
  holes: [35],
  severity: 'high',
  title: 'Rows may be written into another organization',
  why: 'What is read is held back, what is written is not: a row can be planted in another organization, or moved there.',
  needs,
  *check(_catalogue, ground) {
    const wanted = (one: Opening, all: readonly Opening[]): boolean =>
      one.sure &&
      one.undoes === undefined &&
      one.side === 'check' &&
      !all.some(other => other.side === 'using' && other.sure && other.policy.name === one.policy.name)
    for (const [opening, table] of openingsOnce(ground, wanted)) {
      const { policy } = opening
      const saw =
        policy.check === null
          ? `The policy ${policy.name} on ${table.relation.label} has no WITH CHECK that holds written rows to one organization, ${what(opening)} ${who(opening)}.`
          : `WITH CHECK of the policy ${policy.name} on ${table.relation.label} does not hold written rows to one organization, ${what(opening)} ${who(opening)}.`
      yield hitOf(opening, table, ground, saw, 'high')
    }
  },
}

const twice: Rule = {
  id: 'policy.permissive-twice',
  holes: [36],
  severity: 'low',
  title: 'Two permissive policies hold for the same command',
  why: 'Each row is held against both, and a later change to either widens what the other lets through.',
  needs: ['relations', 'policies'],
  *check(_catalogue, ground) {
    for (const table of guardedTables(ground)) {
      const { relation } = table
      const permissive = relation.policies.filter(policy => policy.permissive)
      const pair = permissive.flatMap((one, index) => permissive.slice(index + 1).map(other => [one, other] as const))
      const found = pair.find(([one, other]) => overlap(one, other))
      if (found === undefined) continue
      const [one, other] = found
      yield {
        place: { kind: 'table', label: relation.label },
        saw: `The policies ${one.name} and ${other.name} on ${relation.label} are joined by OR.`,
        // What undoes the other goes first: joined, it would be kept.
        mend: ground.openings(table).length > 0 ? [] : mergedPolicies(one, other, relation),
      }
    }
  },
}

function overlap(one: Policy, other: Policy): boolean {
  const commands = one.command === '*' || other.command === '*' || one.command === other.command
  const roles = one.roles.length === 0 || other.roles.length === 0 || one.roles.some(role => other.roles.includes(role))
  return commands && roles
}

/** One policy in place of two of the same kind; others have to be written anew by whoever knows what they are for. */
function mergedPolicies(one: Policy, other: Policy, relation: Relation): readonly string[] {
  const alike = one.command === other.command && one.roles.join() === other.roles.join()
  if (!alike) return []
  const using = one.using === null || other.using === null ? '' : ` USING (${one.using} OR ${other.using})`
  const checks = [one.check ?? one.using, other.check ?? other.using]
  const writes = one.command !== 'r' && one.command !== 'd' && checks.every(check => check !== null)
  const check = writes ? ` WITH CHECK (${checks.join(' OR ')})` : ''
  return [
    `DROP POLICY ${quoted(other.name)} ON ${relation.label}`,
    `ALTER POLICY ${quoted(one.name)} ON ${relation.label}${using}${check}`,
  ]
}

const leftOut: Rule = {
  id: 'policy.role-left-out',
  holes: [36],
  severity: 'low',
  title: 'The policies of a table leave the application out',
  why: 'The login sees nothing of the table. That is safe until somebody grants it a way around.',
  needs: ['relations', 'policies', 'roles', 'grants'],
  *check(catalogue: Catalogue, ground) {
    for (const table of guardedTables(ground)) {
      const { relation } = table
      const permissive = relation.policies.filter(policy => policy.permissive)
      if (permissive.length === 0) continue
      for (const role of ground.appRoles) {
        const reached = ground.access.reach(role.name)
        const applies = permissive.some(one => one.roles.length === 0 || one.roles.some(name => reached.has(name)))
        if (applies || !ground.access.may(role.name, 'SELECT', relation)) continue
        const names = permissive
          .flatMap(policy => policy.roles)
          .filter(name => catalogue.roles.some(one => one.name === name))
        yield {
          place: { kind: 'table', label: relation.label },
          saw: `${role.name} may read ${relation.label}, and its policies are for ${listed(names)} only.`,
          mend: opensFor(role.name, table, ground)
            ? []
            : permissive.map(policy => `ALTER POLICY ${quoted(policy.name)} ON ${relation.label} TO PUBLIC`),
        }
      }
    }
  },
}

/** Policies that were written for somebody else may show everything: what they would let this role see. */
function opensFor(role: string, { relation, columns }: TenantTable, ground: Ground): boolean {
  const policies = relation.policies.map(policy => ({ ...policy, roles: [] }))
  return ground.openingsFor({ relation: { ...relation, policies }, columns }, role).length > 0
}

export const policyRules: readonly Rule[] = [alwaysTrue, notCompared, second, unchecked, twice, leftOut]
