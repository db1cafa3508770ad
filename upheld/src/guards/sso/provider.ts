import {
  buildAuthorizationUrl,
  clockSkew,
  clockTolerance,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  type CustomFetchOptions,
  type ServerMetadata,
} from 'openid-client'
import { systemClock, type Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Web } from '../../core/web.ts'
import type { Connection } from './connections.ts'
import { refuse } from './errors.ts'
import type { Options } from './options.ts'

export interface Providers {
  /** Asks a provider what it offers. @throws sso.provider_unfit, sso.provider_unavailable, web.address_refused */
  examine(issuer: string): Promise<void>
  /** Where the browser is sent. @throws as examine */
  authorizationUrl(connection: Connection, parameters: Readonly<Record<string, string>>): Promise<URL>
  /** One client at one provider, ready to exchange one code. @throws as examine */
  client(connection: Connection, clientSecret: string): Promise<Configuration>
}

const metadataMax = 500

/** What openid-client is allowed: our own calls, our own time, our own list of algorithms. */
export function openProviders(
  { web, clock }: { readonly web: Web; readonly clock: Clock },
  options: Options,
): Providers {
  const known = new Map<string, { readonly metadata: ServerMetadata; readonly untilMs: number }>()

  const call = async (url: string, { method, headers, body, signal }: CustomFetchOptions): Promise<Response> =>
    web.call(url, {
      method,
      headers,
      ...(body instanceof URLSearchParams || typeof body === 'string' ? { body: body.toString() } : {}),
      ...(signal === undefined ? {} : { signal }),
    })

  const asked = async (issuer: string): Promise<ServerMetadata> => {
    await web.judge(issuer)
    try {
      const found = await discovery(new URL(issuer), 'nobody', undefined, undefined, {
        [customFetch]: call,
        timeout: options.timeoutSecs,
      })
      return fit(found.serverMetadata(), issuer, options)
    } catch (thrown) {
      throw ofOurs(thrown) ?? refuse.provider_unavailable({ cause: thrown })
    }
  }

  const metadataOf = async (issuer: string): Promise<ServerMetadata> => {
    const kept = known.get(issuer)
    if (kept !== undefined && clock.monotonicMs() < kept.untilMs) return kept.metadata
    const metadata = await asked(issuer)
    known.delete(issuer)
    for (const oldest of known.keys()) {
      if (known.size < metadataMax) break
      known.delete(oldest)
    }
    known.set(issuer, { metadata, untilMs: clock.monotonicMs() + options.metadataSecs * 1000 })
    return metadata
  }

  const configured = (metadata: ServerMetadata, connection: Connection, clientSecret: string): Configuration => {
    const skewSecs = Math.round((clock.now().getTime() - systemClock.now().getTime()) / 1000)
    const authenticate = connection.clientMethod === 'client_secret_post' ? ClientSecretPost : ClientSecretBasic
    const configuration = new Configuration(
      metadata,
      connection.clientId,
      { [clockSkew]: skewSecs, [clockTolerance]: options.toleranceSecs },
      authenticate(clientSecret),
    )
    configuration[customFetch] = call
    configuration.timeout = options.timeoutSecs
    // The signature of an id token is checked also where TLS to the provider would do (ASVS 6.8.2).
    enableNonRepudiationChecks(configuration)
    return configuration
  }

  return Object.freeze({
    async examine(issuer: string) {
      await asked(issuer)
    },
    async authorizationUrl(connection: Connection, parameters: Readonly<Record<string, string>>) {
      const metadata = await metadataOf(connection.issuer)
      return buildAuthorizationUrl(new Configuration(metadata, connection.clientId), { ...parameters })
    },
    async client(connection: Connection, clientSecret: string) {
      return configured(await metadataOf(connection.issuer), connection, clientSecret)
    },
  })
}

/** The metadata with the algorithms that are on both lists. @throws sso.provider_unfit */
function fit(metadata: ServerMetadata, issuer: string, { algorithms }: Options): ServerMetadata {
  const unfit = (detail: string): Error => refuse.provider_unfit({ detail })
  // openid-client makes exceptions for providers of many tenants; here an issuer is one issuer.
  if (metadata.issuer !== issuer) throw unfit('it calls itself by another name')
  const signed = (metadata.id_token_signing_alg_values_supported ?? ['RS256']).filter(one =>
    algorithms.some(fine => fine === one),
  )
  if (signed.length === 0) throw unfit('no algorithm of its id tokens is taken here')
  if (metadata.code_challenge_methods_supported?.includes('S256') === false) throw unfit('no PKCE with S256')
  if (metadata.response_types_supported?.includes('code') === false) throw unfit('no authorization code flow')
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    const address = metadata[name]
    if (address === undefined || !URL.canParse(address) || new URL(address).protocol !== 'https:')
      throw unfit(`no ${name}`)
  }
  return { ...metadata, id_token_signing_alg_values_supported: signed }
}

/** An error of ours that a library wrapped into its own, or the provider's admission that it cannot answer. */
export function ofOurs(thrown: unknown): Error | undefined {
  let one: unknown = thrown
  for (let depth = 0; depth < 5 && one instanceof Error; depth++) {
    if (one instanceof UpheldError) {
      const { code } = one
      return code === 'web.unreachable' || code === 'web.too_big' ? refuse.provider_unavailable({ cause: thrown }) : one
    }
    if (one.cause instanceof Response && one.cause.status >= 500) return refuse.provider_unavailable({ cause: thrown })
    one = one.cause
  }
  return undefined
}
