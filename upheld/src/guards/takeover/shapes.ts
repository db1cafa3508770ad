import type { Clock } from '../../core/clock.ts'
import type { UpheldError } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import type { Limits } from './limits.ts'

/** What a request says of who sends it. */
export interface Visitor {
  /** The address as text, IPv4 or IPv6, already taken from a proxy that is trusted. */
  readonly address: string
  readonly agent: string
  /** The token of a device, as the browser sent it; nothing was proven by it yet. */
  readonly device?: string
}

/**
 * Whose secret is guessed. A person where the typed address belongs to one; otherwise the typed address itself, in the form
 * of `normalizeEmail`: both are counted alike, so that nobody learns which of them it was.
 */
export type Guessed = { readonly person: string } | { readonly unknown: string }

/**
 * One try, before anything is checked. The type is closed: nothing else that a request carries can change what it counts
 * for (R28).
 */
export interface Attempt {
  readonly account: Guessed
  /** `password` and `code` (of a clock, a mail, a list) can be guessed, and share one budget. A `passkey` cannot. */
  readonly factor: 'password' | 'code' | 'passkey'
  readonly visitor: Visitor
  /** Where the sign-in was asked for, when that is known. */
  readonly organization?: string
  /**
   * Identifier of a device or session that was proven to be this account's own, by the secret it holds; or the word `mail`
   * for somebody who proved the mailbox just now, by a link, and is asked for a second factor. It has a budget of its own,
   * which no stranger can use up.
   */
  readonly known?: string
  /** What the page answered to the challenge of an earlier try. */
  readonly answer?: string
}

/** A place in the count, taken before the check. Good for one `note`, in this process. */
export interface Ticket {
  readonly factor: Attempt['factor']
}

export type Asked =
  | { readonly go: true; readonly ticket: Ticket }
  | {
      readonly go: false
      readonly retryAfterSecs: number
      /** To be answered by the page; an answer that holds lets the next try through at once. */
      readonly challenge?: string
      /** For the operator, never for whoever tries. `budget`: 100 failures in a row; `flood`: one address without end. */
      readonly because: 'budget' | 'account' | 'flood' | 'address' | 'network' | 'organization' | 'everywhere'
    }

/**
 * `signed-in`: everything that was asked for is proven; the count begins anew.
 * `passed`: this factor is right, and another one is still asked for. The place is given back and the count stays: whoever
 * has the password gets no more guesses at the code by typing it again.
 * `failed`: wrong.
 * `unused`: nothing was checked, such as when passwords were busy. The place is given back.
 */
export type Outcome = 'signed-in' | 'passed' | 'failed' | 'unused'

/** To be told to the person, by mail to the address that they have already. */
export interface OwnerNotice {
  readonly person: string
  /** `guessing`: several failures in a row. `closed`: the budget is used up, only known devices, passkeys and mail are left. */
  readonly kind: 'guessing' | 'closed'
  readonly failures: number
}

/** To be told to the operator. Counts only: nobody's address. */
export interface TakeoverAlert {
  /** `spraying`: many failures over many accounts. `address`: one address, or network, tried many accounts. */
  readonly kind: 'spraying' | 'address' | 'network' | 'organization'
  readonly tries: number
  readonly failures: number
  /** Distinct accounts, estimated: those that failed at a place, those that were tried in an organization or everywhere. */
  readonly accounts: number
  readonly organization?: string
}

/** A step that costs whoever tries more than it costs us: our own proof of work, or a captcha of somebody else. */
export interface Challenge {
  /** Text for the page. `context` is opaque: an answer counts for it alone. */
  issue(context: string, now: Date): string
  /** Whether it is answered, for this context, now, and for the first time. */
  holds(context: string, answer: string, now: Date): Promise<boolean>
}

export interface Takeover {
  /** Before any check of a secret. One statement; two when a challenge is answered. */
  ask(attempt: Attempt): Promise<Asked>
  /**
   * After the check. At most one statement. A ticket that was noted already changes nothing. `person` is whom a passkey
   * showed, where nobody was named before; for other factors it says nothing.
   */
  note(ticket: Ticket, outcome: Outcome, person?: string): Promise<void>
  /** What to throw for a no: `takeover.slow_down`, with the time to wait. `challengeOf` finds the challenge in it again. */
  refusal(asked: Extract<Asked, { go: false }>): UpheldError
  /** Resolves when nobody is being told anything any more. */
  close(): Promise<void>
}

export interface TakeoverOptions {
  /** The login of identity. Not a transaction: a count stays when the request is rolled back. */
  readonly database: Database
  readonly clock: Clock
  /** 32 bytes. Addresses and accounts stand in the table as HMACs under it. */
  readonly key: Uint8Array
  /** What differs from the usual limits, see limits.ts. */
  readonly limits?: Partial<Limits>
  /** Usually our own proof of work. */
  readonly challenge?: Challenge
  /** Told at most once a day for each kind and person. */
  readonly notifyOwner?: (notice: OwnerNotice) => Promise<void> | void
  /** Told at most once in each window. */
  readonly alert?: (alert: TakeoverAlert) => Promise<void> | void
  /** One of the two above threw: the sign-in goes on. */
  readonly failed?: (failure: unknown) => void
}
