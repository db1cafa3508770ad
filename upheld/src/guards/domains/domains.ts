import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
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

export interface Domains {
  /** Says what the DNS has to say. Asked again, the same. @throws domains.not_allowed, bad_domain, too_many */
  add(organization: Organization, memberId: string, domain: string): Promise<Challenge>
  /** Looks into the DNS, now. @throws domains.not_allowed, unknown, not_proven */
  prove(organization: Organization, memberId: string, domain: string): Promise<void>
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
        const [known] = await tx.sql<{ challenge: string }>`
          select challenge from upheld_access.domain where name = ${domain}`
        if (known !== undefined) return known.challenge
        const [all] = await tx.sql<{ count: number }>`
          select count(*)::int as count from upheld_access.domain`
        if ((all?.count ?? 0) >= domainsMax) throw refuse.too_many()
        const made = randomBytes(32).toString('base64url')
        await tx.sql`insert into upheld_access.domain (organization_id, name, challenge, created_at)
          values (${organization.id}, ${domain}, ${made}, ${clock.now()})`
        return made
      })
      return Object.freeze({ name: `_upheld.${domain}`, type: 'TXT' as const, value: `upheld-domain=${challenge}` })
    },
    async prove(organization: Organization, memberId: string, domain: string) {
      const acting = await asked(organization, memberId, domain)
      const [known] = await acting.sql<{ challenge: string }>`
        select challenge from upheld_access.domain where name = ${domain}`
      if (known === undefined) throw refuse.unknown()
      const texts = await resolveTxt(`_upheld.${domain}`).catch((): readonly string[] => [])
      if (!texts.includes(`upheld-domain=${known.challenge}`)) throw refuse.not_proven()
      await acting.sql`update upheld_access.domain set proven_at = ${clock.now()}
        where name = ${domain} and challenge = ${known.challenge}`
    },
    async remove(organization: Organization, memberId: string, domain: string) {
      const acting = await asked(organization, memberId, domain)
      const gone = await acting.sql`delete from upheld_access.domain where name = ${domain} returning name`
      if (gone.length === 0) throw refuse.unknown()
    },
  })
}

/** Whether the organization proved the domain of this address, exactly that one, and not too long ago. */
export async function isOfProvenDomain(statements: Statements, email: string, now: Date): Promise<boolean> {
  const domain = email.slice(email.lastIndexOf('@') + 1)
  const since = new Date(now.getTime() - proofDaysMax * 86_400_000)
  const rows = await statements.sql`
    select name from upheld_access.domain where name = ${domain} and proven_at > ${since} and proven_at <= ${now}`
  return rows.length > 0
}
