import type { OrganizationId } from '../../core/ids.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import type { AccessSet } from '../access/index.ts'

/** What was proven, as a session notes it. `sso-mfa`: the other side said that it asked for a second factor. */
export const methods = ['password', 'totp', 'passkey', 'recovery', 'sso', 'sso-mfa', 'mail'] as const
export type Method = (typeof methods)[number]

/** Somebody who proved who they are, and whose session holds at this moment. */
export interface VerifiedSession {
  /** Of the session; never its token. At most 200 characters. */
  readonly id: string
  /** A UUID of `upheld_identity.person`. */
  readonly personId: string
  /** When they signed in: a step-up does not move it. */
  readonly startedAt: Date
  /** The last time that they proved who they are. */
  readonly provenAt: Date
  readonly expiresAt: Date
  readonly methods: readonly Method[]
  /**
   * The organization whose own provider said who this is. The session enters that one alone, and changes nothing of the
   * person's account: whoever runs that provider could say so of anybody.
   */
  readonly organizationId?: string
}

/**
 * Where sessions come from. `openIdentity` is one; an application that has its own provider brings another, and keeps
 * members, roles, policies and the log.
 */
export interface IdentityPort {
  /**
   * The session of what a request brought: a token of any kind and any length. Undefined when it is none, is over, or was
   * ended: these are not told apart. Asked anew for each request, so that what was ended elsewhere is ended here.
   * @throws when it cannot be known: nobody is let in then
   */
  verify(bearer: string): Promise<VerifiedSession | undefined>
}

/** Somebody inside of an organization, with all that decides what they may do there. */
export interface Entry {
  readonly needs: 'nothing'
  readonly session: VerifiedSession
  readonly organizationId: OrganizationId
  /** The name of the organization, as its members gave it. */
  readonly organizationName: string
  readonly memberId: string
  readonly person: { readonly name: string; readonly email: string }
  readonly set: AccessSet
  /** The organization, with this member as the actor of whatever is done. */
  readonly organization: Organization
}

/** A member whom the rules of this organization do not let in yet. It leads to a second factor, or to signing in, alone. */
export interface Halt {
  /** `sign-in`: an administrator ended what began before, or another organization's provider vouches for it. */
  readonly needs: 'second-factor' | 'sign-in'
  readonly session: VerifiedSession
}

export type Entrance = Entry | Halt
