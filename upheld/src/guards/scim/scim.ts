import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { recordEvent } from '../../foundation/audit/index.ts'
import type { Organization, Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse, scimTypes } from './errors.ts'
import type { MayGive } from './giver.ts'
import { mapGroup, mappedGroups, type MappedGroup } from './mapping.ts'
import { parseOptions, type Options, type ScimOptions } from './options.ts'
import { paced } from './pace.ts'
import { answer, assertResource, type Answer } from './route.ts'
import { directoryOf, issueToken, listTokens, revokeToken, type Directory, type Token } from './tokens.ts'

export interface ScimPorts {
  readonly tenancy: Pick<Tenancy, 'organization'>
  readonly clock: Clock
  /** Whether this member may set up the directory now. Step-up is judged here too. */
  readonly may: (organization: Organization, memberId: string) => Promise<boolean>
  /** Asked in the transaction that gives them. */
  readonly mayGive: MayGive
  /** Hears of faults of our own, which the directory is not told. */
  readonly onFault?: (thrown: unknown) => void
}

export interface Scim {
  /** Roles that a group may give. */
  readonly roles: readonly string[]
  /** Everything below `/scim/v2`. Never throws. */
  handle(request: Request): Promise<Response>
  /**
   * The only copy of a new token. Whoever holds it puts people into groups, and so gives what the groups give.
   * @throws scim.not_allowed, bad_name, too_many, role_refused
   */
  issue(
    organization: Organization,
    memberId: string,
    token: { readonly name: string; readonly lifeDays?: number },
  ): Promise<{ readonly token: string; readonly id: string }>
  tokens(organization: Organization): Promise<readonly Token[]>
  /** From the next request on it is none. @throws scim.not_allowed, not_found */
  revoke(organization: Organization, memberId: string, id: string): Promise<void>
  /** The groups of the directory, by name, and the role that each gives. */
  groups(organization: Organization): Promise<readonly MappedGroup[]>
  /** What the users of a group become; undefined: nothing. @throws scim.not_allowed, bad_role, role_refused, not_found */
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
        const words = wordsOf(request)
        directory = await directoryOf(tenancy, request.headers.get('authorization'), clock.now())
        pace(directory.tokenId)
        return response(
          await answered(request, words, directory, { options, mayGive: ports.mayGive, now: clock.now() }),
        )
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
      const held = await acting(organization, memberId)
      return issueToken(held, { memberId, mayGive: ports.mayGive }, { name, lifeDays: days }, clock)
    },
    tokens: listTokens,
    groups: mappedGroups,
    roles: options.roles,
    async revoke(organization: Organization, memberId: string, id: string) {
      await revokeToken(await acting(organization, memberId), id, clock.now())
    },
    async mapGroup(organization: Organization, memberId: string, groupId: string, role: string | undefined) {
      const held = await acting(organization, memberId)
      if (role !== undefined && !options.roles.includes(role)) throw refuse.bad_role()
      await mapGroup(held, { memberId, mayGive: ports.mayGive }, { groupId, role }, clock.now())
    },
  })
}

async function answered(
  request: Request,
  words: readonly string[],
  { organization, makerId }: Directory,
  { options, mayGive, now }: { readonly options: Options; readonly mayGive: MayGive; readonly now: Date },
): Promise<Answer> {
  const { searchParams: query } = new URL(request.url)
  const version = /^(?:W\/)?"(\d{1,18})"$/.exec(request.headers.get('if-match') ?? '')?.[1]
  if (version === undefined && !['', '*'].includes(request.headers.get('if-match') ?? '')) throw refuse.changed()
  const giver = { memberId: makerId, mayGive }
  const context = { organization, options, giver, now, ...(version === undefined ? {} : { version }) }
  return answer({ request, method: request.method, words, query }, context)
}

/** The path below the root. @throws scim.too_large, not_found, bad_method */
function wordsOf(request: Request): readonly string[] {
  if (request.url.length > addressMax) throw refuse.too_large()
  const { pathname } = new URL(request.url)
  if (!pathname.startsWith(`${root}/`)) throw refuse.not_found()
  const words = pathname
    .slice(root.length + 1)
    .replace(/\/$/, '')
    .split('/')
    .map(decoded)
  assertResource(request.method, words)
  return words
}

/** A piece of a path: the colons of a URN may come in escapes. @throws scim.not_found */
function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece)
  } catch (cause) {
    throw refuse.not_found({ cause })
  }
}

/** Every fault as one of the table. What is refused for the sake of the last owner stands in the organization's log. */
async function judged(thrown: unknown, directory: Directory | undefined, { onFault }: ScimPorts): Promise<UpheldError> {
  if (thrown instanceof UpheldError && thrown.code === 'scim.owner_stays')
    await noteKept(directory, 'scim.owner-kept', onFault)
  if (thrown instanceof UpheldError && thrown.code.startsWith('scim.')) return thrown
  if (thrown instanceof UpheldError && thrown.code === 'core.bad_organization_id') return refuse.unauthorized()
  for (let one: unknown = thrown, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    if (one.message.includes('upheld: last_owner')) {
      await noteKept(directory, 'scim.last-owner-kept', onFault)
      return refuse.last_owner({ cause: thrown })
    }
    if ('code' in one && one.code === '23505') return refuse.not_unique({ cause: thrown })
  }
  onFault?.(thrown)
  return refuse.unavailable({ cause: thrown })
}

async function noteKept(
  directory: Directory | undefined,
  action: string,
  onFault: ScimPorts['onFault'],
): Promise<void> {
  if (directory === undefined) return
  try {
    await recordEvent(directory.organization, {
      action,
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
