import { randomBytes } from 'node:crypto'
import type { Database } from '../../src/core/ports.ts'
import {
  openTakeover,
  type Asked,
  type Attempt,
  type Outcome,
  type OwnerNotice,
  type Takeover,
  type TakeoverAlert,
  type TakeoverOptions,
} from '../../src/guards/takeover/index.ts'
import type { TestPeople } from '../../src/testing/index.ts'

/** A count of its own in a database that many tests share: another key, so other rows, but for the one of everybody. */
interface Guessing {
  readonly takeover: Takeover
  readonly notices: OwnerNotice[]
  readonly alerts: TakeoverAlert[]
  /** Statements since the last call. */
  readonly statements: () => number
  /** Asks, and checks when it may; undefined when it was not let through. */
  readonly guess: (attempt: Attempt, outcome?: Outcome) => Promise<Outcome | undefined>
  /** Another process with the same settings. */
  readonly again: () => Guessing
}

export function guessing(people: TestPeople, more: Partial<TakeoverOptions> = {}, key = randomBytes(32)): Guessing {
  let count = 0
  const database: Database = {
    query(text, values) {
      count += 1
      return people.database.query(text, values)
    },
    transaction: work => people.database.transaction(work),
    close: () => people.database.close(),
  }
  const [notices, alerts]: [OwnerNotice[], TakeoverAlert[]] = [[], []]
  const takeover = openTakeover({
    database,
    clock: people.clock,
    key,
    notifyOwner: notice => void notices.push(notice),
    alert: alert => void alerts.push(alert),
    ...more,
  })
  return {
    takeover,
    notices,
    alerts,
    statements() {
      const found = count
      count = 0
      return found
    },
    async guess(attempt: Attempt, outcome: Outcome = 'failed') {
      const asked = await takeover.ask(attempt)
      if (!asked.go) return undefined
      await takeover.note(asked.ticket, outcome)
      return outcome
    },
    again: () => guessing(people, more, key),
  }
}

/** Addresses in networks of their own. */
export function addressOf(n: number): string {
  return `${100 + Math.floor(n / 65_536)}.${Math.floor(n / 256) % 256}.${n % 256}.7`
}

export function attemptAt(account: Attempt['account'], n: number, more: Partial<Attempt> = {}): Attempt {
  return { account, factor: 'password', visitor: { address: addressOf(n), agent: 'a test' }, ...more }
}

export function reasonOf(asked: Asked): string {
  return asked.go ? 'go' : asked.because
}
