import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { recordEvent } from '../../foundation/audit/index.ts'
import type { Organization, Tenancy } from '../../foundation/tenancy/index.ts'
import type { Access } from '../access/index.ts'
import { refuse } from './errors.ts'
import { hashOf, recognizeKey, writeKey } from './key-form.ts'
import { tellOfLeak } from './letters.ts'
import { makerColumns, makerOf, makerRow } from './maker.ts'
import { plainNetwork } from '../../core/network.ts'
import { opener, type Opener } from './open.ts'

/** A member who acts: their id comes from a verified session, never from what was sent. */
export interface ActingMember {
  readonly memberId: string
  /** Ties together what one request did, in the audit log. */
  readonly request?: string
}

/** One key as it is shown: everything but the key. */
export interface ListedKey {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  /** In CIDR notation; empty is everywhere. */
  readonly networks: readonly string[]
  readonly madeBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
  /** At most a minute old. */
  readonly usedAt: Date | undefined
  readonly revoked: { readonly at: Date; readonly why: 'asked' | 'leaked' | 'review' } | undefined
}

const wantedForm = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'no control characters'),
  scopes: z.array(z.string().min(1).max(100)).min(1).max(100).readonly(),
  /** From 1 to 365. */
  days: z.int().min(1).max(365),
  networks: z
    .array(z.string().refine(text => plainNetwork(text) !== undefined, 'not an address or a network'))
    .max(50)
    .readonly()
    .optional(),
})
export type WantedKey = z.input<typeof wantedForm>

export interface KeyPorts {
  /** Of the login of identity. */
  readonly tenancy: Pick<Tenancy, 'organization'>
  /** Of the application: what an opened key is handed. */
  readonly application: Pick<Tenancy, 'organization'>
  readonly access: Access
  readonly clock: Clock
}

export interface ApiKeys extends Opener {
  /**
   * A new key, shown this once. Its scopes are what its maker may do and what keys may do at all; none of them is added
   * later.
   * @throws keys.bad_request, not_a_member, scope_refused, too_many
   */
  create(
    organization: OrganizationId,
    by: ActingMember,
    wanted: WantedKey,
  ): Promise<{ readonly id: string; readonly key: string; readonly expiresAt: Date }>
  /** The newest first, the revoked and expired ones too; at most 1,000. */
  list(organization: OrganizationId): Promise<readonly ListedKey[]>
  /** Ends it at once, for good. @throws keys.not_found */
  revoke(organization: OrganizationId, by: ActingMember, id: string): Promise<void>
  /**
   * Whoever found a key reports it with the key itself, so nobody ends a key that they do not hold. Answers in the same
   * way whether there was one; true only when this call ended it.
   */
  reportLeaked(text: string, where: string): Promise<boolean>
}

/** Keys of one organization that work at the same time. */
const keysMax = 500

export function apiKeys(ports: KeyPorts): ApiKeys {
  const { tenancy, clock } = ports
  const actingFor = (id: OrganizationId, { memberId, request }: ActingMember): Organization =>
    tenancy
      .organization(id)
      .as({ type: 'member', id: memberId, purpose: 'api-keys', ...(request === undefined ? {} : { request }) })

  return Object.freeze({
    ...opener(ports),
    create: (organization: OrganizationId, by: ActingMember, wanted: WantedKey) =>
      create(ports, actingFor(organization, by), by.memberId, wanted),
    list: (organization: OrganizationId) => list(tenancy.organization(organization)),
    async revoke(organization: OrganizationId, by: ActingMember, id: string) {
      if (!z.uuid().safeParse(id).success) throw refuse.not_found()
      const rows = await actingFor(organization, by).sql`
        update upheld_access.api_key set revoked_at = ${clock.now()}, revoked_by = ${by.memberId}, revoked_why = 'asked'
        where organization_id = ${organization} and id = ${id} and revoked_at is null returning id`
      if (rows.length === 0) throw refuse.not_found()
    },
    async reportLeaked(text: string, where: string) {
      const known = recognizeKey(text)
      if (known === undefined) return false
      const actor = { type: 'application', id: 'leak-report', purpose: 'leaked-key' } as const
      return tenancy
        .organization(known.organizationId)
        .as(actor)
        .transaction(async tx => {
          const [row] = await tx.sql<{ id: string }>`
            update upheld_access.api_key set revoked_at = ${clock.now()}, revoked_by = 'leak-report', revoked_why = 'leaked'
            where organization_id = ${known.organizationId} and hash = ${hashOf(text)} and revoked_at is null returning id`
          if (row === undefined) return false
          const target = { type: 'api-key', id: row.id }
          await recordEvent(tx, { action: 'api-key.leaked', targets: [target], detail: { where: plainWords(where) } })
          await tellOfLeak(tx, { id: known.organizationId }, { id: row.id, now: clock.now() })
          return true
        })
    },
  } satisfies ApiKeys)
}

