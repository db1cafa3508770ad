import type { Catalogue, Role } from '../../../foundation/catalogue/index.ts'
import { everyEventTrigger } from '../ground/own.ts'
import type { Hit, Rule } from '../rule.ts'
import { resetOf } from './sessions.ts'
import { canCome, listed, quoted, standsFor } from './ways.ts'

/** Upheld's roles: whether one logs in with it, and what it is a member of. */
const shipped: Readonly<Record<string, { readonly login: boolean; readonly memberOf: readonly string[] }>> = {
  upheld_owner: { login: false, memberOf: [] },
  upheld_guard: { login: false, memberOf: [] },
  upheld_app: { login: true, memberOf: [] },
  upheld_migrate: { login: true, memberOf: ['upheld_owner'] },
  upheld_proof: { login: true, memberOf: [] },
  upheld_record: { login: true, memberOf: [] },
  upheld_page: { login: true, memberOf: [] },
  upheld_identity: { login: true, memberOf: [] },
  upheld_jobs: { login: true, memberOf: [] },
  upheld_staff: { login: true, memberOf: [] },
  upheld_console: { login: true, memberOf: [] },
}

const roles: Rule = {
  id: 'upheld.roles',
  holes: [1, 2, 3],
  severity: 'critical',
  title: 'A role of Upheld is more than it was made to be',
  why: 'The walls of Upheld are logins: each may do one thing, is a member of nothing, and can become nobody. An attribute or a membership more is a door in the wall.',
  needs: ['server', 'roles'],
  tenancy: false,
  *check(catalogue) {
    if (!catalogue.server.upheld) return
    for (const [name, { login, memberOf }] of Object.entries(shipped)) {
      const role = catalogue.roles.find(one => one.name === name)
      if (role === undefined) {
        yield missing(name)
        continue
      }
      yield* attributesOf(role, login)
      for (const { role: group, admin } of role.memberOf) {
        if (memberOf.includes(group) && !admin) continue
        yield {
          place: { kind: 'role', label: name },
          saw: `${name} is a member of ${group}${admin ? ', with ADMIN OPTION' : ''}.`,
          mend: memberOf.includes(group)
            ? [`REVOKE ADMIN OPTION FOR ${quoted(group)} FROM ${name} CASCADE`]
            : [`REVOKE ${quoted(group)} FROM ${name}`],
        }
      }
    }
  },
}

function missing(name: string): Hit {
  return {
    place: { kind: 'role', label: name },
    saw: `There is no role ${name}.`,
    severity: 'high',
    mend: [`CREATE ROLE ${name} NOINHERIT`],
  }
}

function* attributesOf(role: Role, login: boolean): Generator<Hit> {
  const attributes: readonly (readonly [boolean, string, string])[] = [
    [role.superuser, 'SUPERUSER', 'NOSUPERUSER'],
    [role.bypassesRowSecurity, 'BYPASSRLS', 'NOBYPASSRLS'],
    [role.createsRoles, 'CREATEROLE', 'NOCREATEROLE'],
    [role.createsDatabases, 'CREATEDB', 'NOCREATEDB'],
    [role.replicates, 'REPLICATION', 'NOREPLICATION'],
    [role.inherits, 'INHERIT', 'NOINHERIT'],
    [role.login && !login, 'LOGIN', 'NOLOGIN'],
  ]
  const wrong = attributes.filter(([has]) => has)
  if (wrong.length === 0) return
  yield {
    place: { kind: 'role', label: role.name },
    saw: `${role.name} has ${wrong.map(([, word]) => word).join(', ')}.`,
    mend: [`ALTER ROLE ${role.name} ${wrong.map(([, , word]) => word).join(' ')}`],
  }
}

const owners: Rule = {
  id: 'upheld.owner-members',
  holes: [2, 3],
  severity: 'high',
  title: 'Somebody besides the login for migrations can become the owner of the tables',
  why: 'The owner may take a table out of protection where the event trigger does not look, and hands out every right on it.',
  needs: ['server', 'roles'],
  tenancy: false,
  *check(catalogue) {
    if (!catalogue.server.upheld) return
    for (const role of catalogue.roles) {
      if (role.superuser || role.name === 'upheld_migrate' || !canCome(role.name, catalogue)) continue
      for (const { role: group } of role.memberOf) {
        if (!['upheld_owner', 'upheld_migrate', 'upheld_app'].includes(group)) continue
        yield {
          place: { kind: 'role', label: role.name },
          saw: `${role.name} is a member of ${group}.`,
          severity: group === 'upheld_app' ? 'medium' : 'high',
          mend: [`REVOKE ${group} FROM ${quoted(role.name)}`],
        }
      }
    }
  },
}

