/** One override as it stands in the database. */
export interface MemberOverride {
  readonly id: string
  readonly permission: string
  readonly effect: 'allow' | 'deny'
  readonly expiresAt: Date
}

/** The rows that decide. Names in them that the definition does not know give nothing. */
export interface MemberAccess {
  readonly memberId: string
  readonly roles: readonly string[]
  readonly overrides: readonly MemberOverride[]
  /** A member who is suspended may do nothing. */
  readonly suspended: boolean
}

/** One row that decided, or why none did. */
export type Reason =
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'allow' | 'deny'; readonly override: string; readonly expiresAt: Date }
  /** No role and no override gives it; it is none; the member is suspended; a key or a grant does not reach that far. */
  | { readonly kind: 'nothing' | 'unknown' | 'suspended' | 'out-of-scope' }

export interface Decision {
  readonly allowed: boolean
  readonly permission: string
  /** Every row that decided: for a yes all that give it, for a no all that take it. */
  readonly because: readonly Reason[]
  /** The same in one sentence, with roles and identifiers of overrides. */
  readonly says: string
}

/** What one member may do, from `fromMs` until before `untilMs` of wall time. */
export interface AccessSet<P extends string = string> {
  readonly memberId: string
  /** Those roles of the member that the definition knows; none while suspended. */
  readonly roles: readonly string[]
  readonly fromMs: number
  /** When the next override ends; Infinity when none does. Whoever keeps a set asks `at(now)`. */
  readonly untilMs: number
  /** The member in person: neither suspended, nor narrowed for a key or a grant. */
  readonly inPerson: boolean
  /** Whether it holds a permission that is marked as privileged. */
  readonly privileged: boolean
  may(permission: P): boolean
  explain(permission: string): Decision
  /** All that it holds, in the order of the definition. */
  list(): readonly P[]
  /** Wall time in ms until which it holds this one: 0 when it does not, Infinity when a role gives it. */
  heldUntilMs(permission: string): number
  /** This set while it still holds, otherwise the one that the same rows give then. */
  at(now: Date): AccessSet<P>
  /** The same member, and of that only these: for API keys and grants. Names that are unknown give nothing. */
  only(scopes: readonly string[]): AccessSet<P>
}

/** An allow is live before its end; a denial is over only from its end on. A time that is none makes the one dead, the other live. */
export function isLive({ effect, expiresAt }: MemberOverride, nowMs: number): boolean {
  return effect === 'allow' ? expiresAt.getTime() > nowMs : !(expiresAt.getTime() <= nowMs)
}
