import { canonicalJson } from '../../../core/json.ts'
import { openCheckpoint, parseVerifierKey } from '../../../core/transparency/index.ts'
import type { NoteVerifier } from '../../../core/transparency/index.ts'
import { isObject, readCanonical } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'

// Two heads of one size and two roots, signed by one log: whoever holds both can prove to anybody that it lied.

const forkType = 'upheld/fork@v1'

export interface VerifiedFork {
  readonly kind: 'fork'
  readonly origin: string
  readonly key: string
  readonly keyPinned: boolean
  readonly size: number
  /** Base64. */
  readonly roots: readonly [string, string]
}

export function formatFork(key: NoteVerifier, notes: readonly [string, string]): Buffer {
  return Buffer.from(`${canonicalJson({ type: forkType, key: key.encoded, notes })}\n`)
}

/** Whether a file calls itself such a pair: `type` is its last member. */
export function isFork(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).subarray(-64).includes(`"type":"${forkType}"`)
}

/**
 * Whether the pair proves that the log of this key contradicted itself.
 * @throws bundle.bad_pair when it does not, bundle.not_pinned, and what `openCheckpoint` throws
 */
export function verifyFork(bytes: Uint8Array, pinned?: string): VerifiedFork {
  const text = bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
  const pair = readCanonical(text)
  if (!isObject(pair) || pair['type'] !== forkType || Object.keys(pair).length !== 3) throw refuse.bad_pair()
  const { key, notes } = pair
  if (typeof key !== 'string' || !Array.isArray(notes) || notes.length !== 2) throw refuse.bad_pair()
  const [one, other] = notes.map((note: unknown) => note)
  if (typeof one !== 'string' || typeof other !== 'string') throw refuse.bad_pair()
  const verifier = parseVerifierKey(pinned ?? key)
  if (verifier.encoded !== key) throw refuse.not_pinned({ detail: `The pair is about ${key}.` })
  const [first, second] = [openCheckpoint(one, verifier), openCheckpoint(other, verifier)]
  if (first.size !== second.size) {
    throw refuse.bad_pair({ detail: `One has ${first.size} leaves, the other ${second.size}: a log may grow.` })
  }
  if (first.root.equals(second.root)) throw refuse.bad_pair({ detail: 'They are the same head.' })
  return Object.freeze({
    kind: 'fork' as const,
    origin: first.origin,
    key,
    keyPinned: pinned !== undefined,
    size: first.size,
    roots: [first.root.toString('base64'), second.root.toString('base64')] as const,
  })
}
