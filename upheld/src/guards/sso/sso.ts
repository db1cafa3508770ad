import type { IDToken } from 'openid-client'
import { z } from 'zod'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import { organizationsOfDomain } from '../domains/index.ts'
import { claimOnce, issueOnce } from '../once/index.ts'
import { digestOf, isSameBrowser } from './browser.ts'
import { openConnections, type Connection, type Connections } from './connections.ts'
import { refuse } from './errors.ts'
import { arrive, depart, type Callback, type Departure } from './flow.ts'
import {
  adopt,
  endProviderSessions,
  isElsewhere,
  linkedMembers,
  linkIdentity,
  memberOf,
  provision,
  type Found,
  type LinkedIdentity,
  type Upstream,
} from './identities.ts'
import { parseOptions, type Options, type SsoOptions } from './options.ts'
import type { SsoPorts } from './ports.ts'
import { openProviders } from './provider.ts'

interface Known {
  readonly outcome: 'known'
  readonly personId: string
  readonly memberId: string
  /** What a session may note. `sso-mfa` only when the provider said what this connection takes for a second factor. */
  readonly methods: readonly ['sso'] | readonly ['sso-mfa']
  /** When the provider asked them; undefined when it does not say, and then nothing is known of it. */
  readonly provenAt: Date | undefined
}

interface Unknown {
  readonly outcome: 'unknown'
  /** For whoever signs in another way, in this browser, and wants to come this way from then on. Works once. */
  readonly ticket: string
}

/** What came of a sign-in at a provider. The caller begins the session, for this organization. */
export type SignedIn = (Known | Unknown) & {
  readonly organizationId: OrganizationId
  readonly connectionId: string
  readonly returnTo: string | undefined
}

/** Somebody who is signed in, has just proven it, and wants to sign in by their provider from now on. */
export interface Link {
  readonly ticket: string
  readonly cookie: string | undefined
  readonly personId: string
  /** When they proved who they are. */
  readonly provenAt: Date
}

export interface Sso {
  readonly connections: Connections
  /** Where somebody with this address may sign in: organizations that proved its domain. Nobody is looked for. */
  homesOf(email: string): Promise<readonly OrganizationId[]>
  /** @throws sso.unknown_connection, provider_unavailable, provider_unfit */
  begin(
    organization: Organization,
    wanted: { readonly connectionId: string; readonly returnTo?: string; readonly maxAgeSecs?: number },
  ): Promise<Departure>
  /** @throws sso.refused, no_member, elsewhere, unknown_connection, provider_unavailable, provider_unfit */
  finish(callback: Callback): Promise<SignedIn>
  /** @throws sso.step_up, refused, no_member, already_linked */
  link(link: Link): Promise<void>
  /** Who signs in by a provider here. */
  linked(organization: Organization): Promise<readonly LinkedIdentity[]>
  /** The next sign-in by this provider is one of nobody, and what began by it ends. @throws sso.not_allowed */
  unlink(organization: Organization, memberId: string, ofMemberId: string): Promise<void>
}

const linkKind = 'sso-link'
const waitingForm = z.object({
  organization: z.string(),
  connection: z.string(),
  issuer: z.string(),
  subject: z.string(),
  browser: z.string(),
})

/** Sign-in at the provider of an organization, by OpenID Connect. @throws sso.bad_options */
export function openSso(ports: SsoPorts, given: SsoOptions): Sso {
  const options = parseOptions(given)
  const providers = openProviders(ports, options)
  const all = { ...ports, providers }
  return Object.freeze({
    connections: openConnections(ports, providers),
    homesOf: (email: string) => organizationsOfDomain(ports.database, email, ports.clock.now()),
    begin: (organization: Organization, wanted: Parameters<Sso['begin']>[1]) =>
      depart(all, options, organization, wanted),
    async finish(callback: Callback) {
      const { organization, connection, claims, returnTo } = await arrive(all, options, callback)
      const said: Upstream = {
        issuer: claims.iss,
        subject: claims.sub,
        email: claims['email'],
        emailVerified: claims['email_verified'],
        name: claims['name'],
      }
      const place = { organizationId: organization.id, connectionId: connection.id, returnTo }
      const found = await foundOrMade(organization, connection, said, ports.clock.now(), options)
      if (found === undefined) {
        const ticket = await ticketFor(ports, options, place, said, callback.cookie ?? '')
        return Object.freeze({ outcome: 'unknown' as const, ticket, ...place })
      }
      const provenAt = typeof claims.auth_time === 'number' ? new Date(claims.auth_time * 1000) : undefined
      return Object.freeze({
        outcome: 'known' as const,
        ...found,
        methods: methodsOf(connection, claims),
        provenAt,
        ...place,
      })
    },
    link: (link: Link) => linked(ports, options, link),
    linked: linkedMembers,
    async unlink(organization: Organization, memberId: string, ofMemberId: string) {
      if (!(await ports.may(organization, memberId))) throw refuse.not_allowed()
      await organization.as({ type: 'member', id: memberId, purpose: 'sso' }).transaction(async tx => {
        const [member] = await tx.sql<{ person_id: string }>`
          select person_id from upheld_access.member where id::text = ${ofMemberId}`
        if (member === undefined) return
        await tx.sql`delete from upheld_identity.sso_identity
          where organization_id = ${organization.id} and person_id = ${member.person_id}`
        await endProviderSessions(tx, organization.id, member.person_id)
      })
    },
  })
}

