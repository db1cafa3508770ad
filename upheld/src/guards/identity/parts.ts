import type { Clock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'
import type { Access } from '../access/index.ts'
import type { Factors } from '../factors/index.ts'
import type { Passwords } from '../passwords/index.ts'
import type { Takeover, Visitor } from '../takeover/index.ts'
import type { IdentityOptions } from './options.ts'
import type { StaffPolicy } from './policy.ts'

/** Everything that the ways in stand on. */
export interface Parts {
  /** The login of identity, bound to no organization. */
  readonly database: Database
  /** The same login, bound to one organization at a time. */
  readonly tenancy: Tenancy
  readonly clock: Clock
  readonly passwords: Passwords
  readonly factors: Factors
  readonly takeover: Takeover
  /** Judges what a member may do: asked when one enters, invites, or is invited. */
  readonly access: Access
  readonly staff: StaffPolicy
  readonly options: IdentityOptions
}

/** Who asks to be let in, and from where. */
export interface From extends Visitor {
  /** The session that this browser still holds: it ends where a new one begins. */
  readonly session?: string
  /** The answer to a challenge of `takeover`. */
  readonly answer?: string
  /** For which organization, when that is known. It counts guesses and nothing else. */
  readonly organization?: string
  /** Of the request: whoever went away does not wait for a hash. */
  readonly signal?: AbortSignal
}
