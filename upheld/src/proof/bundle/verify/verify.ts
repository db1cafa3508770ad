import {
  inclusionProof,
  formatProof,
  noteText,
  openCheckpoint,
  parseNote,
  parsePolicy,
  parseVerifierKey,
  subtreeAt,
  tilePath,
  tilesOf,
  tileWidth,
} from '../../../core/transparency/index.ts'
import type { Checkpoint, NoteVerifier, Policy } from '../../../core/transparency/index.ts'
import { readLeaf } from '../../../core/transparency/index.ts'
import { anchoredBy } from './anchor.ts'
import type { Anchoring } from './anchor.ts'
import { disclosureBytesMax, disclosureCheck } from './disclosures.ts'
import { refuse } from './errors.ts'
import { growingTree, leavesOf, split } from './growing.ts'
import type { GrowingTree } from './growing.ts'
import { anchorFiles, fileDigest, manifestPath, plainFiles, readManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { archiveReader } from './reader.ts'
import type { ArchiveReader, Pieces } from './reader.ts'
import { isLeaf } from './scan.ts'
import { checkSeen, seenRoots } from './seen.ts'
import type { SeenRoots } from './seen.ts'

export interface AuditOptions {
  /** The verifier key of the log that the reader already trusts. */
  readonly key?: string
  /** Fingerprint (`sha256:` and 64 hex digits) of the policy that the reader already trusts. */
  readonly policy?: string
  /** A signed head of this log that the reader has kept: the bundle must continue it. */
  readonly seen?: string
  /** A quorum of witnesses must have seen the head at most this long before `now`. */
  readonly freshSecs?: number
  readonly now: Date
}

export interface VerifiedAudit {
  readonly kind: 'audit'
  readonly origin: string
  readonly key: string
  readonly keyPinned: boolean
  readonly policy: string
  readonly policyPinned: boolean
  readonly size: number
  /** Entries below were pruned: they count in the tree, and are not here. */
  readonly minimum: number
  /** Base64. */
  readonly root: string
  readonly checkpoint: string
  readonly anchoring: Anchoring | undefined
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly disclosed: number
  readonly erased: number
  /** Erased, and the entry that says so is not in the log yet. */
  readonly erasedUnlogged: number
  readonly continuesSeen: boolean
}

const smallBytesMax = 1_000_000
const entriesBytesMax = tileWidth * (16 * 1024 + 2)
const tileBytesMax = 8192

/**
 * Recomputes everything that the audit bundle of an organization says, offline, in memory that does not grow with the
 * entries' texts. Any byte that differs from what was exported is refused.
 * @throws a code of `bundle` or `transparency`
 */
export async function verifyAuditBundle(pieces: Pieces, options: AuditOptions): Promise<VerifiedAudit> {
  const archive = archiveReader(pieces)
  const manifest = readManifest(await archive.take(manifestPath, smallBytesMax))
  const { key, policy, checkpoint, head, anchoring } = await readPapers(archive, manifest, options)
  checkFresh(anchoring, options)
  const seen = seenRoots(options.seen, key)
  const read = await readEntries(archive, manifest, seen)
  if (!read.tree.root(manifest.size).equals(head.root)) {
    throw refuse.altered({ detail: 'The entries do not give the signed root.' })
  }
  const continuesSeen = checkSeen(seen, head)
  await readRest(archive, manifest, read, checkpoint)
  await archive.end()
  return Object.freeze({
    kind: 'audit' as const,
    origin: head.origin,
    key: key.encoded,
    keyPinned: options.key !== undefined,
    policy: policy.fingerprint,
    policyPinned: options.policy !== undefined,
    size: head.size,
    minimum: manifest.minimum,
    root: head.root.toString('base64'),
    checkpoint,
    anchoring,
    firstAt: read.firstAt,
    lastAt: read.lastAt,
    ...read.disclosures,
    continuesSeen,
  })
}

interface Papers {
  readonly key: NoteVerifier
  readonly policy: Policy
  readonly checkpoint: string
  readonly head: Checkpoint
  readonly anchoring: Anchoring | undefined
}

/** What stands before the entries: policy, signed head, and the anchor log's word for it. */
async function readPapers(archive: ArchiveReader, manifest: Manifest, options: AuditOptions): Promise<Papers> {
  const files = new Map<string, Buffer>()
  for (const path of [...plainFiles, ...(manifest.anchored ? anchorFiles : [])]) {
    const bytes = await archive.take(path, smallBytesMax)
    if (fileDigest(bytes) !== manifest.digests[path]) throw refuse.bad_archive({ detail: `${path} was changed.` })
    files.set(path, Buffer.from(bytes))
  }
  const bytesOf = (path: string): Buffer => files.get(path) ?? Buffer.of()
  const policy = parsePolicy(bytesOf('policy.txt'))
  if (options.policy !== undefined && options.policy !== policy.fingerprint) {
    throw refuse.not_pinned({ detail: `Its policy is ${policy.fingerprint}.` })
  }
  const key = parseVerifierKey(options.key ?? manifest.key)
  if (key.encoded !== manifest.key) throw refuse.not_pinned({ detail: `It was made with ${manifest.key}.` })
  const checkpoint = noteText(bytesOf('checkpoint'))
  const head = openCheckpoint(checkpoint, key)
  if (head.extensions.length > 0 || parseNote(checkpoint).signatures.length !== 1) {
    throw refuse.altered({ detail: 'The checkpoint has lines that this log does not write.' })
  }
  if (head.size !== manifest.size) throw refuse.altered({ detail: `${head.size} entries were signed.` })
  const anchoring = manifest.anchored
    ? anchoredBy(head, bytesOf('anchor/leaf.json'), noteText(bytesOf('anchor/head.tlog-proof')), policy)
    : undefined
  if (options.policy !== undefined) {
    if (anchoring === undefined) throw refuse.not_anchored()
    if (!anchoring.hasQuorum) throw refuse.not_witnessed({ detail: `${anchoring.cosignatures.length} have.` })
  }
  return { key, policy, checkpoint, head, anchoring }
}

function checkFresh(anchoring: Anchoring | undefined, { freshSecs, now }: AuditOptions): void {
  if (freshSecs === undefined) return
  const at = anchoring?.witnessedAt
  if (at === undefined) throw refuse.stale({ detail: 'No witness has signed it.' })
  const ageSecs = Math.floor((now.getTime() - at.getTime()) / 1000)
  if (ageSecs > freshSecs)
    throw refuse.stale({ detail: `The quorum is ${ageSecs} s old; at most ${freshSecs} s were asked for.` })
}

interface Entries {
  readonly tree: GrowingTree
  /** Level-0 tiles that a proof file needs, by index. */
  readonly kept: ReadonlyMap<number, Buffer>
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly disclosures: ReturnType<ReturnType<typeof disclosureCheck>['finish']>
}

/** For every 256 entries: their texts, the personal values that go with them, and the hash tile over them. */
async function readEntries(
  archive: ArchiveReader,
  { size, minimum, proofs }: Manifest,
  seen: SeenRoots,
): Promise<Entries> {
  const [tree, disclosures] = [growingTree(), disclosureCheck()]
  const wanted = new Set([...proofs, size - 1].map(index => Math.floor(index / tileWidth)))
  const kept = new Map<number, Buffer>()
  let [firstAt, lastAt]: (string | undefined)[] = []
  for (let index = 0; index * tileWidth < size; index += 1) {
    const width = Math.min(tileWidth, size - index * tileWidth)
    const path = tilePath({ level: 0, index, width })
    let hashes: Buffer | undefined
    if (index * tileWidth >= minimum) {
      const found = await readLeaves(archive, index, width)
      hashes = found.hashes
      const lines = disclosurePath(index)
      const given = (await archive.peek()) === lines ? await archive.take(lines, disclosureBytesMax) : undefined
      disclosures.take(index * tileWidth, found, given)
      firstAt ??= timeOf(found.leaves[0])
      if (index * tileWidth + width === size) lastAt = timeOf(found.leaves.at(-1))
    }
    const tile = Buffer.from(await archive.take(path, tileBytesMax))
    if (tile.length !== width * 32 || hashes?.equals(tile) === false) {
      throw refuse.altered({ detail: `${path} does not belong to the entries.` })
    }
    tree.add(tile)
    seen.take(index, tile, tree)
    if (wanted.has(index)) kept.set(index, tile)
  }
  return { tree, kept, firstAt, lastAt, disclosures: disclosures.finish() }
}

async function readLeaves(archive: ArchiveReader, index: number, width: number) {
  const path = tilePath({ level: 'entries', index, width })
  // A copy: reading works on the bytes in place.
  const found = leavesOf(Buffer.from(await archive.take(path, entriesBytesMax)), width, path)
  const wrong = found.leaves.findIndex(leaf => !isLeaf(leaf))
  if (wrong >= 0) throw refuse.altered({ detail: `Entry ${index * tileWidth + wrong} is not canonical JSON.` })
  return found
}

/** The hash tiles above, and the proof files: both follow from the entries, byte for byte. */
async function readRest(
  archive: ArchiveReader,
  manifest: Manifest,
  { tree, kept }: Entries,
  checkpoint: string,
): Promise<void> {
  for (const { level, index, width } of tilesOf(manifest.size).filter(tile => tile.level > 0)) {
    const path = tilePath({ level, index, width })
    if (!tree.tile(level, index, width).equals(await archive.take(path, tileBytesMax))) {
      throw refuse.altered({ detail: `${path} does not belong to the entries.` })
    }
  }
  for (const index of manifest.proofs) {
    const path = proofPath(index)
    const only = proofOf({ tree, kept, index, size: manifest.size, checkpoint })
    if (!Buffer.from(only).equals(await archive.take(path, smallBytesMax))) {
      throw refuse.altered({ detail: `${path} is not the proof of its entry.` })
    }
  }
}

export function disclosurePath(index: number): string {
  return tilePath({ level: 'entries', index, width: tileWidth }).replace('tile/entries/', 'disclosures/') + '.jsonl'
}

export function proofPath(index: number): string {
  return `proofs/${index}.tlog-proof`
}

/** A proof out of a tree whose level-0 tiles are known around the entry and at the end. */
export function proofOf(from: {
  readonly tree: GrowingTree
  readonly kept: ReadonlyMap<number, Buffer>
  readonly index: number
  readonly size: number
  readonly checkpoint: string
}): string {
  const { tree, kept, index, size, checkpoint } = from
  const subtree = subtreeAt((level, at) => {
    if (level > 0) return tree.hashAt(level, at)
    return split(kept.get(Math.floor(at / tileWidth)) ?? Buffer.of())[at % tileWidth]
  })
  return formatProof({ index, hashes: inclusionProof(subtree, index, size), checkpoint })
}

function timeOf(leaf: Buffer | undefined): string | undefined {
  const at = leaf === undefined ? undefined : readLeaf(leaf)?.['received_at']
  return typeof at === 'string' ? at : undefined
}
