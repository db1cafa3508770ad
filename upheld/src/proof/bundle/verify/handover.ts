import {
  isObject,
  leafHash,
  noteText,
  openCheckpoint,
  parseNote,
  parseVerifierKey,
  readLeaf,
} from '../../../core/transparency/index.ts'
import type { Checkpoint, NoteVerifier } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import type { Manifest } from './manifest.ts'
import type { Roots } from './roots.ts'

// A log that changed its key: the last leaf that the key before signs names the next key. So one pinned key leads to the
// key of today, and a head that a former key signed beyond that leaf is known for what it is: signed by somebody else.

interface SigningKey {
  readonly key: NoteVerifier
  /** Entries that it signed: from this one on, */
  readonly from: number
  /** up to this one, which names the next key; undefined for the key of now. */
  readonly until: number | undefined
}

export interface Keys {
  /** In their order; the last one is that of now. */
  readonly all: readonly SigningKey[]
  readonly current: NoteVerifier
  /** Sizes at which the tree has to be what a former key signed. */
  readonly sizes: readonly number[]
  /** @throws bundle.altered */
  check(roots: Roots): void
}

export function handoverPaths(former: Manifest['former']): readonly string[] {
  return former.flatMap((_, i) => [`keys/${i}/leaf.json`, `keys/${i}/checkpoint`])
}

/**
 * The keys of a log. Every former one has signed that the next one follows.
 * @throws bundle.altered, and what `openCheckpoint` throws
 */
export function readKeys({ key, former }: Manifest, bytesOf: (path: string) => Buffer): Keys {
  const verifiers = [...former.map(one => one.key), key].map(text => parseVerifierKey(text))
  const handed = former.map(({ until }, i) => {
    const [own, next] = [verifiers[i], verifiers[i + 1]]
    if (own === undefined || next === undefined || own.name !== next.name) throw bad(i)
    const [leafPath = '', headPath = ''] = handoverPaths(former).slice(2 * i)
    const [leaf, note] = [bytesOf(leafPath), noteText(bytesOf(headPath))]
    const head = openCheckpoint(note, own)
    const plain = head.extensions.length === 0 && parseNote(note).signatures.length === 1
    if (!plain || head.size !== until + 1 || !names(leaf, next, until)) throw bad(i)
    return { head, leaf: leafHash(leaf), until }
  })
  return Object.freeze({
    current: parseVerifierKey(key),
    all: verifiers.map((verifier, i) => ({
      key: verifier,
      from: former[i - 1]?.until ?? 0,
      until: former[i]?.until,
    })),
    sizes: handed.map(({ head }) => head.size),
    check(roots: Roots) {
      handed.forEach(({ head, leaf }, i) => {
        const found = roots.at(head.size)
        if (found === undefined || !found.root.equals(head.root) || found.last?.equals(leaf) !== true) throw bad(i)
      })
    },
  })
}

function bad(at: number): Error {
  return refuse.altered({ detail: `Key ${at + 1} of this log does not hand over to the next one.` })
}

function names(leaf: Buffer, next: NoteVerifier, until: number): boolean {
  const value = readLeaf(leaf)
  const detail = value?.['detail']
  return (
    value?.['type'] === 'upheld/audit@v1' &&
    value['action'] === 'audit.key' &&
    isObject(detail) &&
    detail['verifier_key'] === next.encoded &&
    detail['since_size'] === until
  )
}

/**
 * Opens a head of this log under the key that signed it, when that key could sign it then.
 * @throws bundle.other_key, bundle.key_retired, and what `openCheckpoint` throws
 */
export function openUnder(note: string, { all, current }: Keys): Checkpoint {
  const signers = parseNote(note).signatures
  const own = all.find(({ key }) => signers.some(one => one.name === key.name && one.id === key.id))
  if (own === undefined) {
    const detail = signers.some(({ name }) => name === current.name) ? undefined : 'It is a head of another log.'
    throw refuse.other_key(detail === undefined ? {} : { detail })
  }
  const head = openCheckpoint(note, own.key)
  if (own.until !== undefined && head.size > own.until + 1) {
    throw refuse.key_retired({ detail: `It signed up to entry ${own.until}, and here it signs ${head.size} entries.` })
  }
  return head
}
