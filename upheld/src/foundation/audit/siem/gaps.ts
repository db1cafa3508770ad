/** What a receiver learns of one event. */
export type Arrival =
  /** New, and everything before it is there. */
  | 'next'
  /** New, and something before it is missing still. */
  | 'ahead'
  /** Seen before: an event is sent at least once. */
  | 'again'
  /** Another event in a place that is taken: two stories about one log. */
  | 'conflict'
  /** Too far ahead to be kept in mind: what is missing has to come first. */
  | 'too far'

export interface GapDetector {
  /** `sequence` as in `metadata.sequence`, `event.sequence` or `cn1`; `uid` as in `metadata.uid`, `event.id`, `externalId`. */
  take(event: { readonly sequence: number; readonly uid: string }): Arrival
  /** Places that are missing between those that came, as pairs of first and last. Empty when there is no gap. */
  gaps(): readonly (readonly [first: number, last: number])[]
  /** The first place that has not come. */
  readonly next: number
}

/** Identifiers that are remembered, and places that are held ahead of a gap. */
const rememberedMax = 10_000

/**
 * For a receiver: whether what it got of one log is all of it. One detector for each log (`chain_uid`, `log_origin`,
 * `cs1`), from the first place that it is to have. Its memory is bounded: of what is older than 10,000 events it knows
 * that it came, not what it was.
 */
export function gapDetector(first = 0): GapDetector {
  let next = first
  const ahead = new Set<number>()
  const uids = new Map<number, string>()

  const remember = (sequence: number, uid: string): void => {
    uids.set(sequence, uid)
    const [oldest] = uids.keys()
    if (uids.size > rememberedMax && oldest !== undefined) uids.delete(oldest)
  }

  return Object.freeze({
    take({ sequence, uid }: { readonly sequence: number; readonly uid: string }): Arrival {
      if (!Number.isSafeInteger(sequence) || sequence < 0) return 'conflict'
      const known = uids.get(sequence)
      if (known !== undefined && known !== uid) return 'conflict'
      if (sequence < next || ahead.has(sequence)) return 'again'
      if (sequence > next && ahead.size >= rememberedMax) return 'too far'
      remember(sequence, uid)
      if (sequence > next) {
        ahead.add(sequence)
        return 'ahead'
      }
      next += 1
      while (ahead.delete(next)) next += 1
      return 'next'
    },
    gaps() {
      const missing: [number, number][] = []
      let from = next
      for (const there of [...ahead].sort((a, b) => a - b)) {
        if (there > from) missing.push([from, there - 1])
        from = there + 1
      }
      return missing
    },
    get next() {
      return next
    },
  } satisfies GapDetector)
}
