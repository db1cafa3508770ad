import { z } from 'zod'
import type { Database } from '../../../core/ports.ts'
import { cannotProbe, type LoginRole, type Report, type World } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { undone } from '../undone.ts'
import type { StoredHash } from './stored.ts'

/** Straight ways to a hash; the owner of tables is one as well, for whoever may become that. */
const ways: readonly (readonly [attack: string, sql: string])[] = [
  ['read hashes', 'select hash from upheld_identity.password limit 1'],
  ['read whole rows', 'select p from upheld_identity.password p limit 1'],
  ['read hashes of sign-ups', 'select hash from upheld_identity.sign_up limit 1'],
  ['ask whether a hash begins so', "select 1 from upheld_identity.password where hash > '$' limit 1"],
  ['set a hash', "update upheld_identity.password set hash = '$argon2id$none-of-ours-but-long-enough'"],
  ['copy hashes', "copy (select hash from upheld_identity.password) to '/dev/null'"],
]

/**
 * What a login may read, outside of what every Postgres has: views and copies anywhere, all tables of persons, and whatever
 * stands in other schemas without row security.
 */
const reachable = `
  select c.oid::regclass::text as label,
    array_agg(quote_ident(a.attname) order by a.attnum) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and has_schema_privilege(n.oid, 'usage')
    and (c.relkind in ('v', 'm', 'f') or (c.relkind in ('r', 'p') and (n.nspname = 'upheld_identity'
      or (not c.relrowsecurity and n.nspname !~ '^upheld'))))
    and has_column_privilege(c.oid, a.attnum, 'select')
  group by 1 order by 1`
const relation = z.object({ label: z.string(), columns: z.array(z.string()).min(1) })

/** Every other login of the system, on every way to a hash. */
export async function readAsLogins(
  world: World,
  roles: readonly LoginRole[],
  stored: readonly StoredHash[],
  report: Report,
): Promise<void> {
  for (const role of roles) {
    const login = world.login(role)
    try {
      for (const [attack, sql] of ways) await tryOne(login, role, attack, sql, report)
      if (role === 'migrate')
        await tryOne(
          login,
          role,
          'read hashes as the owner of tables',
          `set local role upheld_owner; ${ways[0]?.[1] ?? ''}`,
          report,
        )
      await readReachable(login, role, stored, report)
    } finally {
      await login.close()
    }
  }
}

async function tryOne(login: Database, role: LoginRole, attack: string, sql: string, report: Report): Promise<void> {
  const where = `login ${role}`
  const code = await undone(login, sql)
  if (code === '42501') report.observe(attack, where)
  else if (code === 'done') report.refute({ attack, where, saw: 'it was done' })
  else throw cannotProbe(`"${attack}" as ${where} ended with ${code}, which is neither done nor refused.`)
}

/** Looks for the hashes of this run in whatever the login may read; that it finds nothing by itself is the answer. */
async function readReachable(
  login: Database,
  role: LoginRole,
  stored: readonly StoredHash[],
  report: Report,
): Promise<void> {
  const [attack, where] = ['look for a hash in whatever it may read', `login ${role}`]
  const { rows } = await login.query(reachable)
  // The salt and the key: whatever somebody cut off before them.
  const parts = stored.map(({ hash }) => `%${hash.slice(-60).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`)
  for (const { label, columns } of z.array(relation).parse(rows)) {
    const text = columns.map(name => `x.${name}::text`).join(', ')
    const found = await holds(
      login,
      `select 1 as one from ${label} x where concat_ws(' ', ${text}) like any ($1::text[]) limit 1`,
      parts,
    )
    if (found) return report.refute({ attack, where, saw: `it stands in ${label}` })
  }
  report.observe(attack, where)
}

async function holds(login: Database, sql: string, parts: readonly string[]): Promise<boolean> {
  try {
    return (await login.query(sql, [parts])).rows.length > 0
  } catch (thrown) {
    // A view may stand on what the login may not.
    if (codeOf(thrown) === '42501') return false
    throw thrown
  }
}
