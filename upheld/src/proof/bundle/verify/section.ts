import {
  inclusionProof,
  formatProof,
  noteText,
  openCheckpoint,
  parseNote,
  parsePolicy,
  readLeaf,
  subtreeAt,
  tilePath,
  tilesOf,
  tileWidth,
} from '../../../core/transparency/index.ts'
import type { Checkpoint, Policy } from '../../../core/transparency/index.ts'
import { anchoredBy } from './anchor.ts'
import type { Anchoring } from './anchor.ts'
import { disclosureBytesMax, disclosureCheck } from './disclosures.ts'
import { refuse } from './errors.ts'
import { growingTree, leavesOf, split } from './growing.ts'
import type { GrowingTree } from './growing.ts'
import { openUnder, readKeys } from './handover.ts'
import type { Keys } from './handover.ts'
import { fileDigest, manifestPath, papersOf, readManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { ArchiveReader } from './reader.ts'
import { rootsAt } from './roots.ts'
import type { Roots } from './roots.ts'
import { isLeaf } from './scan.ts'
import { checkSeen } from './seen.ts'

// One log of an archive: its papers, its entries, and what follows from them. One pass, in the order of the archive.

const smallBytesMax = 1_000_000
const entriesBytesMax = tileWidth * (16 * 1024 + 2)
const tileBytesMax = 8192

/** A log that holds by itself. */
export interface Section {
  readonly manifest: Manifest
  readonly head: Checkpoint
  readonly keys: Keys
  readonly policy: Policy
  readonly checkpoint: string
  readonly anchoring: Anchoring | undefined
  /** Undefined when it was pruned, and in a log without entries. */
  readonly firstLeaf: Buffer | undefined
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly disclosures: Entries['disclosures']
  readonly continuesSeen: boolean
}

/**
 * @param seen a head that the reader kept, of this log or another one
 * @param accept told of the papers before any entry is read
 * @throws a code of `bundle` or `transparency`
 */
export async function readSection(
  archive: ArchiveReader,
  seen: string | undefined,
  accept: (papers: Papers & { readonly manifest: Manifest }) => void = () => undefined,
): Promise<Section> {
  const manifest = readManifest(await archive.take(manifestPath, smallBytesMax))
  const papers = await readPapers(archive, manifest)
  accept({ ...papers, manifest })
  const { head, keys, checkpoint } = papers
  const kept = seen?.startsWith(`${head.origin}\n`) === true ? openUnder(seen, keys) : undefined
  const roots = rootsAt([...keys.sizes, ...(kept === undefined ? [] : [kept.size])])
  const read = await readEntries(archive, manifest, roots)
  if (!read.tree.root(manifest.size).equals(head.root)) {
    throw refuse.altered({ detail: 'The entries do not give the signed root.' })
  }
  keys.check(roots)
  if (kept !== undefined) checkSeen(kept, head, roots)
  await readRest(archive, manifest, read, checkpoint)
  const { firstLeaf, firstAt, lastAt, disclosures } = read
  return Object.freeze({
    manifest,
    ...papers,
    firstLeaf,
    firstAt,
    lastAt,
    disclosures,
    continuesSeen: kept !== undefined,
  })
}

interface Papers {
  readonly keys: Keys
  readonly policy: Policy
  readonly checkpoint: string
  readonly head: Checkpoint
  readonly anchoring: Anchoring | undefined
}

/** What stands before the entries: policy, signed head, the anchor log's word for it, and the keys of before. */
async function readPapers(archive: ArchiveReader, manifest: Manifest): Promise<Papers> {
  const files = new Map<string, Buffer>()
  for (const path of papersOf(manifest)) {
    const bytes = await archive.take(path, smallBytesMax)
    if (fileDigest(bytes) !== manifest.digests[path]) throw refuse.bad_archive({ detail: `${path} was changed.` })
    files.set(path, Buffer.from(bytes))
  }
  const bytesOf = (path: string): Buffer => files.get(path) ?? Buffer.of()
  const policy = parsePolicy(bytesOf('policy.txt'))
  const keys = readKeys(manifest, bytesOf)
  const checkpoint = noteText(bytesOf('checkpoint'))
  const head = openCheckpoint(checkpoint, keys.current)
  if (head.extensions.length > 0 || parseNote(checkpoint).signatures.length !== 1) {
    throw refuse.altered({ detail: 'The checkpoint has lines that this log does not write.' })
  }
  if (head.size !== manifest.size) throw refuse.altered({ detail: `${head.size} entries were signed.` })
  const anchoring = manifest.anchored
    ? anchoredBy(head, bytesOf('anchor/leaf.json'), noteText(bytesOf('anchor/head.tlog-proof')), policy)
    : undefined
  return { keys, policy, checkpoint, head, anchoring }
}

interface Entries {
  readonly tree: GrowingTree
  /** Level-0 tiles that a proof file needs, by index. */
  readonly kept: ReadonlyMap<number, Buffer>
  readonly firstLeaf: Buffer | undefined
  readonly firstAt: string | undefined
  readonly lastAt: string | undefined
  readonly disclosures: ReturnType<ReturnType<typeof disclosureCheck>['finish']>
}

/** For every 256 entries: their texts, the personal values that go with them, and the hash tile over them. */
async function readEntries(
  archive: ArchiveReader,
  { size, minimum, proofs }: Manifest,
  roots: Roots,
): Promise<Entries> {
  const [tree, disclosures] = [growingTree(), disclosureCheck()]
  const wanted = new Set([...proofs, size - 1].map(index => Math.floor(index / tileWidth)))
  const kept = new Map<number, Buffer>()
  let [firstAt, lastAt]: (string | undefined)[] = []
  let firstLeaf: Buffer | undefined
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
      if (index === 0) firstLeaf = Buffer.from(found.leaves[0] ?? [])
      if (index * tileWidth + width === size) lastAt = timeOf(found.leaves.at(-1))
    }
    const tile = Buffer.from(await archive.take(path, tileBytesMax))
    if (tile.length !== width * 32 || hashes?.equals(tile) === false) {
      throw refuse.altered({ detail: `${path} does not belong to the entries.` })
    }
    tree.add(tile)
    roots.take(index, tile, tree)
    if (wanted.has(index)) kept.set(index, tile)
  }
  return { tree, kept, firstLeaf, firstAt, lastAt, disclosures: disclosures.finish() }
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
