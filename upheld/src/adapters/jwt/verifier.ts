import type { Clock } from '../../core/clock.ts'
import type { Web } from '../../core/web.ts'
import { checkClaims, type VerifiedToken } from './claims.ts'
import { keySource } from './keys.ts'
import { parseDefinition, type JwtDefinition } from './options.ts'
import { verifySignature } from './signature.ts'

export interface JwtPorts {
  readonly clock: Clock
  /** Reads the keys of an issuer; needed when they are given as an address. */
  readonly web?: Web
}

/** @throws jwt.refused, jwt.keys_unavailable */
export type JwtVerifier = (token: string) => Promise<VerifiedToken>

/** Signature first, then type, issuer, audience and time. @throws jwt.bad_definition */
export function jwtVerifier(given: JwtDefinition, { clock, ...ports }: JwtPorts): JwtVerifier {
  const definition = parseDefinition(given)
  const keys = keySource(definition, { clock, ...ports })
  return async token => checkClaims(await verifySignature(token, definition.algorithms, keys), definition, clock.now())
}
