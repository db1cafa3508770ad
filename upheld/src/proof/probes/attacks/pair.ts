import type { Sides } from './actor.ts'
import type { Canaries } from './canaries.ts'
import type { AttackLog } from './log.ts'
import type { Outcome } from './outcome.ts'

/** Who attacks whom, and what stands where. */
export interface Pair extends Sides {
  readonly own: Canaries
  readonly theirs: Canaries
}

/** Values of the victim that nobody else has, as they may turn up in an answer: long enough not to turn up by chance. */
export function secretsOf({ victim, theirs }: Pick<Pair, 'victim' | 'theirs'>): readonly string[] {
  const keys = victim.key.filter(text => text.length >= 8).flatMap(text => [text, text.replaceAll('-', '')])
  return [...new Set([...keys, theirs.mark])]
}

/** A secret of the victim that stands in a text and that the thief did not put there itself. */
export function tells(pair: Pick<Pair, 'victim' | 'theirs'>, text: string, handed: readonly unknown[] = []): boolean {
  const given = handed.map(String).join('\n')
  return secretsOf(pair).some(secret => text.includes(secret) && !given.includes(secret))
}

/** One attack judged: what the server said with a refusal may tell as much as rows. */
export function judge(
  pair: Pair,
  log: AttackLog,
  attack: string,
  where: string,
  outcome: Outcome,
  beaten: (outcome: Outcome) => boolean,
  handed: readonly unknown[] = [],
): void {
  if ('said' in outcome && tells(pair, outcome.said, handed)) {
    log.refute({ attack, where, saw: `the text of the error ${outcome.code} holds values of the other organization` })
  } else if (beaten(outcome)) log.observe(attack, where)
  else {
    const saw =
      'code' in outcome ? `it went past row security and ended with ${outcome.code}` : `${outcome.rows.length} rows`
    log.refute({ attack, where, saw })
  }
}
