import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { Organization, Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { Giver } from './giver.ts'
import { assertGivingMapped } from './mapping.ts'

/** A token as it may be shown: never again the token itself. */
export interface Token {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly usedAt: Date | undefined
  readonly revokedAt: Date | undefined
}

/** A directory that proved which organization it speaks for. */
export interface Directory {
  readonly organization: Organization
  readonly tokenId: string
  /** Who made the token: it gives what they may give at this moment, and no more. */
  readonly makerId: string
}

const tokensMax = 10
const tokenForm = /^uscim_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/
const nameForm = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}]*$/u)

const rowForm = z
  .object({
    id: z.string(),
    name: z.string(),
    created_at: z.date(),
    expires_at: z.date(),
    used_at: z.date().nullable(),
    revoked_at: z.date().nullable(),
  })
  .transform(row =>
    Object.freeze({
      id: row.id,
      name: row.name,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      usedAt: row.used_at ?? undefined,
      revokedAt: row.revoked_at ?? undefined,
    } satisfies Token),
  )

/** 256 random bits behind the organization in whose rows alone they are looked for. Answers with the only copy. */
export async function issueToken(
  organization: Organization,
  giver: Giver,
  { name, lifeDays }: { readonly name: string; readonly lifeDays: number },
  clock: Clock,
): Promise<{ readonly token: string; readonly id: string }> {
  if (!nameForm.safeParse(name).success) throw refuse.bad_name()
  const token = `uscim_${organization.id.replaceAll('-', '')}_${randomBytes(32).toString('base64url')}`
  const now = clock.now()
  const expiresAt = new Date(now.getTime() + lifeDays * 86_400_000)
  const id = await organization.transaction(async tx => {
    await assertGivingMapped(tx, giver)
    const [live] = await tx.sql<{ count: number }>`select count(*)::int as count from upheld_access.scim_token
      where revoked_at is null and expires_at > ${now}`
    if ((live?.count ?? 0) >= tokensMax) throw refuse.too_many()
    const [row] = await tx.sql<{ id: string }>`
      insert into upheld_access.scim_token (organization_id, name, hash, created_by, created_at, expires_at)
      values (${organization.id}, ${name}, ${hashOf(token)}, ${giver.memberId}, ${now}, ${expiresAt}) returning id`
    return row?.id ?? ''
  })
  return Object.freeze({ token, id })
}

export async function listTokens(organization: Organization): Promise<readonly Token[]> {
  const rows = await organization.sql`select id, name, created_at, expires_at, used_at, revoked_at
    from upheld_access.scim_token order by created_at, id`
  return rows.map(row => rowForm.parse(row))
}

export async function revokeToken(organization: Organization, id: string, now: Date): Promise<void> {
  if (id.includes('\0')) throw refuse.not_found()
  const ended = await organization.sql`update upheld_access.scim_token set revoked_at = ${now}
    where id::text = ${id} and revoked_at is null returning id`
  if (ended.length === 0) throw refuse.not_found()
}

/** Whose token a request brought. @throws scim.unauthorized, which does not tell why */
export async function directoryOf(
  tenancy: Pick<Tenancy, 'organization'>,
  header: string | null,
  now: Date,
): Promise<Directory> {
  const token = /^Bearer ([\w-]{1,200})$/i.exec(header ?? '')?.[1] ?? ''
  const parts = tokenForm.exec(token)
  if (parts === null) throw refuse.unauthorized()
  const organization = tenancy.organization(parts.slice(1).join('-'))
  const hash = hashOf(token)
  const [row] = await organization.sql<{ id: string; used_at: Date | null; created_by: string }>`
    select id, used_at, created_by from upheld_access.scim_token
    where hash = ${hash} and revoked_at is null and expires_at > ${now}`
  if (row === undefined) throw refuse.unauthorized()
  const acting = organization.as({ type: 'api-key', id: row.id, purpose: 'scim' })
  if (row.used_at === null || now.getTime() - row.used_at.getTime() > 3_600_000) {
    await acting.sql`update upheld_access.scim_token set used_at = ${now} where id = ${row.id}`
  }
  return Object.freeze({ organization: acting, tokenId: row.id, makerId: row.created_by })
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
