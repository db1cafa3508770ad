import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { recordEvent } from '../../foundation/audit/index.ts'
import type { Organization, Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse, scimTypes } from './errors.ts'
import { parseOptions, type Options, type ScimOptions } from './options.ts'
import { paced } from './pace.ts'
import { answer, type Answer } from './route.ts'
import { settle } from './standing.ts'
import { directoryOf, issueToken, listTokens, revokeToken, type Directory, type Token } from './tokens.ts'

export interface ScimPorts {
  readonly tenancy: Pick<Tenancy, 'organization'>
  readonly clock: Clock
  /** Whether this member may set up the directory now. Step-up is judged here too. */
  readonly may: (organization: Organization, memberId: string) => Promise<boolean>
  /** Hears of faults of our own, which the directory is not told. */
  readonly onFault?: (thrown: unknown) => void
}

export interface Scim {
  /** Everything below `/scim/v2`. Never throws. */
  handle(request: Request): Promise<Response>
  /** The only copy of a new token. @throws scim.not_allowed, bad_name, too_many */
  issue(
    organization: Organization,
    memberId: string,
    token: { readonly name: string; readonly lifeDays?: number },
  ): Promise<{ readonly token: string; readonly id: string }>
  tokens(organization: Organization): Promise<readonly Token[]>
  /** From the next request on it is none. @throws scim.not_allowed, not_found */
  revoke(organization: Organization, memberId: string, id: string): Promise<void>
  /** What the users of a group become; undefined: nothing. @throws scim.not_allowed, bad_role, not_found */
  mapGroup(organization: Organization, memberId: string, groupId: string, role: string | undefined): Promise<void>
}

const mediaType = 'application/scim+json; charset=utf-8'
const root = '/scim/v2'
const addressMax = 8_192

/** The server side of SCIM 2.0 (RFC 7643, RFC 7644), for the directory of each organization. @throws scim.bad_options */
export function openScim(ports: ScimPorts, given: ScimOptions): Scim {
  const options = parseOptions(given)
  const { clock, tenancy } = ports
  const pace = paced(options.requestsPerMinute, clock)
  const acting = async (organization: Organization, memberId: string): Promise<Organization> => {
    if (!(await ports.may(organization, memberId))) throw refuse.not_allowed()
    return organization.as({ type: 'member', id: memberId, purpose: 'scim' })
  }
  return Object.freeze({
    async handle(request: Request) {
      let directory: Directory | undefined
      try {
        directory = await directoryOf(tenancy, request.headers.get('authorization'), clock.now())
        pace(directory.tokenId)
        return response(await answered(request, directory, options, clock.now()))
      } catch (thrown) {
        return refusal(await judged(thrown, directory, ports))
      }
    },
    async issue(
      organization: Organization,
      memberId: string,
      { name, lifeDays = 180 }: { readonly name: string; readonly lifeDays?: number },
    ) {
      const days = Math.min(Math.max(1, Math.trunc(lifeDays)), options.tokenDaysMax)
      return issueToken(await acting(organization, memberId), memberId, { name, lifeDays: days }, clock)
    },
    tokens: listTokens,
    async revoke(organization: Organization, memberId: string, id: string) {
      await revokeToken(await acting(organization, memberId), id, clock.now())
    },
    async mapGroup(organization: Organization, memberId: string, groupId: string, role: string | undefined) {
      await mapped(await acting(organization, memberId), groupId, role, options, clock.now())
    },
  })
}

async function answered(request: Request, { organization }: Directory, options: Options, now: Date): Promise<Answer> {
  if (request.url.length > addressMax) throw refuse.too_large()
  const { pathname, searchParams: query } = new URL(request.url)
  if (!pathname.startsWith(`${root}/`)) throw refuse.not_found()
  const words = pathname
    .slice(root.length + 1)
    .replace(/\/$/, '')
    .split('/')
  const version = /^(?:W\/)?"(\d{1,18})"$/.exec(request.headers.get('if-match') ?? '')?.[1]
  if (version === undefined && !['', '*'].includes(request.headers.get('if-match') ?? '')) throw refuse.changed()
  const context = { organization, options, now, ...(version === undefined ? {} : { version }) }
  return answer({ request, method: request.method, words, query }, context)
}

/** Owner is nothing that a directory can make, whoever maps it. */
async function mapped(
  organization: Organization,
  groupId: string,
  role: string | undefined,
  { roles }: Options,
  now: Date,
): Promise<void> {
  if (role !== undefined && !roles.includes(role)) throw refuse.bad_role()
  if (groupId.includes('\0')) throw refuse.not_found()
  await organization.transaction(async tx => {
    const found = await tx.sql`update upheld_access.scim_group set role = ${role ?? null}
      where id::text = ${groupId} returning id`
    if (found.length === 0) throw refuse.not_found()
    const users = await tx.sql<{ user_id: string }>`
      select user_id from upheld_access.scim_group_user where group_id = ${groupId} order by user_id`
    for (const { user_id: userId } of users) await settle(tx, organization.id, userId, now)
  })
}

/** Every fault as one of the table. What is refused for the sake of the last owner stands in the organization's log. */
async function judged(thrown: unknown, directory: Directory | undefined, { onFault }: ScimPorts): Promise<UpheldError> {
  if (thrown instanceof UpheldError && thrown.code.startsWith('scim.')) return thrown
  if (thrown instanceof UpheldError && thrown.code === 'core.bad_organization_id') return refuse.unauthorized()
  for (let one: unknown = thrown, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    if (one.message.includes('upheld: last_owner')) {
      await noteLastOwner(directory, onFault)
      return refuse.last_owner({ cause: thrown })
    }
    if ('code' in one && one.code === '23505') return refuse.not_unique({ cause: thrown })
  }
  onFault?.(thrown)
  return refuse.unavailable({ cause: thrown })
}

async function noteLastOwner(directory: Directory | undefined, onFault: ScimPorts['onFault']): Promise<void> {
  if (directory === undefined) return
  try {
    await recordEvent(directory.organization, {
      action: 'scim.last-owner-kept',
      outcome: 'denied',
      targets: [{ type: 'scim-token', id: directory.tokenId }],
    })
  } catch (thrown) {
    onFault?.(thrown)
  }
}

function response({ status, body, headers }: Answer): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { ...(body === undefined ? {} : { 'content-type': mediaType }), 'cache-control': 'no-store', ...headers },
  })
}

/** RFC 7644, section 3.12. */
function refusal({ code, status, publicMessage, detail, retryAfterMs }: UpheldError): Response {
  const scimType = scimTypes[code]
  return new Response(
    JSON.stringify({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      ...(scimType === undefined ? {} : { scimType }),
      detail: scimType === undefined || detail === undefined ? publicMessage : `${publicMessage} (${detail})`,
    }),
    {
      status,
      headers: {
        'content-type': mediaType,
        'cache-control': 'no-store',
        ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
        ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
      },
    },
  )
}
