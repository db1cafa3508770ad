import type { OrganizationId } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import type { Browser } from './browser.ts'
import type { Crowd, Somebody } from './crowd.ts'

/** Somebody who is signed in with two factors, in a browser of their own. */
export interface Guest {
  readonly personId: string
  /** Empty for whoever is a member nowhere. */
  readonly memberId: string
  readonly browser: Browser
}

const from = { address: '127.0.0.1', agent: 'a probe' } as const

/** A session with two factors, as a provider vouches for them. */
export async function guest(
  { people, browser }: Pick<Crowd, 'people' | 'browser'>,
  { personId, memberId }: Pick<Somebody, 'personId' | 'memberId'>,
  organization: OrganizationId | undefined,
): Promise<Guest> {
  const arrival = await people.identity.arrive({ personId, methods: ['sso-mfa'], way: 'sso-mfa' }, from)
  if (arrival.needs !== 'nothing') throw cannotProbe('What a provider calls multi-factor is none here.')
  const own = browser()
  own.setCookie('session', arrival.token)
  own.setCookie('organization', organization)
  return { personId, memberId, browser: own }
}
