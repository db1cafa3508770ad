import { randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization, Sealing, Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'

/** A key that signs or checks the tokens of one organization's visitors. */
interface VisitorKey {
  readonly version: number
  readonly secret: Uint8Array
}

export interface VisitorKeys {
  /** The key that signs now; made when there is none, or when its time is over. */
  signing(organization: OrganizationId): Promise<VisitorKey>
  /** The secret of a key as the database holds it. Undefined when the vault does not open it: then it checks nothing. */
  opened(organization: OrganizationId, version: number, envelope: string): Promise<Uint8Array | undefined>
  /**
   * A new key signs from now on. `overlap`: tokens that are out live to their end; `at-once`: none of them is believed
   * any more.
   */
  rotate(organization: Organization, older: 'overlap' | 'at-once'): Promise<void>
}

interface VisitorKeyPorts {
  readonly tenancy: Pick<Tenancy, 'organization'>
  /** The vault. */
  readonly sealing: Pick<Sealing, 'seal' | 'open'>
  readonly clock: Clock
}

/** How long a key signs; longer than that no key has to be readable but for the tokens that are out. */
const signsMs = 24 * 3_600_000

export function visitorKeys({ tenancy, sealing, clock }: VisitorKeyPorts, tokenMs: number): VisitorKeys {
  const address = (version: number) => ({
    table: 'upheld_access.visitor_key',
    column: 'secret',
    row: String(version),
  })
  const open = async (id: OrganizationId, version: number, envelope: string): Promise<Uint8Array | undefined> => {
    try {
      return (await sealing.open(id, address(version), Buffer.from(envelope, 'hex'))).bytes()
    } catch {
      return undefined
    }
  }

  /** Two who make the same version at once: one has made it, and both use that one. */
  const make = async (organization: Organization, version: number): Promise<void> => {
    const now = clock.now()
    const signsUntil = new Date(now.getTime() + signsMs)
    const sealed = await sealing.seal(organization.id, address(version), randomBytes(32))
    await organization.sql`
      insert into upheld_access.visitor_key (organization_id, version, secret, created_at, signs_until, ends_at)
      values (${organization.id}, ${version}, ${Buffer.from(sealed)}, ${now}, ${signsUntil},
        ${new Date(signsUntil.getTime() + tokenMs)}) on conflict do nothing`
    // The newest stays, whatever its time: the next version counts from it.
    await organization.sql`
      delete from upheld_access.visitor_key
      where organization_id = ${organization.id} and ends_at <= ${now} and version < ${version}`
  }

  /** The newest key, if it signs; and the version that it has, read at the same moment, for whoever makes the next. */
  const newest = async (organization: Organization): Promise<{ readonly last: number; readonly key?: VisitorKey }> => {
    const [row] = await organization.sql<{ version: number; secret: string; signs: boolean }>`
      select version, encode(secret, 'hex') as secret, signs_until > ${clock.now()} as signs from upheld_access.visitor_key
      where organization_id = ${organization.id} order by version desc limit 1`
    if (row === undefined) return { last: 0 }
    const { version, signs } = row
    const secret = signs ? await open(organization.id, version, row.secret) : undefined
    return secret === undefined ? { last: version } : { last: version, key: { version, secret } }
  }

  return Object.freeze({
    async signing(id: OrganizationId) {
      const organization = tenancy.organization(id).as({ type: 'application', id: 'visitors', purpose: 'visitor-keys' })
      const found = await newest(organization)
      if (found.key !== undefined) return found.key
      await make(organization, found.last + 1)
      const made = await newest(organization)
      if (made.key === undefined) throw refuse.no_signing_key()
      return made.key
    },
    opened: open,
    async rotate(organization: Organization, older: 'overlap' | 'at-once') {
      const now = clock.now()
      const ends = older === 'at-once' ? now : new Date(now.getTime() + tokenMs)
      await organization.sql`
        update upheld_access.visitor_key set signs_until = least(signs_until, ${now}), ends_at = least(ends_at, ${ends})
        where organization_id = ${organization.id} and ends_at > ${now}`
      await make(organization, (await newest(organization)).last + 1)
    },
  } satisfies VisitorKeys)
}
