import type { Catalogue, Server } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import type { Rule, Severity } from '../rule.ts'
import { quoted } from './ways.ts'

type Default = Server['defaults'][number]

const settings: Rule = {
  id: 'session.default',
  holes: [4, 5, 18, 31],
  severity: 'high',
  title: 'Sessions of the application begin with a setting that undoes protection',
  why: 'A default of a role or a database holds in every session from its first statement, whatever the application sets later.',
  needs: ['server', 'roles', 'schemas', 'policies', 'routines'],
  *check(catalogue, ground) {
    for (const one of catalogue.server.defaults) {
      if (one.role !== '' && !ground.appRoles.some(({ name }) => name === one.role)) continue
      const trap = trapOf(one, catalogue, ground)
      if (trap === undefined) continue
      yield {
        place: one.role === '' ? { kind: 'database', label: one.database } : { kind: 'role', label: one.role },
        saw: trap.saw,
        severity: trap.severity,
        mend: [resetOf(one)],
      }
    }
  },
}

/** The value is never told: it may be a secret. */
function trapOf(
  one: Default,
  catalogue: Catalogue,
  ground: Ground,
): { readonly saw: string; readonly severity: Severity } | undefined {
  const who = one.role === '' ? 'Every session here' : `Every session of ${one.role}`
  if (one.name === 'row_security' && /^(off|false|no|0)$/i.test(one.value)) {
    return { saw: `${who} begins with row_security off: statements fail instead of being filtered.`, severity: 'low' }
  }
  if (one.name === 'role') return { saw: `${who} begins as another role.`, severity: 'high' }
  if (one.name === 'session_replication_role' && one.value !== 'origin') {
    return { saw: `${who} begins without triggers and without checks of foreign keys.`, severity: 'high' }
  }
  if (one.name === 'event_triggers' && /^(off|false|no|0)$/i.test(one.value)) {
    return { saw: `${who} begins without event triggers.`, severity: 'high' }
  }
  if (one.name === 'search_path') {
    const open = writable(one.value, catalogue, ground)
    return open === undefined
      ? undefined
      : { saw: `${who} searches the schema ${open}, in which the application may make objects.`, severity: 'medium' }
  }
  if (one.name.includes('.') && isAskedByPolicies(one.name, catalogue)) {
    return { saw: `${who} begins with a value for ${one.name}, which policies ask for.`, severity: 'high' }
  }
  return undefined
}

function writable(path: string, catalogue: Catalogue, ground: Ground): string | undefined {
  const schemas = namesInPath(path)
  const who = new Set(['', ...ground.appRoles.map(({ name }) => name)])
  return catalogue.schemas.find(
    ({ name, grants }) =>
      schemas.includes(name) && grants.some(grant => grant.privilege === 'CREATE' && who.has(grant.grantee)),
  )?.name
}

/** The names in a search path, as a setting holds them. */
export function namesInPath(path: string): readonly string[] {
  return path
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '' && name !== '""')
    .map(name => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase()))
}

function isAskedByPolicies(name: string, catalogue: Catalogue): boolean {
  const policies = catalogue.relations.flatMap(relation => relation.policies)
  const called = new Set(policies.flatMap(({ routines }) => routines))
  const texts = [
    ...policies.flatMap(({ using, check }) => [using, check]),
    ...catalogue.routines.filter(({ oid }) => called.has(oid)).map(({ source }) => source),
  ]
  return texts.some(text => text?.toLowerCase().includes(`'${name.toLowerCase()}'`) ?? false)
}

/** Undoes one default of a role or a database. */
export function resetOf({ role, database, name }: Default): string {
  const setting = name
    .split('.')
    .map(part => (/^[a-z_][a-z0-9_]*$/.test(part) ? part : quoted(part)))
    .join('.')
  if (role === '') {
    return database === '' ? `ALTER ROLE ALL RESET ${setting}` : `ALTER DATABASE ${quoted(database)} RESET ${setting}`
  }
  return `ALTER ROLE ${quoted(role)}${database === '' ? '' : ` IN DATABASE ${quoted(database)}`} RESET ${setting}`
}

/** What a new session of a login begins with; undefined when it cannot be told. */
function valueFor({ server }: Catalogue, role: string, name: string): string | undefined {
  const set = (of: string, database: string): string | undefined =>
    server.defaults.find(one => one.name === name && one.role === of && one.database === database)?.value
  return set(role, server.database) ?? set(role, '') ?? set('', server.database) ?? set('', '') ?? server.settings[name]
}

const timeout: Rule = {
  id: 'session.no-timeout',
  holes: [38],
  severity: 'low',
  title: 'Statements of the application may run for ever',
  why: 'One slow or malicious statement for each connection stops the application for every organization.',
  needs: ['server', 'roles'],
  *check(catalogue, ground) {
    // There the time is bounded with each statement: a session's default would not survive a pooler.
    if (catalogue.server.upheld) return
    for (const { name } of ground.appRoles) {
      const value = valueFor(catalogue, name, 'statement_timeout')
      const place = { kind: 'role', label: name } as const
      const mend = [`ALTER ROLE ${quoted(name)} SET statement_timeout = '30s'`]
      if (value === undefined) {
        yield { place, mend, unproven: true, saw: `The statement timeout of ${name} cannot be seen in this session.` }
      } else if (/^0\s*\w*$/.test(value)) {
        yield { place, mend, saw: `The application's login ${name} has no statement timeout.` }
      }
    }
  },
}

const logged: Rule = {
  id: 'session.parameters-logged',
  holes: [6],
  severity: 'medium',
  title: 'What customers send is written to the log of the server',
  why: 'Values bound to statements hold what customers wrote, and tokens. The log is read by other people, and kept elsewhere.',
  needs: ['server', 'roles'],
  *check(catalogue, ground) {
    for (const { name } of ground.appRoles) {
      const value = (setting: string): string => valueFor(catalogue, name, setting) ?? ''
      const logs =
        value('log_statement') !== 'none' ||
        Number(value('log_transaction_sample_rate')) > 0 ||
        ['log_min_duration_statement', 'log_min_duration_sample'].some(one => !/^-/.test(value(one)))
      const explains =
        value('auto_explain.log_min_duration') !== '' && !/^-/.test(value('auto_explain.log_min_duration'))
      const leaks = [
        ...(logs ? ['log_parameter_max_length'] : []),
        'log_parameter_max_length_on_error',
        ...(explains ? ['auto_explain.log_parameter_max_length'] : []),
      ].filter(setting => !/^0\s*\w*$/.test(value(setting)))
      if (leaks.length === 0) continue
      const own = catalogue.server.defaults.filter(one => one.role === name && leaks.includes(one.name))
      yield {
        place: { kind: 'role', label: name },
        saw: `Statements of ${name} are logged with their values: ${leaks.join(', ')} is not 0.`,
        mend: [
          ...own.map(resetOf),
          ...leaks.map(setting => `ALTER DATABASE ${quoted(catalogue.server.database)} SET ${setting} = 0`),
        ],
      }
    }
  },
}

export const sessionRules: readonly Rule[] = [settings, timeout, logged]
