import { randomUUID } from 'node:crypto'
import type { PeopleBend } from '../../../index.ts'
import type { Sabotage } from '../../claims/index.ts'
import { bySql } from '../breaking.ts'
import { byDoorkeeper, byPart } from '../people/breaking.ts'

const source = import.meta.url

type Takeover = Parameters<NonNullable<PeopleBend['takeover']>>[0]
type Attempt = Parameters<Takeover['ask']>[0]

/** What counts, asked about another attempt than the one that was made. */
function asking(name: string, says: string, change: (attempt: Attempt) => Attempt): Sabotage {
  return byPart(source, { name, says }, () => ({
    takeover: sound => ({ ...sound, ask: attempt => sound.ask(change(attempt)) }),
  }))
}

function accountOf({ account }: Attempt): string {
  return 'person' in account ? account.person : account.unknown
}

const countedElsewhere: readonly Sabotage[] = [
  asking('counted-per-address', 'guesses at an account are counted for each address by itself', attempt =>
    attempt.factor === 'passkey' || attempt.known !== undefined
      ? attempt
      : { ...attempt, account: { unknown: `${accountOf(attempt)} ${attempt.visitor.address}` } },
  ),
  asking(
    'account-locked',
    'an account that is guessed at is closed to its owner as well, also in browsers that are known',
    attempt => {
      const { known, ...rest } = attempt
      return known === undefined ? attempt : rest
    },
  ),
  asking('codes-not-counted', 'guesses at the code of an app are not counted', attempt =>
    attempt.factor === 'code' ? { ...attempt, factor: 'passkey' } : attempt,
  ),
  asking('limiter-off', 'nothing counts guesses', attempt => ({ ...attempt, factor: 'passkey' })),
  byPart(
    source,
    { name: 'counted-in-one-process', says: 'each process counts the guesses that it has seen itself' },
    () => {
      const own = randomUUID()
      return {
        takeover: sound => ({
          ...sound,
          ask: attempt =>
            sound.ask({ ...attempt, account: { unknown: `${own} ${accountOf(attempt)}` }, visitor: attempt.visitor }),
        }),
      }
    },
  ),
]

const forgotten: readonly Sabotage[] = [
  byPart(
    source,
    { name: 'reset-by-other-sign-in', says: 'whoever signs in to any account begins anew with their guesses' },
    () => {
      const tried = new Map<string, Set<string>>()
      const attempts = new WeakMap<object, Attempt>()
      return {
        takeover: sound => ({
          ...sound,
          async ask(attempt) {
            const asked = await sound.ask(attempt)
            if (asked.go) attempts.set(asked.ticket, attempt)
            return asked
          },
          async note(ticket, outcome, person) {
            await sound.note(ticket, outcome, person)
            const attempt = attempts.get(ticket)
            if (attempt === undefined || !('person' in attempt.account)) return
            const { address } = attempt.visitor
            const guessed = tried.get(address) ?? new Set<string>()
            tried.set(address, guessed.add(attempt.account.person))
            if (outcome !== 'signed-in') return
            for (const one of guessed) {
              const again = await sound.ask({ ...attempt, account: { person: one }, factor: 'passkey' })
              if (again.go) await sound.note(again.ticket, 'signed-in', one)
            }
          },
        }),
      }
    },
  ),
  ...bySql(source, [
    {
      name: 'counted-per-account',
      says: 'guesses are counted at accounts, and not where they come from',
      sql: () => `do $$ declare written text; begin
        select regexp_replace(pg_get_functiondef(oid), '\\(p_limits ->> ''(address|network)(Failures|Accounts)''\\)::integer', '1000000', 'g')
        into written from pg_proc where proname = 'ask_guess';
        execute written;
      end $$`,
    },
    {
      name: 'waits-do-not-grow',
      says: 'each wait is as long as the first one',
      sql: () => `do $$ declare written text; begin
        select replace(pg_get_functiondef(oid), 'g.streak + 1 - (p_limits ->> ''free'')::integer', '1') into written
        from pg_proc where proname = 'ask_guess';
        execute written;
      end $$`,
    },
  ]),
  byPart(
    source,
    { name: 'challenge-answered-twice', says: 'the answer to a challenge counts as often as it is sent' },
    () => {
      const taken = new Set<string>()
      return {
        takeover: sound => ({
          ...sound,
          async ask(attempt) {
            const { answer = '' } = attempt
            if (taken.has(answer)) return sound.ask({ ...attempt, factor: 'passkey' })
            const asked = await sound.ask(attempt)
            if (asked.go && answer !== '') taken.add(answer)
            return asked
          },
        }),
      }
    },
  ),
]

const told: readonly Sabotage[] = [
  byDoorkeeper(
    source,
    { name: 'unknown-address-told', says: 'whoever signs in with an address that nobody has is told so' },
    twin => async (request, answer) => {
      if (request.method !== 'POST' || new URL(request.url).pathname !== '/sign-in') return answer(request)
      const text = await request.text()
      const response = await answer(new Request(request.url, { method: 'POST', headers: request.headers, body: text }))
      if (response.status !== 401) return response
      const { rows } = await twin.admin.query('select from upheld_identity.person where email = $1', [
        new URLSearchParams(text).get('email'),
      ])
      if (rows.length > 0) return response
      return new Response(
        (await response.text()).replace('Address and password do not belong together.', 'Nobody has this address.'),
        response,
      )
    },
  ),
]

/** Every way in which guesses could go uncounted, or their count be turned against the owner. */
export const sabotages: readonly Sabotage[] = Object.freeze([...countedElsewhere, ...forgotten, ...told])
