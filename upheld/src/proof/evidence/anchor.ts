import { UpheldError } from '../../core/errors.ts'
import { openCheckpoint } from '../../core/transparency/index.ts'
import type { Checkpoint, NoteVerifier } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'

/**
 * The newest head that this host has seen, kept outside the database: a database that was restored, cut or rewritten
 * cannot agree with it. It is written after the commit, so it may lag by the last append and never leads.
 */
export interface Anchor {
  read(): string | undefined
  write(checkpoint: string): void
}

/** What a process needs that only reads: the page. */
export interface LogReader {
  readonly verifier: NoteVerifier
  readonly anchor: Anchor
}

/**
 * Opens a checkpoint that only this log can have signed.
 * @throws evidence.other_key, evidence.altered
 */
export function openOwn(note: string, verifier: NoteVerifier, what: string): Checkpoint {
  try {
    return openCheckpoint(note, verifier)
  } catch (cause) {
    const detail = `${what} does not open with the key ${verifier.name}+${verifier.id}.`
    const other = cause instanceof UpheldError && cause.code === 'transparency.unknown_key'
    throw other ? refuse.other_key({ detail, cause }) : refuse.altered({ detail, cause })
  }
}

/** @throws evidence.other_key, evidence.altered */
export function anchoredHead({ anchor, verifier }: LogReader): Checkpoint | undefined {
  const note = anchor.read()
  return note === undefined ? undefined : openOwn(note, verifier, 'The head that this host has seen')
}

/**
 * Refuses a head that does not continue the anchored one; `continues` tells for an older one of fewer leaves.
 * @throws evidence.rolled_back, evidence.forked
 */
export async function holdToAnchor(
  anchored: Checkpoint | undefined,
  head: Checkpoint,
  continues: (old: Checkpoint) => boolean | Promise<boolean>,
): Promise<void> {
  if (anchored === undefined) return
  if (head.size < anchored.size) {
    throw refuse.rolled_back({ detail: `It has ${head.size} leaves; ${anchored.size} were seen.` })
  }
  const holds = head.size === anchored.size ? head.root.equals(anchored.root) : await continues(anchored)
  if (!holds) throw refuse.forked({ detail: `The first ${anchored.size} leaves are others.` })
}

/**
 * Keeps a head that is committed, unless a newer one is kept already.
 * @throws evidence.disk_full, and what the anchor throws
 */
export function keepHead(log: LogReader, checkpoint: string): void {
  const size = openOwn(checkpoint, log.verifier, 'The new head').size
  if ((anchoredHead(log)?.size ?? -1) >= size) return
  try {
    log.anchor.write(checkpoint)
  } catch (cause) {
    throw isDiskFull(cause)
      ? refuse.disk_full({ detail: 'The newest head could not be kept beside the database.', cause })
      : cause
  }
}

/** Of a file (ENOSPC, EDQUOT) or of the database (SQLSTATE 53100). */
export function isDiskFull(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return code === '53100' || code === 'ENOSPC' || code === 'EDQUOT' || code === 'files.disk_full'
}
