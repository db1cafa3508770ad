import {
  noteText,
  openCheckpoint,
  parsePolicy,
  parseVerifierKey,
  tilePath,
  tilesOf,
  tileWidth,
  encodeEntries,
} from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { bundleReadme } from './readme.ts'
import {
  anchorFiles,
  beforeMax,
  disclosurePath,
  fileDigest,
  formatDisclosure,
  formatManifest,
  formerMax,
  growingTree,
  handoverPaths,
  leavesOf,
  manifestPath,
  plainFiles,
  proofOf,
  proofPath,
  proofsMax,
  sectionPath,
  tarEnd,
  tarHeader,
  tarPadding,
} from './verify/index.ts'
import type { Disclosure } from './verify/index.ts'

/** The log of one organization as whoever may read it reads it. */
export interface AuditSource {
  /** Verifier key of the log. */
  readonly key: string
  /** The signed head. Everything below is asked for up to its size, and does not change. */
  readonly checkpoint: string
  /** Entries below were pruned. */
  readonly minimum: number
  /** The anchor log's word for this head, if it has been given. The proof is a C2SP tlog-proof, cosigned or not. */
  readonly anchoring: { readonly leaf: Buffer; readonly proof: string } | undefined
  /** C2SP tlog-policy of the anchor log. */
  readonly policy: string
  /** The texts of entries [from, to), in order. */
  leaves(from: number, to: number): Promise<readonly Buffer[]>
  /** The full hash tile of level 0 over pruned entries. */
  prunedTile(index: number): Promise<Buffer>
  /** Personal values of entries [from, to), by entry and name. */
  disclosures(from: number, to: number): Promise<readonly Disclosure[]>
  /** Keys that signed before, in their order. */
  readonly former: readonly FormerKey[]
  /** Closed logs that this one follows, the newest first: the first leaf of each log holds the head of the next one. */
  readonly before: readonly AuditSource[]
}

/** A key of before, and how it handed over: the leaf at `until` names the next key, and is the last that this one signed. */
export interface FormerKey {
  readonly key: string
  readonly until: number
  readonly leaf: Buffer
  /** The head up to that leaf, signed with this key. */
  readonly checkpoint: string
}

export interface WriteOptions {
  /** Entries that get a proof file of their own; at most 64. The last entry when absent. */
  readonly proofs?: readonly number[]
  /** Told after every 256 entries. */
  readonly onProgress?: (entries: number, size: number) => void
}

/**
 * The bundle in pieces of at most some megabytes, made while it is read: memory does not grow with the log.
 * @throws bundle.bad_source when what was read is not the log that was signed; whatever the source throws
 */
export async function* writeAuditBundle(source: AuditSource, options: WriteOptions = {}): AsyncGenerator<Buffer> {
  const logs = [source, ...source.before.slice(0, beforeMax)]
  for (const [at, log] of logs.entries())
    yield* section({ ...log, folder: sectionPath(at) }, logs.length - 1 - at, options)
  yield tarEnd
}

interface Placed extends AuditSource {
  readonly folder: string
}

