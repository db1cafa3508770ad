import type { Database } from '../../../core/ports.ts'
import { cannotProbe, claim, type LoginRole, type Report, type World } from '../../claims/index.ts'
import { codeOf, refusedByDomain } from '../attacks/index.ts'
import { duties } from './duties.ts'
import { linter } from '../linter.ts'
import { mutations } from './mutations/index.ts'

/** First form: the database. Staff, hosts and deployment come with the claims that own them. */
export const productionLeastPrivilege = claim({
  kind: 'proven',
  id: 'production.least-privilege',
  sentence:
    'Every part of the service reaches the database with a login of its own that can do its own work and no more.',
  population: 'every database login of the service, tried beyond its duty',
  extent: 'whole',
  freshnessMins: 120,
  observationsMin: 100,
  timeoutSecs: 300,
  assumptions: ['the database superuser is used for installation and for scratch copies only'],
  notCovered: ['accounts of people', 'the operating system of the hosts', 'logins that the operator made besides'],
  mappings: { asvs: ['v5.0.0-13.2.2'], soc2: ['CC6.3'], iso27001: ['A.8.2'] },
  instruments: [
    linter(
      'The catalogue of the database is held against rules about roles, memberships, rights, functions of the server, settings and secrets.',
      rule => aboutLogins.test(rule),
    ),
    {
      name: 'prober',
      says: 'Each database login is used by hand for what it must not do: read keys, files, password hashes and customers’ rows, become another role, change guards, evidence or settings, make things, run programs.',
      source: import.meta.url,
      run: overstepAll,
    },
  ],
  sabotages: mutations,
})

/** Rules that say what a login is, may do and may find out. */
const aboutLogins =
  /^(role|grant|call|secret|session|upheld)\.|^(server\.catalogue-opened|table\.row-security-not-forced)$/

async function overstepAll(world: World, report: Report): Promise<void> {
  const roles = Object.keys(duties).filter(isLogin)
  report.population('logins', roles.length)
  for (const role of roles) {
    const login = world.login(role)
    try {
      await mustDoItsDuty(role, login)
      for (const { attack, sql } of duties[role].oversteps) await overstep(login, role, attack, sql, report)
      await becomeOthers(login, role, report)
      await reachRows(world, login, role, report)
    } finally {
      await login.close()
    }
  }
}

function isLogin(name: string): name is LoginRole {
  return name in duties
}

/** Positive control: a login that can do nothing at all would beat every attack. */
async function mustDoItsDuty(role: LoginRole, login: Database): Promise<void> {
  const duty = {
    app: "select upheld.enter('')",
    migrate: 'set local role upheld_owner',
    proof: 'select 1 from upheld_proof.turn limit 1',
    record: 'select 1 from upheld_audit.pending limit 1',
    page: 'select 1 from upheld_proof.turn limit 1',
    identity: 'select 1 from upheld_identity.password limit 1',
    jobs: 'select 1 from upheld_identity.mail limit 1',
    staff: "select upheld.enter('')",
    console: 'select 1 from upheld_proof.run_order limit 1',
  }
  await undone(login, duty[role]).catch((cause: unknown) => {
    throw cannotProbe(`The login ${role} cannot do its own duty.`, cause)
  })
}

async function becomeOthers(login: Database, role: LoginRole, report: Report): Promise<void> {
  const { rows } = await login.query(
    'select quote_ident(rolname) as name from pg_roles where rolname <> session_user order by 1',
  )
  for (const row of rows) {
    const other = String(row['name'])
    // The one change of role that is somebody's duty.
    if (role === 'migrate' && other === 'upheld_owner') continue
    await overstep(login, role, `become ${other}`, `set role ${other}`, report, undefined, () => isGone(login, other))
  }
}

/** A role of a scratch copy comes and goes while we look. */
async function isGone(login: Database, name: string): Promise<boolean> {
  const { rows } = await login.query('select 1 from pg_roles where quote_ident(rolname) = $1', [name])
  return rows.length === 0
}

/** Every customers' table, without a context; for the migrator also as the owner, whose duty is the shape and not the rows. */
async function reachRows(world: World, login: Database, role: LoginRole, report: Report): Promise<void> {
  const { rows } = await login.query(
    `select c.oid::regclass::text as label from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any ($1) and c.relkind = 'r' order by 1`,
    [[...world.tenantSchemas]],
  )
  if (role === 'app') report.population('customers’ tables', rows.length)
  for (const schema of world.tenantSchemas) {
    const made = `create function "${schema.replaceAll('"', '""')}".canary_of_a_probe() returns integer language sql as 'select 1'`
    await overstep(login, role, 'make a function beside the tables', made, report, schema)
  }
  for (const row of rows) {
    const table = String(row['label'])
    const as = role === 'migrate' ? 'set local role upheld_owner;' : ''
    await overstep(login, role, 'empty a table', `truncate ${table} cascade`, report, table)
    // Row security is asked before any other check of a row, also of one that could not be kept: an empty table hides nothing.
    await overstep(login, role, 'write a customer’s row', `${as} insert into ${table} default values`, report, table)
    // The right to look, apart from what row security would then let through.
    if (role !== 'app' && role !== 'staff')
      await overstep(login, role, 'open a table', `select 1 from ${table} where false`, report, table)
    if (role !== 'migrate') continue
    await overstep(
      login,
      role,
      'switch row security off',
      `${as} alter table ${table} disable row level security`,
      report,
      table,
    )
  }
}

async function overstep(
  login: Database,
  role: LoginRole,
  attack: string,
  sql: string,
  report: Report,
  place?: string,
  gone?: () => Promise<boolean>,
): Promise<void> {
  const where = place === undefined ? role : `${role} on ${place}`
  const code = await undone(login, sql).catch(async (error: unknown) =>
    (await gone?.()) === true ? 'unclear' : refusalCode(error, where, attack),
  )
  if (code === 'unclear') return
  // 42501 is a missing right or row security; 42P17 is the guard of DDL.
  if (code === '42501' || code === '42P17') report.observe(attack, where)
  else report.refute({ attack, where, saw: code === 'done' ? 'it was done' : `nothing but ${code} stood in the way` })
}

function refusalCode(error: unknown, where: string, attack: string): string {
  const code = codeOf(error)
  if (refusedByDomain(error)) return 'unclear'
  // Class 23: the row got as far as the table's own constraints. 55000: there was nothing yet to be told.
  if (code === '42501' || code === '42P17' || code === '55000' || code.startsWith('23')) return code
  throw cannotProbe(`"${attack}" as ${where} ended with ${code}, which is neither done nor refused.`, error)
}

class Undo extends Error {}

/** Runs it and takes it back. */
async function undone(login: Database, sql: string): Promise<string> {
  try {
    await login.transaction(async tx => {
      await tx.query(sql)
      throw new Undo()
    })
  } catch (error) {
    if (!(error instanceof Undo)) throw error
  }
  return 'done'
}
