import type { Clock } from '../../core/clock.ts'
import type { Factors } from '../../guards/factors/index.ts'
import type { Identity, SessionCookies } from '../../guards/identity/index.ts'
import type { Look } from '../look/index.ts'

export interface PeoplePagesOptions {
  readonly identity: Identity
  /** To show what there is; changed through `identity` alone. */
  readonly factors: Pick<Factors, 'of'>
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
export interface House extends PeoplePagesOptions {
  readonly cookies: SessionCookies
  /** Of the script that asks for passkeys. */
  readonly scriptPath: string
}
