import assert from 'node:assert/strict'
import { openDomains } from '../../src/guards/domains/index.ts'
import { openScim, type Scim, type ScimPorts } from '../../src/guards/scim/index.ts'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

export const baseUrl = 'https://desk.example/scim/v2'
export const core = 'urn:ietf:params:scim:schemas:core:2.0'
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/** What the directory hears. */
interface Heard {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** An organization with an owner and a directory that holds a token. */
export interface Tenant {
  readonly organization: Organization
  readonly ownerId: string
  readonly ownerPersonId: string
  readonly token: string
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Heard>
  /** A new user. Answers with the identifier. */
  user(values: Readonly<Record<string, unknown>>): Promise<string>
  /** The member behind a user, as the row has it. */
  member(
    userId: string,
  ): Promise<
    { readonly id: string; readonly roles: string[]; readonly suspended: boolean; readonly email: string } | undefined
  >
}

export interface ScimStage {
  readonly people: TestPeople
  readonly scim: Scim
  readonly faults: unknown[]
  /** Who may set directories up, each with the roles that they may not give. */
  readonly managers: Map<string, readonly string[]>
  tenant(name: string, provenDomain?: string): Promise<Tenant>
  close(): Promise<void>
}

export function asObject(given: unknown): Readonly<Record<string, unknown>> {
  assert.ok(typeof given === 'object' && given !== null)
  return Object.fromEntries(Object.entries(given))
}

export function asList(given: unknown): readonly Readonly<Record<string, unknown>>[] {
  assert.ok(Array.isArray(given))
  return given.map(asObject)
}

export async function ask(
  scim: Scim,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Heard> {
  const response = await scim.handle(
    new Request(`https://anywhere.example/scim/v2${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  )
  const text = await response.text()
  if (text !== '') assert.match(response.headers.get('content-type') ?? '', /^application\/scim\+json/)
  const read: unknown = text === '' ? {} : JSON.parse(text)
  return { status: response.status, headers: response.headers, body: asObject(read) }
}

export async function scimStage(): Promise<ScimStage> {
  const people = await testPeople()
  const { tenancy, clock } = people
  const managers = new Map<string, readonly string[]>()
  const may = async (_: Organization, memberId: string): Promise<boolean> => managers.has(memberId)
  const mayGive: ScimPorts['mayGive'] = async (_, memberId, roles) =>
    !roles.some(role => managers.get(memberId)?.includes(role) ?? true)
  const faults: unknown[] = []
  const scim = openScim(
    { tenancy, clock, may, mayGive, onFault: thrown => faults.push(thrown) },
    { baseUrl, roles: ['admin', 'agent'], bodyBytesMax: 65_536 },
  )
  const txt = new Map<string, string[]>()
  const domains = openDomains({ clock, may, resolveTxt: async name => txt.get(name) ?? [] })
  return Object.freeze({
    people,
    scim,
    faults,
    managers,
    async tenant(name: string, provenDomain?: string) {
      const ownerPersonId = await people.person(`owner@${name}.test`)
      const { organization, memberIds } = await people.organization(name, [
        { personId: ownerPersonId, roles: ['owner'] },
      ])
      const [ownerId = ''] = memberIds
      managers.set(ownerId, [])
      if (provenDomain !== undefined) {
        const challenge = await domains.add(organization, ownerId, provenDomain)
        txt.set(challenge.name, [challenge.value])
        await domains.prove(organization, ownerId, provenDomain)
      }
      const { token } = await scim.issue(organization, ownerId, { name: 'directory' })
      const tenantAsk: Tenant['ask'] = (method, path, body, headers) => ask(scim, token, method, path, body, headers)
      return Object.freeze({
        organization,
        ownerId,
        ownerPersonId,
        token,
        ask: tenantAsk,
        async user(values: Readonly<Record<string, unknown>>) {
          const { status, body } = await tenantAsk('POST', '/Users', { schemas: [`${core}:User`], ...values })
          assert.equal(status, 201, JSON.stringify(body))
          return String(body['id'])
        },
        async member(userId: string) {
          const [row] = await organization.sql<{ id: string; roles: string[]; suspended: boolean; email: string }>`
            select m.id, m.roles, m.suspended_at is not null as suspended, p.email from upheld_access.scim_user u
            join upheld_access.member m on m.id = u.member_id join upheld_identity.person p on p.id = m.person_id
            where u.id = ${userId}`
          return row
        },
      } satisfies Tenant)
    },
    close: () => people.close(),
  })
}

export function patch(...operations: readonly unknown[]): Readonly<Record<string, unknown>> {
  return { schemas: [patchOp], Operations: operations }
}
