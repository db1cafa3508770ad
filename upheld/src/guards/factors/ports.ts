import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Queryable } from '../../core/ports.ts'
import type { Sealing } from '../../foundation/tenancy/index.ts'

export interface FactorPorts {
  /** The login of identity, or an open transaction of it: every step is whole within one statement. */
  readonly database: Queryable
  readonly sealing: Pick<Sealing, 'seal' | 'open'>
  /** Destroys the keys that the vault has for one person. Left out, they stay until somebody has them destroyed by hand. */
  readonly destroyKeys?: (of: { readonly organization: OrganizationId; readonly subject: string }) => Promise<unknown>
  /** The server's. What a visitor's clock says is nowhere asked, RFC 6238 section 5.2. */
  readonly clock: Clock
}

export type FactorKind = 'totp' | 'passkey' | 'recovery'

/** Why a check said no. For the record, and never for whoever asked: that one is told no, and nothing else. */
export type RefusalKind =
  /** Not what a code or an answer looks like; nothing was looked up. */
  | 'malformed'
  /** The person has none of it. */
  | 'none'
  | 'wrong'
  /** It was right, and it was used before. */
  | 'used'
  /** An enrollment that is over, or not this person's. */
  | 'over'
  /** Never issued, used before, or over. */
  | 'challenge'
  /** Issued for another person, session or purpose. */
  | 'binding'
  | 'type'
  | 'origin'
  /** From within a page of somebody else. */
  | 'embedded'
  | 'rp'
  | 'not-present'
  | 'not-verified'
  | 'signature'
  /** An attestation that was not asked for. */
  | 'attestation'
  | 'backup'
  /** It went back: the credential is suspect from now on. */
  | 'counter'
  | 'suspect'
  | 'unknown'
  /** It is somebody else's. */
  | 'foreign'
  /** It is registered already. */
  | 'taken'

export interface Refused {
  readonly passed: false
  readonly kind: RefusalKind
  /** Whose account it was about, when that is known. */
  readonly personId?: string
  /** To be sent to that person. */
  readonly mail?: FactorMail
}

export interface Proven {
  readonly passed: true
  /** As a session notes it. */
  readonly method: FactorKind
  readonly personId: string
  readonly factorId: string
  /** Of recovery codes: how many are left. */
  readonly left?: number
}

/** Mails about factors, by their kind. */
export type FactorMail =
  'factor-added' | 'factor-removed' | 'recovery-codes-made' | 'recovery-code-used' | 'passkey-suspect'

/** What a change asks of the caller, who does it at once. */
export interface FactorChange {
  /** As the record of the account has it. */
  readonly action:
    | 'totp.added'
    | 'totp.replaced'
    | 'totp.removed'
    | 'passkey.added'
    | 'passkey.removed'
    | 'recovery.made'
    | 'device.removed'
  readonly factorId?: string
  /** Sessions other than the one that did it. Trust in devices was withdrawn already. */
  readonly endOtherSessions: boolean
  readonly mail?: FactorMail
  /** Neither passkey nor app is left; recovery codes went with the last of them. */
  readonly noneLeft: boolean
}

export interface Changed {
  readonly passed: true
  readonly change: FactorChange
}

/** An enrollment is shown once: the seed is in it. */
export interface TotpEnrollment {
  readonly enrollmentId: string
  /** For a QR code: `otpauth://totp/…`. */
  readonly uri: string
  /** The seed in base32, for typing it in. */
  readonly secret: string
  readonly expiresAt: Date
}

export interface TotpFacts {
  readonly id: string
  readonly addedAt: Date
  readonly usedAt: Date | undefined
}

export interface PasskeyFacts {
  readonly id: string
  readonly name: string
  readonly aaguid: string
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly createdAt: Date
  readonly usedAt: Date | undefined
  /** Since when it opens nothing any more, because its counter went back. */
  readonly suspectAt: Date | undefined
}

/** What somebody has. No secret, and nothing that proves anything. */
export interface FactorsOf {
  readonly totp: TotpFacts | undefined
  readonly passkeys: readonly PasskeyFacts[]
  readonly recovery: { readonly left: number; readonly madeAt: Date } | undefined
  /**
   * The person has a second factor, so no session begins without one. A suspect passkey counts: that it went bad must
   * not make the password enough. Recovery codes alone do not.
   */
  readonly second: boolean
  /** With which of them a check can pass now. */
  readonly usable: readonly FactorKind[]
}

export interface Device {
  readonly id: string
  readonly label: string
  readonly network: string
  readonly createdAt: Date
  readonly seenAt: Date
  readonly expiresAt: Date
  /** Undefined when it does not stand for the second factor. */
  readonly trustedUntil: Date | undefined
}