/** Weakest is assumed of what a provider does not say (ASVS 6.8.4). */
function methodsOf({ secondFactor }: Connection, claims: IDToken): Known['methods'] {
  const given: unknown = claims['amr']
  const amr: unknown[] = Array.isArray(given) ? given : []
  const acr: unknown = claims['acr']
  const said = [...amr.map(one => `amr:${String(one)}`), `acr:${typeof acr === 'string' ? acr : ''}`]
  return said.some(one => secondFactor.includes(one)) ? ['sso-mfa'] : ['sso']
}

async function foundOrMade(
  organization: Organization,
  connection: Connection,
  said: Upstream,
  now: Date,
  { severalOrganizations }: Options,
): Promise<Found | undefined> {
  const acting = organization.as({ type: 'application', id: 'sso', purpose: 'sso' })
  return acting.transaction(async tx => {
    const found =
      (await memberOf(tx, said, now)) ??
      (await adopt(tx, organization.id, connection, said, now)) ??
      (await provision(tx, organization.id, connection, said, now))
    const bound = severalOrganizations === 'dangerously-allow' || found === undefined
    if (!bound && (await isElsewhere(tx, organization.id, found.personId))) throw refuse.elsewhere()
    const anHourAgo = new Date(now.getTime() - 3_600_000)
    await tx.sql`update upheld_access.sso_connection set used_at = ${now}
      where id = ${connection.id} and (used_at is null or used_at < ${anHourAgo})`
    return found
  })
}

async function ticketFor(
  { database, clock }: SsoPorts,
  { linkSecsMax }: Options,
  {
    organizationId: organization,
    connectionId,
  }: { readonly organizationId: OrganizationId; readonly connectionId: string },
  { issuer, subject }: Upstream,
  cookie: string,
): Promise<string> {
  const { secret } = await issueOnce(
    database,
    {
      kind: linkKind,
      owner: `sso:${connectionId}`,
      lifeSecs: linkSecsMax,
      subject: { organization, connection: connectionId, issuer, subject, browser: digestOf(cookie) },
    },
    clock.now(),
  )
  return secret
}

/** The identity on the ticket and no other (R19), in the browser that brought it, to somebody who belongs there. */
async function linked({ database, clock, tenancy }: SsoPorts, { stepUpSecsMax }: Options, link: Link): Promise<void> {
  const now = clock.now()
  const ageMs = now.getTime() - link.provenAt.getTime()
  if (!(ageMs >= 0 && ageMs <= stepUpSecsMax * 1000)) throw refuse.step_up()
  const claimed = await claimOnce(database, linkKind, link.ticket, now)
  if (claimed === undefined) throw refuse.refused({ detail: 'a ticket that is unknown, over or used' })
  const waiting = waitingForm.parse(claimed.subject)
  if (!isSameBrowser(link.cookie, waiting.browser)) throw refuse.refused({ detail: 'another browser' })
  const organization = tenancy.organization(organizationId(waiting.organization))
  const [member] = await organization.sql<{ id: string }>`
    select id from upheld_access.member where person_id = ${link.personId} and suspended_at is null`
  if (member === undefined) throw refuse.no_member()
  const [live] = await organization.sql`select id from upheld_access.sso_connection
    where id = ${waiting.connection} and disabled_at is null`
  if (live === undefined) throw refuse.unknown_connection()
  const acting = organization.as({ type: 'member', id: member.id, purpose: 'sso' })
  const { issuer, subject } = waiting
  await linkIdentity(
    acting,
    { organization: organization.id, issuer, subject },
    { personId: link.personId, source: 'link' },
    now,
  )
}
