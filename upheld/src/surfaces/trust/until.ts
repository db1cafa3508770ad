import type { ClaimReport, TrustReport } from '../../proof/claims/index.ts'
import { isPromise } from './reading.ts'

/** When a promise ends by itself, RFC 3339; undefined while there is none. */
export function endOf({ claim, standing, lastRun }: ClaimReport): string | undefined {
  if (!isPromise(standing)) return undefined
  return claim.kind === 'attested' ? claim.expiresAt : lastRun?.record.expires_at
}

/** When the last promise that was attacked ends; what is only stated ends where its own note says. */
export function lastEnd({ claims }: TrustReport): string | undefined {
  const attacked = claims.filter(({ claim }) => claim.kind === 'proven').flatMap(of => endOf(of) ?? [])
  const stated = claims.flatMap(of => endOf(of) ?? [])
  return (attacked.length > 0 ? attacked : stated).toSorted().at(-1)
}
