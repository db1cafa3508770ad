import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { ContextKey, ContextKeys } from './keys.ts'

/** The nil UUID: a context for walking across organizations. It reaches no row. */
export const nobody = '00000000-0000-0000-0000-000000000000'

const version = '01'
const domain = 'upheld-context'

/**
 * A signed context of 136 hex digits, see kernel/030-context.sql for the fields.
 * HMAC-SHA-256 (RFC 2104) over the domain word and the first 72.
 */
export function signContext(
  key: ContextKey,
  fields: { organization: string; expiresAtSecs: number; backendPid: number; nonce: string },
): string {
  const body =
    version +
    key.id +
    fields.organization.replaceAll('-', '') +
    hex(fields.expiresAtSecs, 8) +
    key.cell +
    hex(fields.backendPid, 8) +
    fields.nonce
  return body + createHmac('sha256', key.secret).update(domain).update(body).digest('hex')
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** The two pads of HMAC with this key, as the database keeps them: `sha256(opad || sha256(ipad || message))`. */
export function padsOf(secret: Buffer): { ipad: Buffer; opad: Buffer } {
  const block = Buffer.concat([secret, Buffer.alloc(64 - secret.length)])
  return { ipad: Buffer.from(block.map(byte => byte ^ 0x36)), opad: Buffer.from(block.map(byte => byte ^ 0x5c)) }
}

export type Minter = (organization: OrganizationId | typeof nobody, backendPid: number) => string

interface Minted {
  readonly token: string
  readonly key: ContextKey
  readonly untilMs: number
}

/**
 * Signs contexts and uses each again on the same backend for a third of its life at most, so that a hot path does not
 * pay for a signature on every statement. Remembers at most `rememberedMax` of them.
 */
export function contextMinter(keys: ContextKeys, clock: Clock, tokenTtlSecs: number, rememberedMax = 2048): Minter {
  const remembered = new Map<string, Minted>()
  return (organization, backendPid) => {
    const place = `${organization} ${backendPid}`
    const nowMs = clock.monotonicMs()
    const key = keys.current()
    const known = remembered.get(place)
    if (known !== undefined && known.untilMs > nowMs && known.key === key) return known.token
    const token = signContext(key, {
      organization,
      expiresAtSecs: Math.floor(clock.now().getTime() / 1000) + tokenTtlSecs,
      backendPid,
      nonce: randomBytes(8).toString('hex'),
    })
    if (remembered.size >= rememberedMax) remembered.clear()
    remembered.set(place, { token, key, untilMs: nowMs + (tokenTtlSecs * 1000) / 3 })
    return token
  }
}
