import { createHmac } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Note } from './actor.ts'
import type { ContextKey, ContextKeys } from './keys.ts'

/** The nil UUID: a context for walking across organizations. It reaches no row. */
export const nobody = '00000000-0000-0000-0000-000000000000'

const domain = 'upheld-context'
/** Of staff: version 2 names a grant, see kernel/080-support.sql. */
const supportDomain = 'upheld-support'

/** A signed context, see kernel/030-context.sql for its fields. HMAC-SHA-256 is RFC 2104. */
export function signContext(
  key: ContextKey,
  fields: { organization: string; expiresAtSecs: number; backendPid: number; nonce: string; grant?: string },
): string {
  const { grant } = fields
  const body =
    (grant === undefined ? '01' : '02') +
    key.id +
    fields.organization.replaceAll('-', '') +
    hex(fields.expiresAtSecs, 8) +
    key.cell +
    hex(fields.backendPid, 8) +
    fields.nonce +
    (grant ?? '').replaceAll('-', '')
  const word = grant === undefined ? domain : supportDomain
  return body + createHmac('sha256', key.secret).update(word).update(body, 'hex').digest('hex')
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** A key as the columns of upheld_guard.context_key: id, inner_block, outer_block, cell. */
export function guardedForm(key: ContextKey): readonly unknown[] {
  const block = Buffer.concat([key.secret, Buffer.alloc(64 - key.secret.length)])
  const inner = Buffer.concat([block.map(byte => byte ^ 0x36), Buffer.from(domain)])
  const outer = Buffer.from(block.map(byte => byte ^ 0x5c))
  return [Buffer.from(key.id, 'hex'), inner, outer, Buffer.from(key.cell, 'hex')]
}

type Minter = (organization: OrganizationId | typeof nobody, backendPid: number, note: Note, grant?: string) => string

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
  return (organization, backendPid, note, grant) => {
    const place = `${organization} ${backendPid} ${note.nonce} ${grant ?? ''}`
    const nowMs = clock.monotonicMs()
    const key = keys.current()
    const known = remembered.get(place)
    if (known !== undefined && known.untilMs > nowMs && known.key === key) return known.token
    const expiresAtSecs = Math.floor(clock.now().getTime() / 1000) + tokenTtlSecs
    const fields = { organization, expiresAtSecs, backendPid, nonce: note.nonce }
    const token = signContext(key, grant === undefined ? fields : { ...fields, grant }) + note.text
    if (remembered.size >= rememberedMax) remembered.clear()
    remembered.set(place, { token, key, untilMs: nowMs + (tokenTtlSecs * 1000) / 3 })
    return token
  }
}
