import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from 'jose'
import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { Web } from '../../core/web.ts'
import { refuse } from './errors.ts'
import type { Definition } from './options.ts'

/** The key that a header names, from the configured source and from nowhere else. */
export type KeySource = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>

interface KeyPorts {
  readonly clock: Clock
  /** Reads the keys of an issuer; needed when they are given as an address. */
  readonly web?: Web
}

const setForm = z.object({ keys: z.array(z.looseObject({ kty: z.string().max(10) })).max(100) })

/** @throws jwt.bad_definition */
export function keySource({ keys, keysAgeSecsMax, cooldownSecs }: Definition, { clock, web }: KeyPorts): KeySource {
  if ('set' in keys) {
    const found = publicKeys(keys.set)
    if (found.keys.length === 0) throw refuse.bad_definition({ detail: 'the set has no public key' })
    return createLocalJWKSet(found)
  }
  if (web === undefined) throw refuse.bad_definition({ detail: 'keys at an address are read through the port `web`' })
  const { url } = keys
  return remoteKeys({
    read: () => readKeys(web, url),
    clock,
    ageMs: keysAgeSecsMax * 1000,
    cooldownMs: cooldownSecs * 1000,
  })
}

/** A secret or a private key in a published set is known to everybody: it proves nothing. */
function publicKeys(given: unknown): JSONWebKeySet {
  const { keys } = setForm.parse(given)
  const fit = keys.filter(key => ['RSA', 'EC', 'OKP'].includes(key.kty) && !('d' in key) && !('k' in key))
  return { keys: fit }
}

async function readKeys(web: Web, url: string): Promise<KeySource> {
  const response = await web.call(url, {
    method: 'GET',
    headers: { accept: 'application/jwk-set+json, application/json' },
  })
  if (response.status !== 200) throw refuse.keys_unavailable({ detail: `status ${response.status}` })
  return createLocalJWKSet(publicKeys(await response.json()))
}

interface Remote {
  readonly read: () => Promise<KeySource>
  readonly clock: Clock
  readonly ageMs: number
  readonly cooldownMs: number
}

/**
 * Asked at most once in `cooldownMs`, whether that went well or not: tokens with invented keys, or an issuer that is down,
 * cause no storm. Keys older than `ageMs` are not used, also when there is nothing newer.
 */
function remoteKeys({ read, clock, ageMs, cooldownMs }: Remote): KeySource {
  let known: { readonly source: KeySource; readonly at: number } | undefined
  let triedAt = -Infinity
  let reading: Promise<void> | undefined

  const refresh = async (): Promise<void> => {
    const at = clock.monotonicMs()
    triedAt = at
    try {
      known = { source: await read(), at }
    } catch (cause) {
      throw refuse.keys_unavailable({ cause })
    } finally {
      reading = undefined
    }
  }
  const mayAsk = (): boolean => clock.monotonicMs() - triedAt >= cooldownMs
  const current = (): KeySource | undefined =>
    known !== undefined && clock.monotonicMs() - known.at < ageMs ? known.source : undefined

  return async (header, token) => {
    if (current() === undefined && (reading !== undefined || mayAsk())) await (reading ??= refresh())
    const source = current()
    if (source === undefined) throw refuse.keys_unavailable({ detail: 'asked a moment ago' })
    try {
      return await source(header, token)
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey) || (reading === undefined && !mayAsk())) throw thrown
      await (reading ??= refresh())
      return (current() ?? source)(header, token)
    }
  }
}