async function create({ access, clock }: KeyPorts, organization: Organization, memberId: string, wanted: WantedKey) {
  const read = wantedForm.safeParse(wanted)
  if (!read.success) throw refuse.bad_request({ detail: z.prettifyError(read.error).replaceAll('\n', ' ') })
  if (!z.uuid().safeParse(memberId).success) throw refuse.not_a_member()
  const { name, scopes, days, networks = [] } = read.data
  const now = clock.now()
  const expiresAt = new Date(now.getTime() + days * 86_400_000)
  const key = writeKey(organization.id)
  const id = randomUUID()
  await organization.transaction(async tx => {
    // Held until the end: whoever takes a role away meanwhile waits, or was first.
    const rows = await tx.query(
      `select ${makerColumns('$3')} from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
       where m.organization_id = $1 and m.id = $2 for share of m`,
      [organization.id, memberId, now],
    )
    const [row] = z.array(makerRow).parse(rows)
    const maker = row === undefined ? undefined : makerOf(row)
    if (maker === undefined) throw refuse.not_a_member()
    const set = access.setOf(maker, now)
    const allowed = (scope: string): boolean => access.permissions[scope]?.keys === true && set.may(scope)
    if (!set.may('organization.keys') || !scopes.every(allowed)) {
      throw refuse.scope_refused({ detail: scopes.filter(scope => !allowed(scope)).join(' ') })
    }
    // One at a time, or two at once would both be the last that there is room for.
    await tx.sql`select from upheld_access.account where organization_id = ${organization.id} for no key update`
    const made = await tx.sql`
      insert into upheld_access.api_key (organization_id, id, name, hash, scopes, networks, made_by, created_at, expires_at)
      select ${organization.id}, ${id}, ${name}, ${hashOf(key)}, ${[...new Set(scopes)]},
        coalesce((select array_agg(network(n::inet)) from unnest(${networks.map(plainNetwork)}::text[]) n), '{}'),
        ${memberId}, ${now}::timestamptz, ${expiresAt}
      where (select count(*) from upheld_access.api_key k
        where k.organization_id = ${organization.id} and k.revoked_at is null and k.expires_at > ${now}::timestamptz) < ${keysMax}
      returning id`
    if (made.length === 0) throw refuse.too_many({ detail: `At most ${keysMax}.` })
  })
  return Object.freeze({ id, key, expiresAt })
}

async function list(organization: Organization): Promise<readonly ListedKey[]> {
  const rows = await organization.sql<ListedRow>`
    select id, name, scopes, networks::text[] as networks, made_by, created_at, expires_at, used_at, revoked_at, revoked_why
    from upheld_access.api_key where organization_id = ${organization.id} order by created_at desc, id limit 1000`
  return rows.map(row =>
    Object.freeze({
      id: row.id,
      name: row.name,
      scopes: row.scopes,
      networks: row.networks,
      madeBy: row.made_by,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      usedAt: row.used_at ?? undefined,
      revoked: row.revoked_at === null ? undefined : { at: row.revoked_at, why: row.revoked_why ?? 'asked' },
    }),
  )
}

interface ListedRow {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly networks: readonly string[]
  readonly made_by: string
  readonly created_at: Date
  readonly expires_at: Date
  readonly used_at: Date | null
  readonly revoked_at: Date | null
  readonly revoked_why: 'asked' | 'leaked' | 'review' | null
}

/** What a stranger wrote of where it was found: letters, digits and the marks of an address, 200 of them. */
function plainWords(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9 .:/_-]/g, ' ').slice(0, 200)
}
