import type { Checkpoint } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import type { Roots } from './roots.ts'

/**
 * Whether the log continues a head of it that the reader kept.
 * @throws bundle.rolled_back, bundle.forked
 */
export function checkSeen(seen: Checkpoint, head: Checkpoint, roots: Roots): void {
  if (head.size < seen.size) {
    throw refuse.rolled_back({ detail: `It has ${head.size} entries; you have seen ${seen.size}.` })
  }
  if (roots.at(seen.size)?.root.equals(seen.root) !== true) {
    throw refuse.forked({ detail: `Its first ${seen.size} entries are others.` })
  }
}
