import { UpheldError } from '../../core/errors.ts'
import { openCheckpoint, rootFromEdge, signCheckpoint } from '../../core/transparency/index.ts'
import type { Checkpoint, EdgeTile } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import type { LogKeys } from './keys.ts'
import type { LogRow } from './store.ts'

/** A head that is proven: signed with our key, of the size that its row says, and the root of the tiles under it. */
export interface Head {
  readonly row: LogRow
  readonly root: Buffer
  readonly edge: readonly EdgeTile[]
}

/**
 * Opens a checkpoint of a log in one of its epochs.
 * @throws audit.other_key, audit.altered
 */
export function openOwn(note: string, origin: string, epoch: number, keys: LogKeys): Checkpoint {
  const what = `The head of ${origin}`
  if (epoch > keys.epoch) throw refuse.other_key({ detail: `${what} was signed with seed ${epoch} of ${keys.epoch}.` })
  try {
    return openCheckpoint(note, keys.signer(origin, epoch).verifier)
  } catch (cause) {
    const other = cause instanceof UpheldError && cause.code === 'transparency.unknown_key'
    const detail = `${what} does not open with its key.`
    throw other ? refuse.other_key({ detail, cause }) : refuse.altered({ detail, cause })
  }
}

/** The newest epoch in which the checkpoint opens. */
export function openInSomeEpoch(note: string, origin: string, keys: LogKeys): Checkpoint {
  for (let epoch = keys.epoch; epoch > 1; epoch -= 1) {
    try {
      return openOwn(note, origin, epoch, keys)
    } catch (thrown) {
      if (!(thrown instanceof UpheldError) || thrown.code !== 'audit.other_key') throw thrown
    }
  }
  return openOwn(note, origin, 1, keys)
}

/** @throws audit.other_key, audit.altered */
export function proveHead(row: LogRow, edge: readonly EdgeTile[], keys: LogKeys): Head {
  const { size, root } = openOwn(row.checkpoint, row.origin, row.epoch, keys)
  if (row.verifierKey !== keys.signer(row.origin, row.epoch).verifier.encoded) {
    throw refuse.altered({ detail: `The key beside the head of ${row.origin} is another.` })
  }
  if (size !== row.size) throw refuse.altered({ detail: `The size beside the head of ${row.origin} is another.` })
  if (!isEdgeOf(edge, size) || !rootFromEdge(edge.map(({ hashes }) => hashes)).equals(root)) {
    throw refuse.altered({ detail: `The leaves and tiles of ${row.origin} do not give its signed root.` })
  }
  return { row, root, edge }
}

/** Whether these are as many hashes as the edge of a tree of this size has, at each level. */
export function isEdgeOf(edge: readonly EdgeTile[], size: number): boolean {
  let rest = size
  for (let level = 0; rest > 0; level += 1) {
    const tile = edge.find(one => one.level === level)
    if ((tile?.hashes.length ?? 0) !== rest % 256) return false
    rest = Math.floor(rest / 256)
  }
  return true
}

export function emptyHead(
  origin: string,
  keys: LogKeys,
): { readonly checkpoint: string; readonly verifierKey: string } {
  const signer = keys.signer(origin)
  return {
    checkpoint: signCheckpoint({ size: 0, root: rootFromEdge([]) }, signer),
    verifierKey: signer.verifier.encoded,
  }
}
