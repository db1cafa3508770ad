import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'
import { noneOf, type Fact } from './fact.ts'

/** The logins that a running system has, and the memberships that each may have. */
const logins: Readonly<Record<string, readonly string[]>> = {
  upheld_app: [],
  upheld_console: [],
  upheld_identity: [],
  upheld_jobs: [],
  upheld_migrate: ['upheld_owner'],
  upheld_page: [],
  upheld_proof: [],
  upheld_record: [],
  upheld_staff: [],
}
const text = readFileSync(new URL('roles.sql', import.meta.url), 'utf8')
const found = z.object({
  name: z.string(),
  attributes: z.array(z.string()),
  member_of: z.array(z.string()),
  owns: z.array(z.string()),
})

export async function roleFacts(admin: Queryable): Promise<readonly Fact[]> {
  const { rows } = await admin.query(text, [Object.keys(logins)])
  const roles = z.array(found).parse(rows)
  const facts = Object.entries(logins).map(([name, allowed]) => {
    const role = roles.find(each => each.name === name)
    if (role === undefined) {
      return {
        id: `roles.${name}`,
        ok: 'unknown' as const,
        says: `There is no login ${name} yet.`,
        mend: 'It is made by: upheld up',
      }
    }
    const faults = [
      ...role.attributes,
      ...role.member_of.filter(group => !allowed.includes(group)).map(group => `member of ${group}`),
      ...role.owns.map(owned => `owner in ${owned}`),
    ]
    return noneOf(
      `roles.${name}`,
      faults,
      `${name} is an ordinary login that owns nothing.`,
      `${name} is more than an ordinary login`,
      'Attributes and memberships are put right at the next: upheld up. Ownership: REASSIGN OWNED BY.',
    )
  })
  return [
    ...facts,
    await verifierFact(
      admin,
      roles.map(({ name }) => name),
    ),
  ]
}

/** How the passwords of our logins are kept; only a superuser may look. */
async function verifierFact(admin: Queryable, names: readonly string[]): Promise<Fact> {
  const id = 'roles.passwords'
  try {
    const { rows } = await admin.query(
      `select rolname from pg_catalog.pg_authid where rolname = any($1) and rolpassword not like 'SCRAM-SHA-256$%' order by 1`,
      [names],
    )
    const weak = rows.map(row => String(row['rolname']))
    return noneOf(
      id,
      weak,
      'Passwords of our logins are kept as SCRAM-SHA-256.',
      'Passwords kept in a weaker form',
      'Set them anew: upheld up does.',
    )
  } catch {
    return { id, ok: 'unknown', says: 'Only a superuser may see how passwords are kept.' }
  }
}
