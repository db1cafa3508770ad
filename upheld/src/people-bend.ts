import type { Clock } from './core/clock.ts'
import type { Database } from './core/ports.ts'
import type { Vault } from './foundation/vault/index.ts'
import type { PeopleParts } from './surfaces/people/index.ts'
import type { Passwords } from './guards/passwords/index.ts'
import type { Takeover } from './guards/takeover/index.ts'
import type { Factors } from './guards/factors/index.ts'
import type { Visitors } from './guards/keys/index.ts'

type Broken<T> = (sound: T) => T

/**
 * Parts in the place of honest ones, for trying what a broken one would do. Each is handed the honest part, and everything
 * that is built on it gets what it gives back.
 */
export interface PeopleBend {
  readonly clock?: Clock
  readonly vault?: Broken<Vault>
  /** Every statement of the login of identity that belongs to no organization. */
  readonly database?: Broken<Database>
  /** Every statement of it that belongs to one. */
  readonly members?: Broken<PeopleParts['members']>
  readonly passwords?: Broken<Passwords>
  readonly factors?: Broken<Factors>
  readonly takeover?: Broken<Takeover>
  readonly access?: Broken<PeopleParts['access']>
  readonly identity?: Broken<PeopleParts['identity']>
  readonly roles?: Broken<PeopleParts['roles']>
  readonly keys?: Broken<PeopleParts['keys']>
  readonly visitors?: Broken<Visitors>
  readonly support?: Broken<PeopleParts['support']>
  readonly reviews?: Broken<PeopleParts['reviews']>
  readonly sso?: Broken<PeopleParts['sso']>
}

/** The honest part, or what stands in its place. */
export function bent<T>(sound: T, broken: Broken<T> | undefined): T {
  return broken === undefined ? sound : broken(sound)
}
