import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization, Tenancy } from '../../foundation/tenancy/index.ts'
import type { Access, AccessStore } from '../../guards/access/index.ts'
import type { Domains } from '../../guards/domains/index.ts'
import type { Factors } from '../../guards/factors/index.ts'
import type { Identity, SessionCookies } from '../../guards/identity/index.ts'
import type { ApiKeys, Origins, Visitors } from '../../guards/keys/index.ts'
import type { Reviews } from '../../guards/reviews/index.ts'
import type { Scim } from '../../guards/scim/index.ts'
import type { Sso } from '../../guards/sso/index.ts'
import type { SupportPorts } from '../../guards/support/index.ts'
import type { Look } from '../look/index.ts'
import type { supportBanner } from './support/banner.ts'

/** Everything that a page can ask for people. */
export interface PeopleParts {
  readonly identity: Identity
  /** To show what there is; changed through `identity` alone. */
  readonly factors: Pick<Factors, 'of'>
  readonly access: Access
  readonly roles: AccessStore
  readonly keys: ApiKeys
  readonly origins: Origins
  /** Undefined where the application lets no visitors in. */
  readonly visitors: Visitors | undefined
  readonly support: SupportPorts
  readonly reviews: Reviews
  readonly sso: Sso
  readonly scim: Scim
  readonly domains: Domains
  /** The tables of members, bound to one organization at a time. */
  readonly members: Tenancy
  /** The application's own rows. */
  readonly application: Pick<Tenancy, 'organization'>
}

export interface PeopleSiteOptions extends PeopleParts {
  /** What the product is called. */
  readonly product: string
  /** Where people reach it, such as https://desk.example. Never taken from a request. */
  readonly origin: string
  /** Where somebody goes who just signed in. */
  readonly home: `/${string}`
  readonly look: Look
  readonly clock: Clock
}

/** What every page has at hand. */
export interface House extends PeopleSiteOptions {
  readonly cookies: SessionCookies
  /** Of the script that asks for passkeys. */
  readonly scriptPath: string
  /** For the top of every page inside of an organization; see `PeopleSite`. */
  readonly banner: ReturnType<typeof supportBanner>
  /** Counts a visit that begins. @throws pages.too_many_visits */
  readonly paceVisit: (organization: OrganizationId, address: string) => void
}

/** Who is inside of an organization on a page of the application. */
export interface Entered {
  /** The application's rows of this organization, with whoever asks as the actor. */
  readonly organization: Organization
  readonly organizationName: string
  /** Of the member, or the pseudonym of staff. */
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  /** Goes into every form of this session as `form_token`; `assertForm` of the site asks for it. */
  readonly formToken: string
  /** Absent for members. Somebody of the operator is here under a grant of the organization, until then at the latest. */
  readonly support?: { readonly until: Date; readonly writes: boolean; readonly caseId: string }
  may(permission: string): boolean
}
