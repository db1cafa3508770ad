import { html } from 'hono/html'
import type { Verdict } from '../../proof/claims/index.ts'
import type { Act, Order, OrderOutcome, Step } from '../../proof/orders/index.ts'
import type { Markup } from '../look/index.ts'

const verdictWords: Readonly<Record<Verdict, string>> = {
  upheld: 'Upheld',
  attested: 'Attested',
  refuted: 'Refuted',
  unproven: 'Unproven',
  planned: 'Planned',
}

const tones: Readonly<Record<Verdict, string>> = {
  upheld: 'good',
  attested: 'info',
  refuted: 'bad',
  unproven: 'warn',
  planned: '',
}

export function verdictBadge(verdict: Verdict): Markup {
  return html`<span class="badge ${tones[verdict]}">${verdictWords[verdict]}</span>`
}

/** Of an order, as its page and its events say it. */
export function stateWords({ outcome, held, takes }: Order): string {
  if (outcome !== null) return outcomeWords[outcome]
  if (held)
    return takes > 1 ? `A prover works on it, the ${takes === 2 ? 'second' : 'third'} one.` : 'A prover works on it.'
  if (takes > 0) return 'The prover that had it is gone; the next one begins anew.'
  return 'It waits for a prover, which takes it after the run that it is busy with.'
}

const outcomeWords: Readonly<Record<OrderOutcome, string>> = {
  ran: 'The run stands in the log.',
  caught: 'Caught: the probe noticed the sabotage.',
  missed: 'Missed: the probe did not notice the sabotage. The next run of this claim will be unproven.',
  inconclusive: 'Inconclusive: a twin could not be made, broken or probed, or the untouched one did not hold.',
  failed: 'It could not be carried out; the log of the prover says why.',
  lost: 'Three provers began with it, and none ended it.',
  lapsed: 'Nobody took it within an hour. Is a prover running?',
}

export const outcomeShort: Readonly<Record<OrderOutcome, { readonly says: string; readonly tone: string }>> = {
  ran: { says: 'ran', tone: 'good' },
  caught: { says: 'caught', tone: 'good' },
  missed: { says: 'missed', tone: 'bad' },
  inconclusive: { says: 'inconclusive', tone: 'warn' },
  failed: { says: 'failed', tone: 'bad' },
  lost: { says: 'lost', tone: 'bad' },
  lapsed: { says: 'lapsed', tone: 'warn' },
}

export function stepWords({ word, place }: Pick<Step, 'word' | 'place'>): string {
  const where = place === 'live' ? 'The live system' : place === 'untouched twin' ? 'The untouched twin' : `“${place}”`
  switch (word) {
    case 'taken':
      return 'A prover took it.'
    case 'began':
      return 'The run began.'
    case 'held':
      return `${where} held.`
    case 'broke':
      return `${where} did not hold.`
    case 'caught':
      return `Sabotage ${where} was caught.`
    case 'missed':
      return `Sabotage ${where} was not caught.`
    case 'written':
      return 'The run was signed and written into the log.'
    case 'closed':
      return 'The run of a prover that had died was written down as lost.'
    case 'released':
      return 'The prover was stopped and gave it back.'
    case 'ended':
      return 'It has ended.'
  }
}

export const actWords: Readonly<Record<Act['act'], string>> = {
  run: 'ordered a run',
  sabotage: 'ordered a sabotage in a twin',
  refused: 'was refused an order',
}

/** As the logs of customers name somebody of the operator. */
export function pseudonym(personId: string): string {
  return `staff ${personId.slice(0, 8)}`
}
