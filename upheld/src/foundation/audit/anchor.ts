import type { Queryable } from '../../core/ports.ts'
import { rootFromEdge } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { isEdgeOf, openInSomeEpoch, openOwn } from './heads.ts'
import type { Head } from './heads.ts'
import type { LogKeys } from './keys.ts'
import { readEdges } from './store.ts'

/**
 * The newest head of the anchor log that this host has seen, kept outside the database: a database that was restored, cut
 * or rewritten cannot agree with it. Written after the commit: it may lag by the last batch and never leads.
 */
export interface AnchorStore {
  /** A checkpoint, or undefined when this host has seen none. */
  read(): string | undefined
  write(checkpoint: string): void
}

/**
 * Holds the anchor log of the database to the head that this host has seen.
 * @throws audit.rolled_back, audit.forked, audit.altered, audit.other_key
 */
export async function holdToAnchor(
  tx: Queryable,
  store: AnchorStore,
  head: Head | undefined,
  keys: LogKeys,
): Promise<void> {
  const note = store.read()
  if (note === undefined || note === head?.row.checkpoint) return
  if (head === undefined) throw refuse.rolled_back({ detail: 'The anchor log is not there any more.' })
  const origin = note.slice(0, note.indexOf('\n'))
  if (origin !== head.row.origin) {
    throw refuse.rolled_back({ detail: `The anchor log is ${head.row.origin}; ${origin.slice(0, 255)} was seen.` })
  }
  const seen = openInSomeEpoch(note, origin, keys)
  if (head.row.size < seen.size) {
    throw refuse.rolled_back({ detail: `The anchor log has ${head.row.size} leaves; ${seen.size} were seen.` })
  }
  // Both roots come out of the same leaves and tiles, which the signed head of the database holds to.
  const edge = (await readEdges(tx, [{ id: head.row.id, size: seen.size }])).get(head.row.id) ?? []
  if (!isEdgeOf(edge, seen.size) || !rootFromEdge(edge.map(({ hashes }) => hashes)).equals(seen.root)) {
    throw refuse.forked({ detail: `The first ${seen.size} leaves of the anchor log are others.` })
  }
}

/**
 * Keeps a committed head of the anchor log, unless a newer one is kept already.
 * @throws audit.disk_full, and what the store throws
 */
export function keepAnchor(store: AnchorStore, { row }: Head, keys: LogKeys): void {
  const note = store.read()
  if (note === row.checkpoint) return
  if (note !== undefined && note.startsWith(`${row.origin}\n`)) {
    const kept = openInSomeEpoch(note, row.origin, keys)
    if (kept.size >= openOwn(row.checkpoint, row.origin, row.epoch, keys).size) return
  }
  try {
    store.write(row.checkpoint)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    throw code === 'ENOSPC' || code === 'EDQUOT' || code === 'files.disk_full' ? refuse.disk_full({ cause }) : cause
  }
}
