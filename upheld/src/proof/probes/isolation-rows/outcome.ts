import type { Row } from '../../../core/ports.ts'
import type { Organization } from '../../../upheld.ts'
import { cannotProbe } from '../../claims/index.ts'
import { codeOf, refusedByDomain } from '../sqlstate.ts'

/** How one attack ended: with rows, or with the code of a refusal. */
export type Outcome = { readonly rows: readonly Row[] } | { readonly code: string }

class Undo extends Error {}

/** Runs one statement as the organization and undoes whatever it did. */
export async function attempt(
  organization: Organization,
  text: string,
  values: readonly unknown[] = [],
): Promise<Outcome> {
  let rows: readonly Row[] = []
  try {
    await organization.transaction(async tx => {
      rows = await tx.query(text, values)
      throw new Undo()
    })
  } catch (error) {
    if (error instanceof Undo) return { rows }
    return { code: answerOf(error) }
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

/** True when row security, a missing right or the handle itself said no. */
export function wasRefused(outcome: Outcome): boolean {
  return 'code' in outcome && (outcome.code === '42501' || outcome.code.startsWith('tenancy.'))
}
