import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import type { Queryable } from '../../core/ports.ts'
import type { Organization, Statements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'

export interface DomainPorts {
  readonly clock: Clock
  /** The texts of the TXT records of a name, each joined of its parts; none when there is no such name. */
  readonly resolveTxt: (name: string) => Promise<readonly string[]>
  /** Whether this member may change domains now. Step-up is judged here too. */
  readonly may: (organization: Organization, memberId: string) => Promise<boolean>
}

/** A record that the owner of the domain adds to the DNS. */
export interface Challenge {
  readonly name: string
  readonly type: 'TXT'
  readonly value: string
}

/** A domain as its organization sees it. */
export interface ListedDomain {
  readonly domain: string
  readonly challenge: Challenge
  /** When the DNS last said so, and until when that counts; undefined when it never did, or too long ago. */
  readonly proven: { readonly at: Date; readonly until: Date } | undefined
}

export interface Domains {
  /** Says what the DNS has to say. Asked again, the same. @throws domains.not_allowed, bad_domain, too_many */
  add(organization: Organization, memberId: string, domain: string): Promise<Challenge>
  /** Looks into the DNS, now. @throws domains.not_allowed, unknown, not_proven */
  prove(organization: Organization, memberId: string, domain: string): Promise<void>
  /** By name, each with the record that proves it. */
  list(organization: Organization): Promise<readonly ListedDomain[]>
  /** @throws domains.not_allowed, unknown */
  remove(organization: Organization, memberId: string, domain: string): Promise<void>
}

const domainsMax = 50
/** A domain can be sold: what was proven longer ago is proven no more. */
export const proofDaysMax = 90

const domainForm = /^(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

export function openDomains({ clock, resolveTxt, may }: DomainPorts): Domains {
  const asked = async (organization: Organization, memberId: string, domain: string): Promise<Organization> => {
    if (!(await may(organization, memberId))) throw refuse.not_allowed()
    if (!domainForm.test(domain)) throw refuse.bad_domain()
    return organization.as({ type: 'member', id: memberId, purpose: 'domains' })
  }
  return Object.freeze({
    async add(organization: Organization, memberId: string, domain: string) {
      const acting = await asked(organization, memberId, domain)
      const challenge = await acting.transaction(async tx => {
        const known = await challengeIn(tx, domain)
        if (known !== undefined) return known
        const [all] = await tx.sql<{ count: number }>`
          select count(*)::int as count from upheld_access.domain`
        if ((all?.count ?? 0) >= domainsMax) throw refuse.too_many()
        const made = randomBytes(32).toString('base64url')
        // Somebody may be adding the same one: then theirs is the challenge.
        await tx.sql`insert into upheld_access.domain (organization_id, name, challenge, created_at)
          values (${organization.id}, ${domain}, ${made}, ${clock.now()}) on conflict do nothing`
        const kept = await challengeIn(tx, domain)
        if (kept === undefined) throw refuse.unknown()
        return kept
      })
      return challengeOf(domain, challenge)
    },
    async prove(organization: Organization, memberId: string, domain: string) {
      const acting = await asked(organization, memberId, domain)
      const challenge = await challengeIn(acting, domain)
      if (challenge === undefined) throw refuse.unknown()
      const texts = await resolveTxt(`_upheld.${domain}`).catch((): readonly string[] => [])
      if (!texts.includes(`upheld-domain=${challenge}`)) throw refuse.not_proven()
      await acting.sql`update upheld_access.domain set proven_at = ${clock.now()}
        where name = ${domain} and challenge = ${challenge}`
    },
    async list(organization: Organization) {
      const now = clock.now()
      const rows = await organization.sql<{ name: string; challenge: string; proven_at: Date | null }>`
        select name, challenge, proven_at from upheld_access.domain order by name`
      return rows.map(({ name, challenge, proven_at: at }) => {
        const until = at === null ? undefined : new Date(at.getTime() + proofDaysMax * 86_400_000)
        const proven = at === null || until === undefined || until <= now ? undefined : { at, until }
        return Object.freeze({ domain: name, challenge: challengeOf(name, challenge), proven })
      })
    },
    async remove(organization: Organization, memberId: string, domain: string) {
      const acting = await asked(organization, memberId, domain)
      const gone = await acting.sql`delete from upheld_access.domain where name = ${domain} returning name`
      if (gone.length === 0) throw refuse.unknown()
    },
  })
}

async function challengeIn(statements: Statements, domain: string): Promise<string | undefined> {
  const [known] = await statements.sql<{ challenge: string }>`
    select challenge from upheld_access.domain where name = ${domain}`
  return known?.challenge
}

function challengeOf(domain: string, challenge: string): Challenge {
  return Object.freeze({ name: `_upheld.${domain}`, type: 'TXT', value: `upheld-domain=${challenge}` })
}

/**
 * The organizations that proved the domain of this address: where somebody may sign in by a provider. It says nothing of
 * whether anybody has the address; at most 10.
 */
export async function organizationsOfDomain(
  database: Queryable,
  email: string,
  now: Date,
): Promise<readonly OrganizationId[]> {
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  if (!domainForm.test(domain)) return []
  const { rows } = await database.query(
    `select organization_id from upheld_identity.domain_home
     where domain = $1 and proven_at > $2 and proven_at <= $3 order by proven_at, organization_id limit 10`,
    [domain, new Date(now.getTime() - proofDaysMax * 86_400_000), now],
  )
  return rows.map(row => organizationId(String(row['organization_id'])))
}

/** Whether the organization proved the domain of this address, exactly that one, and not too long ago. */
export async function isOfProvenDomain(statements: Statements, email: string, now: Date): Promise<boolean> {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  const since = new Date(now.getTime() - proofDaysMax * 86_400_000)
  const rows = await statements.sql`
    select name from upheld_access.domain where name = ${domain} and proven_at > ${since} and proven_at <= ${now}`
  return rows.length > 0
}
