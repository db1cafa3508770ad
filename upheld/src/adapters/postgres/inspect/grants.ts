import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'
import { noneOf, type Fact } from './fact.ts'

const text = readFileSync(new URL('grants.sql', import.meta.url), 'utf8')
const found = z.array(z.object({ kind: z.string(), what: z.string() }))

/** Each kind with what is said when the application has none of it, and when it has some. */
const kinds = [
  [
    'database',
    'The application can make neither schemas nor temporary tables.',
    'The application may, on this database',
  ],
  ['schemas', 'The application can make nothing in any schema.', 'The application may make objects in'],
  ['tables', 'The application can read and write rows, and do nothing else to a table.', 'The application may'],
  ['functions', 'The application cannot call what reaches around row security.', 'The application may call'],
  [
    'statements',
    "The application cannot see other sessions' statements.",
    "The application sees others' statements in",
  ],
] as const

/** What the application's login was granted in this database beyond its duty, by whatever way: PUBLIC counts. */
export async function grantFacts(admin: Queryable): Promise<readonly Fact[]> {
  const { rows } = await admin.query("select from pg_catalog.pg_roles where rolname = 'upheld_app'")
  if (rows.length === 0)
    return [
      { id: 'grants', ok: 'unknown', says: 'There is no login upheld_app yet.', mend: 'It is made by: upheld up' },
    ]
  const grants = found.parse((await admin.query(text)).rows)
  return kinds.map(([kind, fine, wrong]) => {
    const faults = grants.filter(grant => grant.kind === kind).map(({ what }) => what)
    return noneOf(
      `grants.${kind}`,
      faults,
      fine,
      wrong,
      'Revoke it; what comes from PUBLIC is revoked at the next: upheld up.',
    )
  })
}
