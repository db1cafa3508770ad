import { existsSync, readdirSync } from 'node:fs'
import type { TestPlatform } from '../../src/testing/index.ts'

/** Every place in which something of an organization is left: rows by table, people, keys, files. */
export async function leftOf({ admin, custody }: TestPlatform, organization: string): Promise<readonly string[]> {
  const { rows } = await admin.query(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
     where c.relkind in ('r', 'p') and n.nspname in ('desk', 'upheld_access', 'upheld_identity', 'upheld_guard') order by 1`,
  )
  const left: string[] = []
  for (const { name } of rows) {
    const found = await admin.query(`select 1 from ${String(name)} where organization_id = $1`, [organization])
    if (found.rowCount !== 0) left.push(String(name))
  }
  const host = `%${organization.replaceAll('-', '')}.invalid`
  for (const [name, column] of [
    ['person', 'email'],
    ['mail', 'recipient'],
    ['sign_up', 'email'],
  ] as const) {
    const found = await admin.query(`select 1 from upheld_identity.${name} where ${column} like $1`, [host])
    if (found.rowCount !== 0) left.push(name)
  }
  const told = await admin.query(
    'select 1 from upheld_audit.disclosure where organization_id = $1 and value is not null',
    [organization],
  )
  if (told.rowCount !== 0) left.push('values in the audit log')
  const folder = custody.objects?.folder
  if (folder !== undefined && existsSync(folder)) {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    if (files.some(file => file.isFile() && `${file.parentPath}/${file.name}`.includes(organization)))
      left.push('files')
  }
  return left
}
