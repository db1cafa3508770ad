import { compactVerify } from 'jose'
import { messageOf, UpheldError } from '../../core/errors.ts'
import { refuse } from './errors.ts'
import type { KeySource } from './keys.ts'

/** Three parts, each of base64url without padding; 16 KiB at most, before anything is read of it. */
const tokenForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const tokenBytesMax = 16_384

export interface Signed {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Uint8Array
}

/**
 * The payload of a compact JWS (RFC 7515), once its signature was checked with a key of the source by an algorithm of the
 * list. Keys and addresses of keys in the header (`jwk`, `jku`, `x5u`, `x5c`) are never looked at; extensions that must be
 * understood (`crit`) are refused.
 * @throws jwt.refused, jwt.keys_unavailable
 */
export async function verifySignature(token: string, algorithms: readonly string[], keys: KeySource): Promise<Signed> {
  if (token.length > tokenBytesMax || !tokenForm.test(token)) throw refuse.refused({ detail: 'not a compact JWS' })
  // One token has one text: bits that no byte is made of are zero (RFC 4648, section 3.5).
  if (!token.split('.').every(isCanonical)) throw refuse.refused({ detail: 'another spelling' })
  try {
    const { protectedHeader, payload } = await compactVerify(token, keys, { algorithms: [...algorithms] })
    if (protectedHeader.crit !== undefined) throw refuse.refused({ detail: 'crit' })
    return { header: protectedHeader, payload }
  } catch (thrown) {
    if (thrown instanceof UpheldError) throw thrown
    throw refuse.refused({ detail: messageOf(thrown).slice(0, 200), cause: thrown })
  }
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}
