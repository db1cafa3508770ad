import { createHash } from 'node:crypto'
import { cpus, totalmem } from 'node:os'

/** One way of doing the work. Gives what it read, so that speed cannot be bought by another answer. */
export interface Contestant {
  readonly name: string
  /** Operation number `index` of a round; the same index asks the same question of every contestant. */
  run(index: number): Promise<string>
}

export interface Sizes {
  readonly rounds: number
  readonly operations: number
  /** Operations in the air at once. */
  readonly concurrency: number
}

export interface Score {
  readonly name: string
  /** Operations per second, one for each round. */
  readonly perSecond: readonly number[]
  readonly median: number
  readonly min: number
  readonly max: number
  /** Of all answers, in order of their index. */
  readonly answers: string
}

/** Everyone in turn, round after round, so that a machine whose speed drifts drifts for all. One round before is not counted. */
export async function contest(contestants: readonly Contestant[], sizes: Sizes): Promise<readonly Score[]> {
  const perSecond = new Map<string, number[]>(contestants.map(one => [one.name, []]))
  const answers = new Map<string, string>()
  for (let round = 0; round <= sizes.rounds; round++) {
    for (const one of contestants) {
      const { seconds, digest } = await runRound(one, sizes)
      answers.set(one.name, digest)
      if (round > 0) perSecond.get(one.name)?.push(sizes.operations / seconds)
    }
  }
  return contestants.map(({ name }) => scoreOf(name, perSecond.get(name) ?? [], answers.get(name) ?? ''))
}

async function runRound(one: Contestant, sizes: Sizes): Promise<{ seconds: number; digest: string }> {
  const read = new Array<string>(sizes.operations)
  let next = 0
  const start = performance.now()
  const workers = Array.from({ length: sizes.concurrency }, async () => {
    for (let index = next++; index < sizes.operations; index = next++) read[index] = await one.run(index)
  })
  await Promise.all(workers)
  const seconds = (performance.now() - start) / 1000
  return { seconds, digest: createHash('sha256').update(read.join('\n')).digest('hex').slice(0, 16) }
}

function scoreOf(name: string, perSecond: readonly number[], answers: string): Score {
  const sorted = perSecond.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0
  return { name, perSecond, median: middle, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0, answers }
}

/** Ratios of one contestant to another, round by round: what a pair is run for. */
export function ratios(scores: readonly Score[], name: string, to: string): readonly number[] {
  const [own, other] = [name, to].map(wanted => scores.find(score => score.name === wanted)?.perSecond ?? [])
  return (own ?? []).map((value, round) => value / (other?.[round] ?? NaN))
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

/** The machine, without its name. */
export function machine(): string {
  const [cpu] = cpus()
  return `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node ${process.version}`
}

/** Numbers from a fixed seed (mulberry32), the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
