import { assert, UpheldError } from '../../core/errors.ts'
import type { Queryable, Row } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import { openHooks } from './hooks.ts'
import { keysOf, type Keys } from './keys.ts'
import { parseLimits } from './limits.ts'
import type { Asked, Attempt, Challenge, Outcome, Takeover, TakeoverOptions, Ticket } from './shapes.ts'

/** What a ticket stands for. A passkey has no place in the count: it cannot be guessed, and nobody is kept from using it. */
interface Place {
  readonly attempt: Attempt
  readonly keys: Keys
}

type No = Extract<Asked, { go: false }>

const answerLengthMax = 512
const reasons: ReadonlySet<string> = new Set([
  'budget',
  'account',
  'flood',
  'address',
  'network',
  'organization',
  'everywhere',
])
const isReason = (text: string): text is No['because'] => reasons.has(text)

const challenges = new WeakMap<UpheldError, string>()

/** What the page has to answer, when this is a `takeover.slow_down` that an answer ends. */
export function challengeOf(thrown: unknown): string | undefined {
  return thrown instanceof UpheldError ? challenges.get(thrown) : undefined
}

/**
 * Guesses counted, over all factors and doors, in one table. The state is in the database alone: two processes, and one
 * that was started anew, count the same.
 * @throws takeover.bad_options
 */
export function openTakeover(options: TakeoverOptions): Takeover {
  const limits = parseLimits(options.limits ?? {})
  const limitsText = JSON.stringify(limits)
  if (options.key.length !== 32) throw refuse.bad_options({ detail: 'The key has 32 bytes.' })
  const hooks = openHooks(options)
  const places = new WeakMap<Ticket, Place>()
  const { database, clock, challenge } = options

  function ticketFor(attempt: Attempt, keys: Keys): Asked {
    const ticket: Ticket = Object.freeze({ factor: attempt.factor })
    places.set(ticket, { attempt, keys })
    return { go: true, ticket }
  }

  async function ask(attempt: Attempt): Promise<Asked> {
    const keys = keysOf(attempt, options.key)
    if (attempt.factor === 'passkey') return ticketFor(attempt, keys)
    const now = clock.now()
    const { own, ownKind, account, places: around, accountMark } = keys
    const context = around && `${account.toString('hex')} ${around.address.toString('hex')}`
    const solved = context !== undefined && (await solves(challenge, context, attempt.answer, now))
    const values = [now, ownKind, own, ...valuesOf(around), accountMark, solved, limitsText]
    const row = await call(database, 'ask_guess', values)
    hooks.alerted(row, attempt.organization)
    const because = row['because']
    if (because === null) return ticketFor(attempt, keys)
    assert(typeof because === 'string' && isReason(because), 'ask_guess gives a reason of its own')
    const refused: No = { go: false, retryAfterSecs: Math.max(1, countOf(row, 'wait_secs')), because }
    if (context === undefined || challenge === undefined || because === 'budget' || because === 'flood') return refused
    return { ...refused, challenge: challenge.issue(context, now) }
  }

  async function note(ticket: Ticket, outcome: Outcome, person?: string): Promise<void> {
    const place = places.get(ticket)
    places.delete(ticket)
    if (place === undefined) return
    const uncounted = place.attempt.factor === 'passkey'
    const attempt = uncounted && person !== undefined ? { ...place.attempt, account: { person } } : place.attempt
    const keys = attempt === place.attempt ? place.keys : keysOf(attempt, options.key)
    // A passkey that is right says that the owner is here; one that is wrong says nothing.
    if (uncounted && outcome !== 'signed-in') return
    const { own, account, places: around, accountMark } = keys
    const counted = valuesOf(uncounted ? undefined : around)
    const marks = [accountMark, around?.addressMark ?? 0]
    const row = await call(database, 'note_guess', [
      clock.now(),
      outcome,
      own,
      account,
      ...counted,
      ...marks,
      limitsText,
    ])
    hooks.alerted(row, attempt.organization)
    if ('person' in attempt.account) hooks.noticed(row, attempt.account.person)
  }

  return Object.freeze({
    ask,
    note,
    refusal(asked: No) {
      const error = refuse.slow_down({ retryAfterMs: asked.retryAfterSecs * 1_000 })
      if (asked.challenge !== undefined) challenges.set(error, asked.challenge)
      return error
    },
    close: () => hooks.settled(),
  } satisfies Takeover)
}

/** Whether this answers the question that was put for this account at this address. */
async function solves(
  challenge: Challenge | undefined,
  context: string,
  answer: string | undefined,
  now: Date,
): Promise<boolean> {
  if (challenge === undefined || answer === undefined || answer.length > answerLengthMax) return false
  return challenge.holds(context, answer, now)
}

/** As both functions take them. */
function valuesOf(places: Keys['places']): readonly (Buffer | null)[] {
  return [places?.address ?? null, places?.network ?? null, places?.organization ?? null, places?.everywhere ?? null]
}

/** One function of 050-takeover.sql, which is one statement. */
async function call(database: Queryable, name: 'ask_guess' | 'note_guess', values: readonly unknown[]): Promise<Row> {
  const places = values.map((_, at) => `$${at + 1}`).join(', ')
  const { rows } = await database.query(`select * from upheld_identity.${name}(${places})`, values)
  return rows[0] ?? {}
}

function countOf(row: Row, name: string): number {
  return Number(row[name] ?? 0)
}
