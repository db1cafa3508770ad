import type { Catalogue, Role } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import type { Rule, Severity } from '../rule.ts'
import { climbOf, isStrong, quoted, roleNamed } from './ways.ts'

const climbs: Rule = {
  id: 'role.climbs',
  holes: [3],
  severity: 'high',
  title: 'The application can become a stronger role',
  why: 'SET ROLE needs one statement and is no boundary: whoever can run SQL as the application acts as any role that it is a member of.',
  needs: ['roles', 'relations', 'schemas', 'routines', 'server'],
  *check(catalogue, ground) {
    for (const role of ground.appRoles) {
      for (const { role: group } of role.memberOf.filter(one => !one.role.startsWith('pg_'))) {
        const reached = worst(group, catalogue, ground)
        if (reached === undefined) continue
        yield {
          place: { kind: 'role', label: role.name },
          saw: `The application's login ${role.name} is a member of ${group}, and so can become ${reached.what}.`,
          severity: reached.severity,
          mend: [`REVOKE ${quoted(group)} FROM ${quoted(role.name)}`],
        }
      }
    }
  },
}

/** The strongest thing that a membership leads to; undefined for a group that only holds grants. */
function worst(
  group: string,
  catalogue: Catalogue,
  ground: Ground,
): { readonly what: string; readonly severity: Severity } | undefined {
  const reached = [...climbOf(group, catalogue)]
  const roles = reached.flatMap(name => roleNamed(catalogue, name) ?? [])
  const strong = roles.find(isStrong)
  if (strong !== undefined) return { what: `${strong.name}, which row security does not bind`, severity: 'critical' }
  const owner = reached.find(name => [...ground.tenantTables.values()].some(({ relation }) => relation.owner === name))
  if (owner !== undefined) return { what: `${owner}, which owns tables of organizations`, severity: 'high' }
  const administers = roles.find(role => role.createsRoles || role.replicates)
  if (administers !== undefined) return { what: `${administers.name}, which administers the server`, severity: 'high' }
  const owns = reached.find(
    name =>
      catalogue.server.databaseOwner === name ||
      catalogue.schemas.some(schema => schema.owner === name) ||
      catalogue.routines.some(routine => routine.owner === name && routine.extension === null),
  )
  if (owns !== undefined) return { what: `${owns}, which owns schemas or functions here`, severity: 'medium' }
  return catalogue.server.upheld ? { what: group, severity: 'medium' } : undefined
}

const admin: Rule = {
  id: 'role.hands-on-membership',
  holes: [3],
  severity: 'medium',
  title: 'The application may hand out a membership',
  why: 'WITH ADMIN OPTION lets a login add members to a role, itself among them, and so arm whatever else it controls.',
  needs: ['roles'],
  *check(_catalogue, ground) {
    for (const role of ground.appRoles) {
      for (const { role: group } of role.memberOf.filter(one => one.admin)) {
        yield {
          place: { kind: 'role', label: role.name },
          saw: `The application's login ${role.name} holds ${group} with ADMIN OPTION.`,
          mend: [`REVOKE ADMIN OPTION FOR ${quoted(group)} FROM ${quoted(role.name)} CASCADE`],
        }
      }
    }
  },
}

/** What each predefined role hands to an application, by the server's manual. */
const predefined: Readonly<Record<string, { readonly gives: string; readonly severity: Severity }>> = {
  pg_execute_server_program: { gives: 'runs programs on the host', severity: 'critical' },
  pg_read_server_files: { gives: 'reads files of the host, the data files among them', severity: 'critical' },
  pg_write_server_files: { gives: 'writes files of the host', severity: 'critical' },
  pg_read_all_data: { gives: 'reads every table, also those without row security', severity: 'high' },
  pg_write_all_data: { gives: 'writes every table, also those without row security', severity: 'high' },
  pg_database_owner: { gives: 'owns what the owner of the database owns', severity: 'high' },
  pg_create_subscription: { gives: 'pulls rows out of, and into, other databases', severity: 'high' },
  pg_monitor: { gives: 'reads the statements of every session', severity: 'high' },
  pg_read_all_stats: { gives: 'reads the statements of every session', severity: 'high' },
  pg_stat_scan_tables: { gives: 'scans and locks every table', severity: 'medium' },
  pg_maintain: { gives: 'locks, rewrites and analyzes every table', severity: 'medium' },
  pg_signal_backend: { gives: 'ends the sessions of others', severity: 'medium' },
  pg_use_reserved_connections: { gives: "takes the administrator's connections", severity: 'low' },
  pg_signal_autovacuum_worker: { gives: 'stops the vacuum', severity: 'low' },
  pg_read_all_settings: { gives: 'reads settings that are kept from others', severity: 'low' },
  pg_checkpoint: { gives: 'asks for checkpoints', severity: 'low' },
}

const predefinedRoles: Rule = {
  id: 'role.predefined',
  holes: [3, 6, 17, 30, 33, 38],
  severity: 'high',
  title: 'The application holds a predefined role of the server',
  why: 'The roles that begin with pg_ are keys to the whole server: files, programs, statements of others, every table.',
  needs: ['roles', 'server'],
  *check(catalogue, ground) {
    for (const role of ground.appRoles) {
      for (const { via, name } of predefinedOf(role, catalogue)) {
        const known = predefined[name] ?? { gives: 'holds a power that is not known here', severity: 'medium' }
        yield {
          place: { kind: 'role', label: role.name },
          saw: `The application's login ${role.name} is a member of ${name}${via === name ? '' : ` through ${via}`}, which ${known.gives}.`,
          severity: known.severity,
          mend: [`REVOKE ${quoted(via)} FROM ${quoted(role.name)}`],
        }
      }
    }
  },
}

/** The owner of a database is in pg_database_owner by itself: that is told as ownership. */
function predefinedOf(role: Role, catalogue: Catalogue): readonly { readonly via: string; readonly name: string }[] {
  return role.memberOf.flatMap(({ role: via }) =>
    [...climbOf(via, catalogue)]
      .filter(name => name.startsWith('pg_') && (name !== 'pg_database_owner' || via === name))
      // pg_monitor brings three others with it.
      .filter((name, _, all) => name === 'pg_monitor' || !all.includes('pg_monitor'))
      .map(name => ({ via, name })),
  )
}

export const membershipRules: readonly Rule[] = [climbs, admin, predefinedRoles]
