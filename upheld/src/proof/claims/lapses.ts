import type { Leaf } from './leaf.ts'
import { closingMaxMs, lapsesMax } from './limits.ts'
import type { Entry } from './record.ts'
import type { ClaimReport } from './report.ts'

type Lapse = NonNullable<ClaimReport['lapses']>[number]

/** How far a claim has come: whether its newest run is upheld, and the lapse that is open. */
interface Walk {
  readonly held?: { readonly index: number; readonly expiresAt: string }
  readonly open?: Lapse
}

/**
 * Spells in which a claim was without proof though it had been upheld, newest first. Out of the log alone: the same log
 * gives the same spells, and one that was told is never taken back. The newest evidence is taken for expired a minute
 * late, since a run that ended in time may be on its way into the log.
 */
export function lapsesOf(entries: readonly Entry[], now: Date): readonly Lapse[] {
  const lapses: Lapse[] = []
  let walk: Walk = {}
  for (const entry of entries) {
    const at = momentOf(entry.leaf)
    if (walk.held !== undefined && walk.held.expiresAt <= at) walk = { open: expired(walk.held) }
    const next = step(walk, entry, at)
    if (walk.open !== undefined && next.open === undefined)
      lapses.push({ ...walk.open, to: at, end: endOf(entry.leaf) })
    walk = next
  }
  if (walk.held !== undefined && Date.parse(walk.held.expiresAt) + closingMaxMs <= now.getTime()) {
    walk = { open: expired(walk.held) }
  }
  const all = walk.open === undefined ? lapses : [...lapses, walk.open]
  return all.slice(-lapsesMax).toReversed()
}

function step(walk: Walk, { index, leaf }: Entry, at: string): Walk {
  if (leaf.type === 'upheld/withdrawal@v1') return {}
  if (leaf.type === 'upheld/claim@v1') {
    return walk.held === undefined ? walk : { open: { from: at, reason: 'changed', index } }
  }
  if (leaf.verdict === 'upheld') return { held: { index, expiresAt: leaf.expires_at } }
  if (leaf.verdict === 'refuted') return {}
  return walk.held === undefined ? walk : { open: { from: at, reason: leaf.reason, index } }
}

function endOf(leaf: Leaf): NonNullable<Lapse['end']> {
  if (leaf.type !== 'upheld/run@v1') return 'withdrawn'
  return leaf.verdict === 'upheld' ? 'upheld' : 'refuted'
}

function expired({ index, expiresAt }: NonNullable<Walk['held']>): Lapse {
  return { from: expiresAt, reason: 'expired', index }
}

/** Times of the log are all of one form, so that they compare as text. */
function momentOf(leaf: Leaf): string {
  return leaf.type === 'upheld/run@v1' ? leaf.finished_at : leaf.at
}
