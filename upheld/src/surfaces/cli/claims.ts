import type { Application } from '../../application.ts'
import { catalogueWith, checkPage, type Claim, type ProvenClaim } from '../../proof/claims/index.ts'
import { provenClaims } from '../../proof/probes/index.ts'

/**
 * Everything that this service promises or plans to: the catalogue, what Upheld proves of it, and what the application
 * adds. A page that says more than its claims do is refused here, before anything answers.
 * @throws claims.twice, claims.bad_page
 */
export function claimsOf(application: Application): readonly Claim[] {
  const claims = catalogueWith([...provenClaims, ...application.claims])
  checkPage(application.page, claims)
  return claims
}

/** Those that are attacked. */
export function provenOf(application: Application): readonly ProvenClaim[] {
  return claimsOf(application).filter(claim => claim.kind === 'proven')
}
