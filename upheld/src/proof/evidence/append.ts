import { assert } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { emptyTree, growEdge, leafHash, signCheckpoint, treeRoot } from '../../core/transparency/index.ts'
import type { Checkpoint, NoteSigner } from '../../core/transparency/index.ts'
import { anchoredHead, holdToAnchor, isDiskFull, keepHead, openOwn } from './anchor.ts'
import type { Anchor, LogReader } from './anchor.ts'
import { continues, readEdge } from './edge.ts'
import type { Edge } from './edge.ts'
import { refuse } from './errors.ts'
import { insertHead, readHead, writeAppend } from './store.ts'
import { leafBytes } from './verify/index.ts'

/** What a process needs that also writes: the prover. */
export interface EvidenceLog extends LogReader {
  readonly signer: NoteSigner
  /** Heads that this process appended and did not yet hear committed: they must not be kept outside the database. */
  readonly unseen: Set<string>
}

export interface Appended {
  readonly index: number
  /** The new head, signed. It is the log's head once the caller's transaction commits. */
  readonly checkpoint: string
  /**
   * To be called once the transaction has committed: keeps the head outside the database. When that fails, the next
   * append tries it first, and appends nothing before it succeeds.
   * @throws evidence.disk_full, and what the anchor throws
   */
  readonly seen: () => void
}

/**
 * Opens the log for writing, and starts it when the database and this host have never seen one.
 * @throws evidence.other_key, rolled_back, forked, altered, disk_full
 */
export async function openEvidenceLog(
  db: Database,
  { signer, anchor }: { readonly signer: NoteSigner; readonly anchor: Anchor },
): Promise<EvidenceLog> {
  const log: EvidenceLog = Object.freeze({ signer, verifier: signer.verifier, anchor, unseen: new Set<string>() })
  const { checkpoint } = await db.transaction(async tx => {
    const fresh = signCheckpoint({ size: 0, root: treeRoot(emptyTree) }, signer)
    if (anchoredHead(log) === undefined) await insertHead(tx, fresh)
    return lockHead(tx, log)
  })
  keepHead(log, checkpoint)
  return log
}

/**
 * Appends one leaf in the caller's transaction, which holds off every other writer until it ends. Three statements,
 * one more when this host's anchor lags.
 * @throws evidence.bad_leaf, no_log, other_key, altered, rolled_back, forked, disk_full
 */
export async function appendLeaf(tx: Queryable, log: EvidenceLog, leaf: JsonObject): Promise<Appended> {
  const bytes = leafBytes(leaf)
  if (bytes === undefined)
    throw refuse.bad_leaf({ detail: 'At most 16 KiB, whole numbers below 2^53, no deep nesting.' })
  const { head, edge, checkpoint: last } = await lockHead(tx, log)
  if (!log.unseen.has(last)) {
    // Committed, and so is the end of whatever this process appended before: it is in this head, or rolled back.
    keepHead(log, last)
    log.unseen.clear()
  }
  const { tiles, root } = growEdge(edge, head.size, [leafHash(bytes)])
  const checkpoint = signCheckpoint({ size: head.size + 1, root }, log.signer)
  const changed = await translated(() => writeAppend(tx, { index: head.size, leaf: bytes, tiles, checkpoint }))
  assert(changed === 1, 'a locked head is the one that is written')
  log.unseen.add(checkpoint)
  const seen = (): void => {
    log.unseen.delete(checkpoint)
    keepHead(log, checkpoint)
  }
  return Object.freeze({ index: head.size, checkpoint, seen })
}

/** The head, once it is locked, opens with our key, matches its tiles and continues what this host has seen. */
async function lockHead(
  tx: Queryable,
  log: EvidenceLog,
): Promise<{ readonly head: Checkpoint; readonly checkpoint: string; readonly edge: Edge }> {
  const stored = await translated(() => readHead(tx, 'for update'))
  const anchored = anchoredHead(log)
  if (stored === undefined) {
    throw anchored === undefined ? refuse.no_log() : refuse.rolled_back({ detail: 'It is not there any more.' })
  }
  const head = openOwn(stored.checkpoint, log.verifier, 'The head in the database')
  if (head.size !== stored.size) throw refuse.altered({ detail: 'The size beside the head is another.' })
  await holdToAnchor(anchored, head, old => continues(tx, old, head))
  return { head, checkpoint: stored.checkpoint, edge: await readEdge(tx, head) }
}

/** The two failures of the database that mean something to the person who runs it. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isDiskFull(cause)) throw refuse.disk_full({ detail: 'The database has no space left.', cause })
    const beyond = cause instanceof Error && 'code' in cause && cause.code === '23505'
    throw beyond ? refuse.altered({ detail: 'A leaf stands beyond the signed head.', cause }) : cause
  }
}
