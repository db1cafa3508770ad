import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'

/** What was granted, word for word: signed when it is granted, held against the row whenever it is used. */
export interface GrantStatement {
  readonly type: 'upheld/support-grant@v1'
  readonly id: string
  readonly organization: string
  readonly kind: 'consent' | 'break-glass'
  readonly staff: string
  readonly peer: string
  readonly case: string
  readonly permissions: readonly string[]
  readonly writes: boolean
  readonly minutes: number
  /** The member who said yes; empty where a standing rule or a broken glass did. */
  readonly approved_by: string
  /** RFC 3339 in UTC. */
  readonly approved_at: string
}

const form = z.strictObject({
  type: z.literal('upheld/support-grant@v1'),
  id: z.uuid(),
  organization: z.uuid(),
  kind: z.enum(['consent', 'break-glass']),
  staff: z.uuid(),
  peer: z.string(),
  case: z.string(),
  permissions: z.array(z.string()).readonly(),
  writes: z.boolean(),
  minutes: z.int(),
  approved_by: z.string(),
  approved_at: z.iso.datetime(),
})

/** Ed25519 (RFC 8032) over a word of its own and the canonical JSON (RFC 8785). */
const word = 'upheld/support-grant@v1\n'

export function signStatement(statement: GrantStatement, key: KeyObject): { text: string; signature: Buffer } {
  const text = canonicalJson({ ...statement, permissions: [...statement.permissions] })
  return { text, signature: sign(null, Buffer.from(word + text), key) }
}

/** The statement, when it was signed with this key and nothing of it was changed since. */
export function readStatement(text: string, signature: Uint8Array, key: KeyObject): GrantStatement | undefined {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  if (!verify(null, Buffer.from(word + text), publicKey, signature)) return undefined
  const read = form.safeParse(JSON.parse(text))
  return read.success ? read.data : undefined
}
