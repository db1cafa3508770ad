import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import type { UpheldError } from '../../core/errors.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import type { AccessSet } from '../access/index.ts'
import { refuse } from './errors.ts'
import { hashOf, mayHoldKey, recognizeKey } from './key-form.ts'
import type { KeyPorts } from './keys.ts'
import { makerColumns, makerOf, makerRow } from './maker.ts'
import { plainAddress } from '../../core/network.ts'

/** What a request brings, as it came. */
export interface KeyRequest {
  readonly authorization: string | null
  /** Path and query. A key in there is refused, whatever stands in the header. */
  readonly target: string
  /** IP of whoever asks, as text. */
  readonly address: string
  /** Ties together what this request does, in the audit log. */
  readonly request?: string
}

export interface OpenedKey {
  readonly opened: true
  readonly keyId: string
  readonly organizationId: OrganizationId
  /** The application's rows of that organization; whatever is changed through it was changed by this key. */
  readonly organization: Organization
  /** Scopes of the key that its maker has at this moment. Built for this request; ask `may` of it. */
  readonly set: AccessSet
}

export type KeyOpening = OpenedKey | { readonly opened: false; readonly refusal: UpheldError }

export interface Opener {
  /**
   * One statement. With `scope`, whoever has the key but not this scope is refused as well. Refusals are values: 401
   * `keys.missing`, `unknown`, `expired`, `revoked`, `maker_gone`; 403 `other_network`, `scope_missing`; 400 `in_query`.
   */
  open(request: KeyRequest, scope?: string): Promise<KeyOpening>
  /** The same judgement about a key that is named by its id: for whoever checks that a key was ended. Uses nothing up. */
  wouldOpen(organization: OrganizationId, id: string): Promise<boolean>
}

/** `used` is written at most this often: what is newer than a minute is not written again. */
const judged = (by: 'hash' | 'id'): string => `
  select k.id, k.scopes, k.expires_at <= $3 as expired, k.revoked_at is not null as revoked,
    coalesce(cardinality(k.networks) = 0 or $4::inet <<= any (k.networks::inet[]), false) as near, ${makerColumns('$3')}
  from upheld_access.api_key k
  left join upheld_access.member m on m.organization_id = $1 and m.id = k.made_by
  left join upheld_identity.person p on p.id = m.person_id
  where k.organization_id = $1 and k.${by} = $2`
const opening = `
  with found as materialized (${judged('hash')}), used as (
    update upheld_access.api_key u set used_at = $3 from found f
    where u.organization_id = $1 and u.id = f.id and not f.expired and not f.revoked and f.near
      and f.member_id is not null and not f.suspended and (u.used_at is null or u.used_at <= $3::timestamptz - interval '1 minute')
  )
  select * from found`

const judgedRow = makerRow.extend({
  id: z.string(),
  scopes: z.array(z.string()),
  expired: z.boolean(),
  revoked: z.boolean(),
  near: z.boolean(),
})

export function opener({ tenancy, application, access, clock }: KeyPorts): Opener {
  const no = (refusal: UpheldError): KeyOpening => Object.freeze({ opened: false, refusal })

  return {
    async open({ authorization, target, address, request }, scope) {
      if (mayHoldKey(target)) return no(refuse.in_query())
      if (authorization === null) return no(refuse.missing())
      const known = recognizeKey(/^bearer (\S+)$/i.exec(authorization)?.[1] ?? '')
      if (known === undefined) return no(refuse.unknown())
      const now = clock.now()
      const organizationId = known.organizationId
      const rows = await tenancy
        .organization(organizationId)
        .as({ type: 'application', id: 'api-keys', purpose: 'opening' })
        .query(opening, [organizationId, hashOf(known.text), now, plainAddress(address) ?? null])
      const [row] = z.array(judgedRow).parse(rows)
      const judgement = judge(row)
      if ('code' in judgement) return no(judgement)
      const set = access.setOf(judgement.maker, now).only(judgement.scopes.filter(mayBeScope))
      if (scope !== undefined && !set.may(scope)) return no(refuse.scope_missing())
      const actor = { type: 'api-key', id: judgement.id, purpose: 'api' } as const
      const organization = application
        .organization(organizationId)
        .as(request === undefined ? actor : { ...actor, request })
      return Object.freeze({ opened: true, keyId: judgement.id, organizationId, organization, set })
    },
    async wouldOpen(organization, id) {
      const rows = await tenancy.organization(organization).query(judged('id'), [organization, id, clock.now(), null])
      const [row] = z.array(judgedRow).parse(rows)
      // From where does not matter here: some address would do.
      return row !== undefined && !('code' in judge({ ...row, near: true }))
    },
  }

  function mayBeScope(scope: string): boolean {
    return access.permissions[scope]?.keys === true
  }
}

function judge(row: z.output<typeof judgedRow> | undefined) {
  if (row === undefined) return refuse.unknown()
  if (row.revoked) return refuse.revoked()
  if (row.expired) return refuse.expired()
  const maker = makerOf(row)
  if (maker === undefined) return refuse.maker_gone()
  if (!row.near) return refuse.other_network()
  return { id: row.id, scopes: row.scopes, maker }
}
