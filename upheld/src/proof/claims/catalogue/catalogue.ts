import type { Claim, PlannedClaim } from '../claim.ts'
import { refuse } from '../errors.ts'
import { dataClaims } from './data.ts'
import { doorClaims } from './doors.ts'
import { houseClaims } from './house.ts'
import { peopleClaims } from './people.ts'

/** Everything that Upheld means to cover. Each is a plan until something proves it. */
export const plannedClaims: readonly PlannedClaim[] = Object.freeze([
  ...dataClaims,
  ...doorClaims,
  ...peopleClaims,
  ...houseClaims,
])

/**
 * The catalogue in which a claim that can be proven stands in the place of the plan of the same id.
 * Claims that the catalogue does not know come after it, in their own order.
 * @throws claims.twice
 */
export function catalogueWith(claims: readonly Claim[]): readonly Claim[] {
  const own = new Map(claims.map(claim => [claim.id, claim]))
  if (own.size < claims.length) {
    const twice = claims.filter((claim, place) => claims.findIndex(one => one.id === claim.id) !== place)
    throw refuse.twice({ detail: [...new Set(twice.map(claim => claim.id))].join(', ') })
  }
  const planned = new Set(plannedClaims.map(claim => claim.id))
  const further = claims.filter(claim => !planned.has(claim.id))
  return Object.freeze([...plannedClaims.map(plan => own.get(plan.id) ?? plan), ...further])
}
