import { randomUUID } from 'node:crypto'
import type { Organization, Upheld } from 'upheld'
import { refuse } from '../errors.ts'
import type { Principal, Scope } from './permissions.ts'
import { hashSecret, newCredential, readCredential, writeCredential } from './secrets.ts'

const bearer = /^Bearer desk_([0-9A-Za-z_-]{76})$/

/** The caller of the API: the key names its organization, and its secret is compared in there only. */
export async function openKey(
  upheld: Upheld,
  authorization: string | null,
): Promise<{ readonly organization: Organization; readonly principal: Principal }> {
  if (authorization === null) throw refuse.key_missing()
  const given = readCredential(bearer.exec(authorization)?.[1] ?? '')
  if (given === undefined) throw refuse.key_refused()
  const organization = upheld.organization(given.organizationId)
  const [key] = await organization.sql<{ id: string; scopes: string[] }>`
    with open as (
      select id, scopes, last_used_at from desk.api_key
      where secret_hash = decode(${hashSecret(given.secret)}, 'hex') and revoked_at is null
    ), used as (
      update desk.api_key set last_used_at = now() from open
      where api_key.id = open.id
        and (open.last_used_at is null or open.last_used_at < now() - interval '1 minute')
    )
    select id, scopes from open`
  if (key === undefined) throw refuse.key_refused()
  return {
    organization: organization.as({ type: 'api-key', id: key.id, purpose: 'support-desk', request: randomUUID() }),
    principal: { kind: 'key', ...key },
  }
}

/** The key in full: shown once, then only its hash is known. */
export async function newKey(
  organization: Organization,
  key: { readonly name: string; readonly scopes: readonly Scope[]; readonly createdBy: string },
): Promise<string> {
  const credential = newCredential(organization.id)
  await organization.sql`
    insert into desk.api_key (organization_id, name, secret_hash, scopes, created_by)
    values (
      ${organization.id}, ${key.name}, decode(${hashSecret(credential.secret)}, 'hex'),
      array(select jsonb_array_elements_text(${JSON.stringify(key.scopes)}::jsonb)), ${key.createdBy}
    )`
  return `desk_${writeCredential(credential)}`
}

export interface KeyRow {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly created_by_name: string
  readonly created_at: Date
  readonly last_used_at: Date | null
  readonly revoked_at: Date | null
}

export function listKeys(organization: Organization): Promise<KeyRow[]> {
  return organization.sql<KeyRow>`
    select
      api_key.id, api_key.name, api_key.scopes, member.name as created_by_name,
      api_key.created_at, api_key.last_used_at, api_key.revoked_at
    from desk.api_key
    join desk.member on member.organization_id = api_key.organization_id and member.id = api_key.created_by
    order by api_key.created_at desc, api_key.id
    limit 200`
}

export async function revokeKey(organization: Organization, id: string): Promise<boolean> {
  const revoked = await organization.sql`
    update desk.api_key set revoked_at = coalesce(revoked_at, now()) where id = ${id} returning id`
  return revoked.length === 1
}
