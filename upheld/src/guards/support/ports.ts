import type { KeyObject } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import type { Statements, Tenancy } from '../../foundation/tenancy/index.ts'
import { strengthOf } from '../identity/index.ts'

/** Somebody who is there now, and how sure we are of that: as identity knows it. */
export interface Present {
  readonly personId: string
  readonly methods: readonly string[]
  readonly provenAt: Date
}

export interface SupportPorts {
  /** The login of identity. */
  readonly database: Database
  /** The same login, bound to one organization at a time. */
  readonly tenancy: Tenancy
  /** The platform as the application holds it: staff reads through it. */
  readonly platform: Pick<Tenancy, 'organization'>
  readonly clock: Clock
  /** Ed25519 key of this deployment: grants are signed with it. */
  readonly key: KeyObject
  /** Permissions that staff may ever be given, of those that the application defines. */
  readonly grantable: ReadonlySet<string>
  /** Whether this member of the organization decides about support there: asked in the transaction of what they decide. */
  mayDecide(organization: Pick<Statements, 'query'>, memberId: string): Promise<boolean>
}

const provenSecsMax = 600

/** A second factor, or a passkey, not long ago. */
export function isSure({ methods, provenAt }: Present, clock: Clock, only?: 'passkey'): boolean {
  // A code on paper is for coming in again, not for letting others in.
  const two = strengthOf(methods.filter(method => method !== 'recovery')) === 2
  const ageSecs = (clock.now().getTime() - provenAt.getTime()) / 1000
  return ageSecs >= -5 && ageSecs <= provenSecsMax && (only === undefined ? two : methods.includes(only))
}