/** One log, below its folder. */
async function* section(source: Placed, before: number, options: WriteOptions): AsyncGenerator<Buffer> {
  const { key, checkpoint, minimum, anchoring, folder } = source
  const former = source.former.slice(-formerMax).map(one => ({ key: one.key, until: one.until }))
  const head = openCheckpoint(noteText(Buffer.from(checkpoint)), parseVerifierKey(key))
  // Proofs that were asked for are of the log of now.
  const asked = folder === '' ? options.proofs : undefined
  // Of a log that was pruned a moment ago nothing may be left until its next entry.
  const proofs = proofsOf(asked ?? (head.size > minimum ? [head.size - 1] : []), head.size, minimum)
  const plain = plainOf(source)
  const digests = Object.fromEntries([...plain].map(([path, bytes]) => [path, fileDigest(bytes)]))
  const anchored = anchoring !== undefined
  const manifest = { key, size: head.size, minimum, anchored, former, before, proofs, digests }
  yield* file(folder + manifestPath, formatManifest(manifest))
  for (const [path, bytes] of plain) yield* file(folder + path, bytes)

  const tree = growingTree()
  const wanted = new Set([...proofs, head.size - 1].map(index => Math.floor(index / tileWidth)))
  const kept = new Map<number, Buffer>()
  for (let index = 0; index * tileWidth < head.size; index += 1) {
    const width = Math.min(tileWidth, head.size - index * tileWidth)
    const tile = index * tileWidth < minimum ? await source.prunedTile(index) : yield* entries(source, index, width)
    yield* file(folder + tilePath({ level: 0, index, width }), tile)
    tree.add(tile)
    if (wanted.has(index)) kept.set(index, tile)
    options.onProgress?.(index * tileWidth + width, head.size)
  }
  if (!tree.root(head.size).equals(head.root)) throw refuse.bad_source({ detail: 'Its entries give another root.' })
  for (const { level, index, width } of tilesOf(head.size).filter(tile => tile.level > 0)) {
    yield* file(folder + tilePath({ level, index, width }), tree.tile(level, index, width))
  }
  for (const index of proofs) {
    yield* file(folder + proofPath(index), Buffer.from(proofOf({ tree, kept, index, size: head.size, checkpoint })))
  }
}

/** The files of one entry bundle; returns the hash tile over it. */
async function* entries(source: Placed, index: number, width: number): AsyncGenerator<Buffer, Buffer> {
  const [from, to] = [index * tileWidth, index * tileWidth + width]
  const leaves = await source.leaves(from, to)
  const path = tilePath({ level: 'entries', index, width })
  if (leaves.length !== width) throw refuse.bad_source({ detail: `Of entries ${from} to ${to - 1} some are missing.` })
  const bytes = encodeEntries(leaves)
  yield* file(source.folder + path, bytes)
  const lines = (await source.disclosures(from, to)).map(formatDisclosure).join('')
  if (lines !== '') yield* file(source.folder + disclosurePath(index), Buffer.from(lines))
  return leavesOf(Buffer.from(bytes), width, path).hashes
}

/** Files that no signature covers byte for byte; their digests stand in the manifest. */
function plainOf({ policy, checkpoint, anchoring, former }: AuditSource): Map<string, Buffer> {
  parsePolicy(Buffer.from(policy))
  const plain = [bundleReadme, policy, checkpoint].map((text, i) => [plainFiles[i] ?? '', Buffer.from(text)] as const)
  const [leaf, proof] = anchorFiles
  const anchor =
    anchoring === undefined
      ? []
      : ([
          [leaf, anchoring.leaf],
          [proof, Buffer.from(anchoring.proof)],
        ] as const)
  const kept = former.slice(-formerMax)
  const handed = kept.flatMap(one => [one.leaf, Buffer.from(one.checkpoint)])
  return new Map([
    ...plain,
    ...anchor,
    ...handoverPaths(kept).map((path, i) => [path, handed[i] ?? Buffer.of()] as const),
  ])
}

function proofsOf(wanted: readonly number[], size: number, minimum: number): number[] {
  const all = [...new Set(wanted)].filter(index => index >= 0).sort((a, b) => a - b)
  const outside = all.find(index => index >= size || index < minimum || !Number.isSafeInteger(index))
  if (outside !== undefined) throw refuse.no_entry({ detail: `Entry ${outside}.` })
  if (all.length > proofsMax) throw refuse.too_many_proofs({ detail: `${all.length}; at most ${proofsMax}.` })
  return all
}

function* file(path: string, bytes: Buffer): Generator<Buffer> {
  const header = tarHeader(path, bytes.length)
  if (header === undefined) throw refuse.bad_source({ detail: `${path} is too large.` })
  yield header
  yield bytes
  yield Buffer.alloc(tarPadding(bytes.length))
}
