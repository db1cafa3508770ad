import { authorizationCodeGrant, calculatePKCECodeChallenge, type IDToken } from 'openid-client'
import { z } from 'zod'
import { organizationId } from '../../core/ids.ts'
import { messageOf } from '../../core/errors.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import { claimOnce, issueOnce } from '../once/index.ts'
import { boundTo, digestOf, isSameBrowser, newBrowserSecret, type BrowserSecret } from './browser.ts'
import { clientSecretOf, liveConnection, type Connection } from './connections.ts'
import { refuse } from './errors.ts'
import type { Options } from './options.ts'
import type { SsoPorts } from './ports.ts'
import { ofOurs, type Providers } from './provider.ts'

/** Where the browser goes, and what it has to bring back. */
export interface Departure {
  readonly location: string
  readonly browser: BrowserSecret
}

/** Somebody came back from a provider, and all that it said was verified. */
interface Arrival {
  readonly organization: Organization
  readonly connection: Connection
  readonly claims: IDToken
  readonly returnTo: string | undefined
}

export interface Callback {
  /** The query of the request as it came, with or without `?`. Its host and path are never looked at. */
  readonly query: string
  /** The value of the cookie that `depart` gave, if the request had one. */
  readonly cookie: string | undefined
}

const kind = 'sso-state'
const queryBytesMax = 8_192
/** A path of ours, such as `/tickets/7?open=1`: never an address of somebody else. */
const returnForm = /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,1000}$/

const subjectForm = z.object({
  organization: z.string(),
  connection: z.string(),
  browser: z.string(),
  returnTo: z.string().optional(),
  maxAgeSecs: z.int().optional(),
})

/**
 * Sends a browser to the provider of a connection. `maxAgeSecs`: how old the sign-in there may be, for a step-up.
 * @throws sso.unknown_connection, provider_unavailable, provider_unfit
 */
export async function depart(
  ports: SsoPorts & { readonly providers: Providers },
  options: Options,
  organization: Organization,
  wanted: { readonly connectionId: string; readonly returnTo?: string; readonly maxAgeSecs?: number },
): Promise<Departure> {
  const connection = await liveConnection(organization, wanted.connectionId)
  const browser = newBrowserSecret(options.flowSecsMax + options.linkSecsMax)
  const returnTo = wanted.returnTo !== undefined && returnForm.test(wanted.returnTo) ? wanted.returnTo : undefined
  const { maxAgeSecs } = wanted
  const { secret: state } = await issueOnce(
    ports.database,
    {
      kind,
      owner: `sso:${connection.id}`,
      lifeSecs: options.flowSecsMax,
      subject: {
        organization: organization.id,
        connection: connection.id,
        browser: digestOf(browser.value),
        ...(returnTo === undefined ? {} : { returnTo }),
        ...(maxAgeSecs === undefined ? {} : { maxAgeSecs }),
      },
    },
    ports.clock.now(),
  )
  const location = await ports.providers.authorizationUrl(connection, {
    response_type: 'code',
    response_mode: 'query',
    redirect_uri: options.redirectUri,
    scope: 'openid email profile',
    state,
    nonce: boundTo(browser.value, 'nonce', state),
    code_challenge: await calculatePKCECodeChallenge(boundTo(browser.value, 'pkce', state)),
    code_challenge_method: 'S256',
    ...(maxAgeSecs === undefined ? {} : { max_age: String(maxAgeSecs) }),
  })
  return Object.freeze({ location: location.href, browser })
}

/**
 * Takes what a provider sent back by the browser. It works once: whatever comes of it, the same callback is over.
 * @throws sso.refused, sso.unknown_connection, sso.provider_unavailable, sso.provider_unfit
 */
export async function arrive(
  ports: SsoPorts & { readonly providers: Providers },
  options: Options,
  { query, cookie }: Callback,
): Promise<Arrival> {
  if (query.length > queryBytesMax) throw refuse.refused({ detail: 'a long query' })
  const url = new URL(options.redirectUri)
  url.search = query
  const [state, ...others] = url.searchParams.getAll('state')
  if (state === undefined || others.length > 0) throw refuse.refused({ detail: 'no state, or more than one' })
  const claimed = await claimOnce(ports.database, kind, state, ports.clock.now())
  if (claimed === undefined) throw refuse.refused({ detail: 'a state that is unknown, over or used' })
  const begun = subjectForm.parse(claimed.subject)
  if (!isSameBrowser(cookie, begun.browser)) throw refuse.refused({ detail: 'another browser' })

  const organization = ports.tenancy.organization(organizationId(begun.organization))
  const connection = await liveConnection(organization, begun.connection)
  const secret = await clientSecretOf(ports, organization, organization.id, connection.id)
  const client = await ports.providers.client(connection, secret)
  const claims = await exchanged(() =>
    authorizationCodeGrant(client, url, {
      expectedState: state,
      expectedNonce: boundTo(cookie, 'nonce', state),
      pkceCodeVerifier: boundTo(cookie, 'pkce', state),
      idTokenExpected: true,
      ...(begun.maxAgeSecs === undefined ? {} : { maxAge: begun.maxAgeSecs }),
    }),
  )
  // It came straight from the provider: one of another time, in either direction, belongs to something else.
  const nowSecs = ports.clock.now().getTime() / 1000
  const oldest = nowSecs - options.flowSecsMax - options.toleranceSecs
  if (claims.iss !== connection.issuer || claims.iat < oldest || claims.iat > nowSecs + options.toleranceSecs) {
    throw refuse.refused({ detail: 'an id token of another time or issuer' })
  }
  if (!isSubject(claims.sub)) throw refuse.refused({ detail: 'the subject is none' })
  return Object.freeze({ organization, connection, claims, returnTo: begun.returnTo })
}

/** OpenID Connect Core, section 2: at most 255 characters, of ASCII; here any that can be stored and printed. */
function isSubject(subject: string): boolean {
  return subject !== '' && Buffer.byteLength(subject) <= 255 && subject.isWellFormed() && !/\p{C}/u.test(subject)
}

async function exchanged(exchange: () => ReturnType<typeof authorizationCodeGrant>): Promise<IDToken> {
  try {
    const claims = (await exchange()).claims()
    if (claims === undefined) throw refuse.refused({ detail: 'no id token' })
    return claims
  } catch (thrown) {
    throw ofOurs(thrown) ?? refuse.refused({ detail: messageOf(thrown).slice(0, 200), cause: thrown })
  }
}
