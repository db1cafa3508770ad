import { canonical } from './canonical.js'
import { hex, sha256, utf8 } from './bytes.js'
import { count, doubtsOf, object, text, time } from './run.js'

// How each claim stands by the leaves of a log alone, judged by the reader's own clock: the same as `upheld verify` says.

/** @typedef {Record<string, unknown>} Leaf */
/** @typedef {'upheld' | 'refuted' | 'unproven' | 'attested' | 'planned'} Verdict */
/** @typedef {{ claim: string, verdict: Verdict, reason: string, index: number, until?: number }} Standing */
/** @typedef {{ claim: string, digest?: string, definition?: Leaf, withdrawn: boolean, run?: Leaf, index: number, latestEnd: number, runs: number, faults: number }} History */

const skewMaxMs = 2_000

/** Reads leaf after leaf, and then says how each claim stands. */
export function claimsReader() {
  /** @type {Map<string, History>} */
  const histories = new Map()
  let index = -1
  return {
    /** @param {Leaf} leaf */
    async take(leaf) {
      index += 1
      const claim = text(leaf, 'claim')
      if (claim === undefined || !kinds.has(text(leaf, 'type') ?? '')) return
      const history = histories.get(claim) ?? {
        claim,
        withdrawn: false,
        index,
        latestEnd: -Infinity,
        runs: 0,
        faults: 0,
      }
      histories.set(claim, history)
      await taken(history, leaf, index)
    },
    /** @param {number} nowMs @returns {Standing[]} */
    standings: nowMs => [...histories.values()].map(history => standingOf(history, nowMs)),
  }
}

const kinds = new Set(['upheld/claim@v1', 'upheld/withdrawal@v1', 'upheld/run@v1'])

/** @param {History} history @param {Leaf} leaf @param {number} index */
async function taken(history, leaf, index) {
  switch (leaf['type']) {
    case 'upheld/withdrawal@v1':
      history.withdrawn = true
      break
    case 'upheld/claim@v1': {
      const [digest, definition] = [text(leaf, 'digest'), object(leaf, 'definition')]
      history.withdrawn = false
      if (digest === undefined || definition === undefined || (await digestOf(definition)) !== digest)
        history.faults += 1
      else Object.assign(history, { digest, definition })
      break
    }
    default: {
      history.runs += 1
      const finished = time(leaf, 'finished_at')
      if (!isRun(leaf) || finished === undefined || count(leaf, 'sequence') !== history.runs) history.faults += 1
      history.run = leaf
      history.latestEnd = Math.max(history.latestEnd, finished ?? -Infinity)
    }
  }
  history.index = index
}

/** @param {Leaf} leaf */
function isRun(leaf) {
  const times = ['started_at', 'finished_at', 'expires_at'].every(key => time(leaf, key) !== undefined)
  const texts = ['claim_digest', 'reason', 'note'].every(key => text(leaf, key) !== undefined)
  return times && texts && ['upheld', 'refuted', 'unproven'].includes(text(leaf, 'verdict') ?? '')
}

/** @param {Leaf} definition */
async function digestOf(definition) {
  return `sha256:${hex(await sha256(utf8(canonical(definition))))}`
}

/** Nothing that is absent, late or doubtful is ever upheld. @param {History} history @param {number} nowMs @returns {Standing} */
function standingOf({ claim, index, definition, digest, withdrawn, run, latestEnd, faults }, nowMs) {
  /** @param {Verdict} verdict @param {string} reason @param {number} [until] */
  const is = (verdict, reason, until) => ({ claim, index, verdict, reason, ...(until === undefined ? {} : { until }) })
  if (faults > 0 || definition === undefined) return is('unproven', 'record_incomplete')
  if (withdrawn) return is('unproven', 'withdrawn')
  if (definition['kind'] === 'planned') return is('planned', 'planned')
  if (definition['kind'] === 'attested') {
    const [stated, end] = [time(definition, 'statedAt') ?? Infinity, time(definition, 'expiresAt') ?? -Infinity]
    if (stated > nowMs + skewMaxMs) return is('unproven', 'clock')
    return end > nowMs ? is('attested', 'attested', end) : is('unproven', 'expired')
  }
  if (run === undefined) return is('unproven', 'never_run')
  if (run['claim_digest'] !== digest) return is('unproven', 'changed')
  if (run['verdict'] === 'refuted') return is('refuted', 'refuted')
  if (run['verdict'] !== 'upheld') return is('unproven', text(run, 'reason') ?? '')
  const [finished, until] = [time(run, 'finished_at') ?? Infinity, time(run, 'expires_at') ?? -Infinity]
  if (finished > nowMs + skewMaxMs || finished < latestEnd - skewMaxMs) return is('unproven', 'clock')
  if (doubtsOf(run, definition) > 0) return is('unproven', 'record_incomplete')
  return until > nowMs ? is('upheld', 'held', until) : is('unproven', 'expired')
}
