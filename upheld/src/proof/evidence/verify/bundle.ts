import { canonicalJson } from '../../../core/json.ts'
import type { Json, JsonObject } from '../../../core/json.ts'
import {
  emptyTree,
  growTree,
  isObject,
  leafBytes,
  leafHash,
  openCheckpoint,
  parseNote,
  parseVerifierKey,
  readCanonical,
  treeRoot,
} from '../../../core/transparency/index.ts'
import type { Checkpoint, NoteVerifier, TiledTree } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { listAt, textAt } from './fields.ts'
import { readClaims } from './history.ts'
import type { RecordedClaim } from './history.ts'

// One file with everything that a stranger needs: {"checkpoint", "key", "leaves", "type"}, canonical JSON.

const type = 'upheld/bundle@v1'
/** Beyond these a text no longer fits in one string of Node with ease. */
const bundleBytesMax = 256 * 1024 * 1024

export interface VerifyOptions {
  /** The verifier key that the reader already trusts. Without it the evidence only vouches for itself. */
  readonly key?: string
  readonly now: Date
}

export interface Verified {
  readonly origin: string
  readonly key: string
  /** Whether the key is one that the reader gave. */
  readonly pinned: boolean
  readonly size: number
  /** Base64. */
  readonly root: string
  readonly checkpoint: string
  readonly claims: readonly RecordedClaim[]
  /** Leaves that are not about claims. */
  readonly others: number
}

export function formatBundle(key: string, checkpoint: string, leaves: readonly JsonObject[]): Buffer {
  return Buffer.from(canonicalJson({ type, key, checkpoint, leaves }))
}

/**
 * Recomputes everything that the bundle says, offline. Any byte that differs from what was exported is refused.
 * @throws verify.bad_bundle, too_big, altered, not_pinned; transparency.bad_key, bad_note, unknown_key, bad_signature,
 *   bad_checkpoint, other_origin
 */
export function verifyBundle(bytes: Uint8Array, { key: pinned, now }: VerifyOptions): Verified {
  if (bytes.length > bundleBytesMax) throw refuse.too_big({ detail: `At most ${bundleBytesMax} bytes are read.` })
  const bundle = readCanonical(bytes)
  if (!isObject(bundle) || bundle['type'] !== type || Object.keys(bundle).length !== 4) {
    throw refuse.bad_bundle({ detail: `Expected canonical JSON of type ${type}.` })
  }
  const [key, checkpoint, items] = [textAt(bundle, 'key'), textAt(bundle, 'checkpoint'), listAt(bundle, 'leaves')]
  if (key === undefined || checkpoint === undefined || items === undefined) {
    throw refuse.bad_bundle({ detail: 'Expected checkpoint, key and leaves.' })
  }
  const leaves = items.map(leafOf)
  const verifier = verifierFor(key, pinned)
  const head = openHead(checkpoint, verifier)
  treeUnder(
    head,
    leaves.map(({ bytes }) => bytes),
  )
  const values = leaves.map(({ value }) => value)
  return verified({ verifier, pinned: pinned !== undefined, checkpoint, head, leaves: values, now })
}

export function verifierFor(key: string, pinned: string | undefined): NoteVerifier {
  const verifier = parseVerifierKey(pinned ?? key)
  if (verifier.encoded !== key) throw refuse.not_pinned({ detail: `It was made with ${key}.` })
  return verifier
}

/** A head as this log makes them: one signature, no extension lines, so nothing in it can be added unseen. */
function openHead(checkpoint: string, verifier: NoteVerifier): Checkpoint {
  const head = openCheckpoint(checkpoint, verifier)
  if (head.extensions.length > 0 || parseNote(checkpoint).signatures.length !== 1) {
    throw refuse.altered({ detail: 'The checkpoint has lines that this log does not write.' })
  }
  return head
}

/**
 * The tree over exactly these leaves, once it is the signed one.
 * @throws verify.altered
 */
export function treeUnder(head: Checkpoint, leaves: readonly Uint8Array[]): TiledTree {
  if (leaves.length !== head.size) {
    throw refuse.altered({ detail: `It has ${leaves.length} leaves; ${head.size} were signed.` })
  }
  const tree = growTree(emptyTree, leaves.map(leafHash))
  if (!treeRoot(tree).equals(head.root)) throw refuse.altered({ detail: 'The leaves do not give the signed root.' })
  return tree
}

export function verified(from: {
  readonly verifier: NoteVerifier
  readonly pinned: boolean
  readonly checkpoint: string
  readonly head: Checkpoint
  readonly leaves: readonly JsonObject[]
  readonly now: Date
}): Verified {
  const claims = readClaims(from.leaves, from.now)
  const about = from.leaves.filter(leaf => claimLeaf.test(textAt(leaf, 'type') ?? ''))
  return {
    origin: from.head.origin,
    key: from.verifier.encoded,
    pinned: from.pinned,
    size: from.head.size,
    root: from.head.root.toString('base64'),
    checkpoint: from.checkpoint,
    claims,
    others: from.leaves.length - about.length,
  }
}

const claimLeaf = /^upheld\/(?:claim|run|withdrawal)@v1$/

function leafOf(value: Json, index: number): { readonly value: JsonObject; readonly bytes: Buffer } {
  const bytes = isObject(value) ? leafBytes(value) : undefined
  if (!isObject(value) || bytes === undefined) throw refuse.bad_bundle({ detail: `Leaf ${index} cannot be a leaf.` })
  return { value, bytes }
}
