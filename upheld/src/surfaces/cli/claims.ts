import type { Application } from '../../application.ts'
import { catalogueWith, type Claim, type ProvenClaim } from '../../proof/claims/index.ts'
import { provenClaims } from '../../proof/probes/index.ts'

/**
 * Everything that this service promises or plans to: the catalogue, what Upheld proves of it, and what the application
 * adds.
 * @throws claims.twice
 */
export function claimsOf({ claims }: Pick<Application, 'claims'>): readonly Claim[] {
  return catalogueWith([...provenClaims, ...claims])
}

/** Those that are attacked. */
export function provenOf(application: Pick<Application, 'claims'>): readonly ProvenClaim[] {
  return claimsOf(application).filter(claim => claim.kind === 'proven')
}
