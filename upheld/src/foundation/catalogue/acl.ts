import { z } from 'zod'

/** One entry of an access control list, as `grantsOf` writes it. */
export const grant = z.strictObject({
  grantee: z.string(),
  grantor: z.string(),
  privilege: z.string(),
  grantable: z.boolean(),
})

/**
 * SQL that spells out an access control list as JSON, the owner's own rights included.
 * @param acl the column, such as `p.proacl`; null there means the defaults
 * @param kind as `acldefault` takes it: r table, c column, s sequence, f function, n schema, d database
 * @param owner the column with the owner's oid
 */
export function grantsOf(
  acl: string,
  kind: 'r' | 'c' | 's' | 'f' | 'n' | 'd' | 'l' | 'F' | 'S',
  owner: string,
): string {
  return explode(`coalesce(${acl}, pg_catalog.acldefault('${kind}', ${owner}))`)
}

/** The same for a list that has no defaults. */
export function explode(acl: string): string {
  return `(select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
    'grantee', case g.grantee when 0 then '' else pg_catalog.pg_get_userbyid(g.grantee)::text end,
    'grantor', pg_catalog.pg_get_userbyid(g.grantor)::text,
    'privilege', g.privilege_type, 'grantable', g.is_grantable)), '[]'::json) from pg_catalog.aclexplode(${acl}) g)`
}
