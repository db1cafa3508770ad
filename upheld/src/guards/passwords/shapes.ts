/** A secret that is mixed into every hash and never stands in the database: a stolen table alone cannot be guessed at. */
export interface Pepper {
  /** 8 hex digits; it is kept beside each hash. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** Newest first: the first one is mixed into new hashes, all of them verify. */
export interface Peppers {
  current(): readonly [Pepper, ...Pepper[]]
}

/** Passwords that are known to attackers. False positives are possible, at a stated rate; a listed one is never missed. */
export interface CommonPasswords {
  /** The text in NFC and lower case. */
  has(folded: string): boolean
}

/**
 * A service elsewhere that knows more stolen passwords, asked by k-anonymity, as the range API of Pwned Passwords does it:
 * it gets the first five hex digits of the SHA-1, and gives back the rest of every one that begins so.
 */
export interface StolenPasswords {
  /** Upper-case hex, 35 digits each. Rejects when the service does not answer; it has to bound its own time. */
  suffixes(prefix: string, signal?: AbortSignal): Promise<readonly string[]>
}

export interface PasswordOptions {
  readonly peppers: Peppers
  /** The set that comes with the package, when nothing else is given. */
  readonly filter?: CommonPasswords
  readonly outside?: {
    readonly service: StolenPasswords
    /** `accept`: the list that comes with the package decides alone. `refuse`: no password can be set until it answers. */
    readonly outage: 'accept' | 'refuse'
    /** Told of every outage, whatever was decided. */
    readonly recorded: (failure: unknown) => void
  }
  /** Hashes at once, each on a thread of its own. Each may take 19 MiB, an imported one up to 128 MiB. */
  readonly concurrentMax?: number
  /** Those that wait for a place; one more is refused with `passwords.busy`. */
  readonly waitingMax?: number
}

export interface Verified {
  readonly ok: boolean
  /** A new hash to be kept in place of the stored one: its parameters, pepper or algorithm are not the newest. Only when ok. */
  readonly rehash?: string
}

/** What a password must have nothing to do with. */
export interface Circumstances {
  /** Whether this person has a second factor already: then 8 characters are enough, without one 15. */
  readonly secondFactor: boolean
  /** Name of the organization, of the product, of the person, the mail address: whole, as they are. */
  readonly words: readonly string[]
}

export type Judgement =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** Such as `passwords.too_short`; stable. */
      readonly code: string
      /** Why, for the person who chose it. */
      readonly public: string
      readonly mend: string | undefined
      /** 413 for what is too long, 400 for what is no text, 422 for everything else; 503 for an outage. */
      readonly status: number
    }

/** Counts since the start of the process: what a test, and a page of the operator, can look at. */
export interface PasswordCounts {
  readonly running: number
  readonly waiting: number
  /** Refused because too many waited. */
  readonly busy: number
  /** Left the line because their request had ended. */
  readonly abandoned: number
  /** argon2id computations of today's cost, for hashes, real verifications and dummies alike. */
  readonly argon2: number
  /** Verifications where there was nothing to verify against, or nothing that could be read. */
  readonly dummies: number
  /** Stored hashes that could not be read, or ask for more than is allowed. */
  readonly malformed: number
  /** The outside service did not answer. */
  readonly outages: number
}

export interface Passwords {
  /**
   * A new hash, of the text in NFC: argon2id, 19 MiB, 2 passes, 1 lane, with the newest pepper.
   * @throws passwords.too_long, passwords.unreadable before any work; passwords.busy, passwords.abandoned
   */
  hash(password: string, signal?: AbortSignal): Promise<string>
  /**
   * Whether this is the password. With nothing stored, or something unreadable, a dummy of the same cost is computed and
   * the answer is no.
   * @throws passwords.too_long, passwords.unreadable before any work; passwords.busy, passwords.abandoned
   */
  verify(stored: string | undefined, password: string, signal?: AbortSignal): Promise<Verified>
  /** Whether somebody may choose it: NIST SP 800-63B-4, section 3.1.1.2. Asked when one is set, never at sign-in. */
  judge(password: string, circumstances: Circumstances, signal?: AbortSignal): Promise<Judgement>
  counts(): PasswordCounts
}
