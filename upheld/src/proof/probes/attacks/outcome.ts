import type { Row } from '../../../core/ports.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeOf, fieldsOf, refusedByDomain } from './sqlstate.ts'
import type { Actor } from './actor.ts'

/** How one attack ended: with rows, or with the code of a refusal and all that it said. */
export type Outcome = { readonly rows: readonly Row[] } | { readonly code: string; readonly said: string }

class Undo extends Error {}

/** Runs one statement as the organization and undoes whatever it did. */
export function attempt(actor: Actor, text: string, values: readonly unknown[] = []): Promise<Outcome> {
  return attemptAll(actor, [{ text, values }])
}

/** Several statements in one transaction; the rows of the last. Whatever they did is undone. */
export async function attemptAll(
  actor: Actor,
  statements: readonly { readonly text: string; readonly values?: readonly unknown[] }[],
): Promise<Outcome> {
  let rows: readonly Row[] = []
  try {
    await actor.transaction(async tx => {
      for (const { text, values } of statements) rows = await tx.query(text, values)
      throw new Undo()
    })
  } catch (error) {
    if (error instanceof Undo) return { rows }
    return { code: answerOf(error), said: saidBy(error) }
  }
  return { rows }
}

/** An answer from which nothing is learned. */
export const unclear = 'unclear'

/** A refusal is an answer; a connection that broke or a server that is full is not, and the run ends unproven. */
export function answerOf(error: unknown): string {
  const code = codeOf(error)
  if (refusedByDomain(error)) return unclear
  if (/^(tenancy\.|[0-9A-Z]{5}$)/.test(code) && !/^(08|53|57P|58|XX)/.test(code) && code !== 'tenancy.busy') return code
  throw cannotProbe(`An attack could not be carried out: ${code}.`, error)
}

/** Everything that the server said with an error: whoever may provoke it may read it. */
export function saidBy(error: unknown): string {
  const { message, detail, hint, where } = fieldsOf(error)
  return [message, detail, hint, where].filter(text => text !== '').join('\n')
}

/** True when row security, a missing right or the handle itself said no. */
export function wasRefused(outcome: Outcome): boolean {
  return 'code' in outcome && (outcome.code === '42501' || outcome.code.startsWith('tenancy.'))
}

export function isEmpty(outcome: Outcome): boolean {
  return 'rows' in outcome && outcome.rows.length === 0
}