const eventTriggers: Rule = {
  id: 'upheld.event-trigger',
  holes: [2, 35],
  severity: 'high',
  title: 'New tables are not protected by themselves any more',
  why: 'The event triggers put a new table under its policy, and refuse what would leave one open. Without them the next migration may open a table, and nobody is told.',
  needs: ['server', 'triggers', 'routines'],
  tenancy: false,
  *check(catalogue) {
    if (!catalogue.server.upheld) return
    for (const { name, install } of everyEventTrigger(catalogue)) {
      const place = { kind: 'object', label: name } as const
      const found = catalogue.eventTriggers.find(one => one.name === name)
      const routine = catalogue.routines.find(({ oid }) => oid === found?.routine)?.label
      if (found === undefined) {
        yield { place, saw: `The event trigger ${name} is missing.`, mend: [install] }
      } else if (routine === undefined || install !== madeBy(found, routine)) {
        yield {
          place,
          saw: `The event trigger ${name} runs another function, or not at every command.`,
          mend: [`drop event trigger ${name}`, install],
        }
      } else if (!found.enabled) {
        yield { place, saw: `The event trigger ${name} is disabled.`, mend: [`alter event trigger ${name} enable`] }
      }
    }
    yield* switchedOff(catalogue)
  },
}

function madeBy({ name, event, tags }: Catalogue['eventTriggers'][number], routine: string): string {
  const when = tags.length === 0 ? '' : ` when tag in (${tags.join(', ')})`
  return `create event trigger ${name} on ${event}${when} execute function ${routine}`
}

/** A default that switches them off holds for whoever logs in next, whatever this session runs under. */
function* switchedOff({ server }: Catalogue): Generator<Hit> {
  for (const one of server.defaults) {
    const off =
      (one.name === 'event_triggers' && /^(off|false|no|0)$/i.test(one.value)) ||
      (one.name === 'session_replication_role' && one.value !== 'origin')
    if (!off) continue
    yield {
      place: one.role === '' ? { kind: 'database', label: server.database } : { kind: 'role', label: one.role },
      saw: `Sessions ${one.role === '' ? 'here' : `of ${one.role}`} begin without event triggers: ${one.name}.`,
      mend: [resetOf(one)],
    }
  }
  if (server.settings['event_triggers'] !== 'off' || server.defaults.some(({ name }) => name === 'event_triggers'))
    return
  yield {
    place: { kind: 'server', label: server.version },
    saw: 'The server runs no event triggers: event_triggers is off.',
    mend: [`ALTER DATABASE ${quoted(server.database)} SET event_triggers = on`],
  }
}

const strangers: Rule = {
  id: 'upheld.stranger-reads',
  holes: [1, 36],
  severity: 'high',
  title: 'A login that is not of Upheld may reach tables of organizations',
  why: 'The policy holds for whoever comes with a signed context, and the context travels through the application alone. Any other login with rights on the tables is a second way to them.',
  needs: ['server', 'relations', 'roles', 'grants'],
  *check(catalogue, ground) {
    if (!catalogue.server.upheld) return
    yield* powerful(catalogue)
    for (const { relation } of ground.tenantTables.values()) {
      // Who may do what with a table of Upheld's own: upheld.guard-open.
      if (ground.own.has(relation.oid)) continue
      const names = relation.grants
        // Staff reads under a grant, and the verifier refuses it without one.
        .filter(one => one.grantee !== 'upheld_staff' || one.privilege !== 'SELECT' || one.grantable)
        .map(({ grantee }) => grantee)
        .filter(name => name !== relation.owner && name !== '' && !standsFor(['upheld_app'], name, ground))
      const others = [...new Set(names)]
      if (others.length === 0) continue
      yield {
        place: { kind: 'table', label: relation.label },
        saw: `${relation.label} grants rights to ${listed(others)}.`,
        mend: others.map(name => `REVOKE ALL ON TABLE ${relation.label} FROM ${quoted(name)} CASCADE`),
      }
    }
  },
}

const powers: Readonly<Record<string, string>> = {
  pg_read_all_data: 'reads every table, the context keys among them',
  pg_write_all_data: 'writes every table, the directory among them',
}

/** Logins that come into this database with a power over the guard, without being of Upheld. */
function* powerful(catalogue: Catalogue): Generator<Hit> {
  for (const role of catalogue.roles) {
    if (role.superuser || shipped[role.name] !== undefined || role.name.startsWith('pg_')) continue
    if (!canCome(role.name, catalogue)) continue
    for (const { role: group } of role.memberOf) {
      const power = powers[group]
      if (power === undefined) continue
      yield {
        place: { kind: 'role', label: role.name },
        saw: `${role.name} is a member of ${group}, and so ${power}.`,
        mend: [`REVOKE ${group} FROM ${quoted(role.name)}`],
      }
    }
  }
}

const open: Rule = {
  id: 'upheld.database-open',
  holes: [1, 38],
  severity: 'medium',
  title: 'Everybody may connect to the database',
  why: 'Each login of the server comes in, and sees every name of a table, every text of a function, and how many rows there are.',
  needs: ['server'],
  tenancy: false,
  *check({ server }) {
    if (!server.upheld) return
    if (!server.databaseGrants.some(({ grantee, privilege }) => grantee === '' && privilege === 'CONNECT')) return
    yield {
      place: { kind: 'database', label: server.database },
      saw: 'The database lets PUBLIC connect.',
      mend: [`REVOKE CONNECT ON DATABASE ${quoted(server.database)} FROM PUBLIC`],
    }
  },
}

export const houseRules: readonly Rule[] = [roles, owners, eventTriggers, strangers, open]
