import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Address } from '../../core/ports.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization, Statements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { SsoPorts } from './ports.ts'
import type { Providers } from './provider.ts'

const word = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}]*$/u, 'no control characters')

const connectionForm = z.strictObject({
  name: word(100),
  issuer: z
    .url({ protocol: /^https$/ })
    .max(500)
    .refine(text => !/[?#@]/.test(text), 'no query, no fragment, no user'),
  clientId: word(500),
  clientSecret: word(1_000).min(8),
  clientMethod: z.enum(['client_secret_basic', 'client_secret_post']).default('client_secret_basic'),
  /** What the provider says when it asked for a second factor: `amr:` or `acr:` and the value (RFC 8176, OpenID Connect). */
  secondFactor: z
    .array(word(200).regex(/^(amr|acr):./))
    .max(20)
    .default(['amr:mfa']),
  /** Whether somebody with a proven address in a proven domain becomes a member by signing in. */
  provision: z.boolean().default(false),
  /** What such a member becomes. Never owner. */
  roles: z
    .array(word(100))
    .max(20)
    .refine(roles => !roles.includes('owner'), 'nobody becomes an owner by signing in')
    .default([]),
})

export type NewConnection = z.input<typeof connectionForm>

/** A connection as it may be shown: without its secret. */
export interface Connection {
  readonly id: string
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  readonly clientMethod: 'client_secret_basic' | 'client_secret_post'
  readonly secondFactor: readonly string[]
  readonly provision: boolean
  readonly roles: readonly string[]
  readonly disabledAt: Date | undefined
}

export interface Connections {
  /**
   * Nothing is kept before its provider was asked and found fit.
   * @throws sso.not_allowed, bad_connection, role_refused, too_many, provider_*
   */
  register(organization: Organization, memberId: string, connection: NewConnection): Promise<Connection>
  list(organization: Organization): Promise<readonly Connection[]>
  /** Nobody signs in by it any more, and whoever did has to sign in anew. @throws sso.not_allowed, unknown_connection */
  disable(organization: Organization, memberId: string, id: string): Promise<void>
}

const connectionsMax = 20
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const rowForm = z
  .object({
    id: z.string(),
    name: z.string(),
    issuer: z.string(),
    client_id: z.string(),
    client_method: z.enum(['client_secret_basic', 'client_secret_post']),
    second_factor: z.array(z.string()),
    provision: z.boolean(),
    roles: z.array(z.string()),
    disabled_at: z.date().nullable(),
  })
  .transform(row =>
    Object.freeze({
      id: row.id,
      name: row.name,
      issuer: row.issuer,
      clientId: row.client_id,
      clientMethod: row.client_method,
      secondFactor: row.second_factor,
      provision: row.provision,
      roles: row.roles,
      disabledAt: row.disabled_at ?? undefined,
    } satisfies Connection),
  )

export function openConnections({ may, mayGive, sealing, clock }: SsoPorts, providers: Providers): Connections {
  const asked = async (organization: Organization, memberId: string): Promise<Organization> => {
    if (!(await may(organization, memberId))) throw refuse.not_allowed()
    return organization.as({ type: 'member', id: memberId, purpose: 'sso' })
  }
  return Object.freeze({
    async register(organization: Organization, memberId: string, given: NewConnection) {
      const acting = await asked(organization, memberId)
      const parsed = connectionForm.safeParse(given)
      if (!parsed.success) throw refuse.bad_connection({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
      const { clientSecret, ...connection } = parsed.data
      await providers.examine(connection.issuer)
      const id = randomUUID()
      const secret = Buffer.from(await sealing.seal(organization.id, placeOf(id), clientSecret))
      await acting.transaction(async tx => {
        const [all] = await tx.sql<{ count: number }>`select count(*)::int as count from upheld_access.sso_connection`
        if ((all?.count ?? 0) >= connectionsMax) throw refuse.too_many()
        if (!(await mayGive(tx, memberId, await givenBy(tx, memberId, connection)))) throw refuse.role_refused()
        await tx.sql`insert into upheld_access.sso_connection (organization_id, id, name, issuer, client_id, client_secret,
            client_method, second_factor, provision, roles, created_by, created_at)
          values (${organization.id}, ${id}, ${connection.name}, ${connection.issuer}, ${connection.clientId}, ${secret},
            ${connection.clientMethod}, ${connection.secondFactor}, ${connection.provision}, ${connection.roles}, ${memberId},
            ${clock.now()})`
      })
      return Object.freeze({ id, ...connection, disabledAt: undefined })
    },
    async list(organization: Organization) {
      const rows =
        await organization.sql`select id, name, issuer, client_id, client_method, second_factor, provision, roles,
        disabled_at from upheld_access.sso_connection order by created_at, id`
      return rows.map(row => rowForm.parse(row))
    },
    async disable(organization: Organization, memberId: string, id: string) {
      const acting = await asked(organization, memberId)
      if (!uuidForm.test(id)) throw refuse.unknown_connection()
      // Its sessions end with it, in the database: see 070-sso.sql.
      const ended = await acting.sql`update upheld_access.sso_connection set disabled_at = ${clock.now()}
        where id = ${id} and disabled_at is null returning id`
      if (ended.length === 0) throw refuse.unknown_connection()
    },
  })
}

/**
 * Roles that somebody gets by signing in: those of the connection; and by a provider that brings people, also those of
 * whom the directory made and nobody used yet. Whoever gives them is held meanwhile: they lose nothing until it is done.
 */
async function givenBy(
  tx: Statements,
  memberId: string,
  { provision, roles }: Pick<Connection, 'provision' | 'roles'>,
): Promise<readonly string[]> {
  await tx.sql`select id from upheld_access.member where id::text = ${memberId} for share`
  if (!provision) return roles
  const mapped = await tx.sql<{ role: string }>`
    select distinct role from upheld_access.scim_group where role is not null`
  return [...new Set([...roles, ...mapped.map(({ role }) => role)])]
}

/** A connection in use. @throws sso.unknown_connection, also for one of another organization, or one that is ended */
export async function liveConnection(statements: Statements, id: string): Promise<Connection> {
  if (!uuidForm.test(id)) throw refuse.unknown_connection()
  const [row] = await statements.sql`select id, name, issuer, client_id, client_method, second_factor, provision, roles,
    disabled_at from upheld_access.sso_connection where id = ${id} and disabled_at is null`
  if (row === undefined) throw refuse.unknown_connection()
  return rowForm.parse(row)
}

/** The client secret, opened for the one call that needs it. */
export async function clientSecretOf(
  { sealing }: Pick<SsoPorts, 'sealing'>,
  statements: Statements,
  organization: OrganizationId,
  id: string,
): Promise<string> {
  const [row] =
    await statements.sql`select client_secret::bytea as secret from upheld_access.sso_connection where id = ${id}`
  const secret = row?.['secret']
  if (!(secret instanceof Uint8Array)) throw refuse.unknown_connection()
  return (await sealing.open(organization, placeOf(id), secret)).reveal()
}

function placeOf(id: string): Address {
  return { table: 'upheld_access.sso_connection', column: 'client_secret', row: id }
}
