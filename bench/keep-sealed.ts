import { ratios, type Score } from './harness.ts'
import type { ObjectResult, ObjectScore } from './objects.ts'
import { spread, table } from './table.ts'
import type { VaultResult } from './vault.ts'

/** What was measured of sealed values and sealed objects, in tables. */
export function sealedSections(
  vaults: readonly VaultResult[] | undefined,
  objects: ObjectResult | undefined,
): string[] {
  return [
    table(
      'Values of 64 bytes, sealed for their cell; one at a time, a microsecond is 1,000,000 per second',
      'what | way | per second | to the plain reading | to the AWS Encryption SDK | answers',
      vaults?.flatMap(({ what, scores }) => scores.map(score => valueLine(what, score, scores))),
    ),
    table(
      'An object in memory, beside raw AES-256-GCM of node:crypto; MiB a second, ratios by the processor’s time',
      'what | way | per second | per second of processor | to raw in one call | to raw, 64 KiB at a time | answers',
      objects?.paired.flatMap(({ what, scores }) => scores.map(score => objectLine(what, score, scores))),
    ),
    table(
      'Memory of a process that seals one stream and reads another back',
      'MiB of each | grown by, MiB',
      objects && [`${objects.memory.mebibytes} | ${objects.memory.grownMebibytes}`],
    ),
  ].flat()
}

function valueLine(what: string, score: Score, scores: readonly Score[]): string {
  const to = (other: string): string =>
    scores.some(({ name }) => name === other) ? spread(ratios(scores, score.name, other), 2) : '-'
  return `${what} | ${score.name} | ${spread(score.perSecond, 0)} | ${to('plain reading')} | ${to('AWS Encryption SDK')} | ${score.answers}`
}

function objectLine(what: string, score: ObjectScore, scores: readonly ObjectScore[]): string {
  const [oneCall, pieces] = scores.map(other =>
    score.perCpuSecond.map((value, round) => value / (other.perCpuSecond[round] ?? NaN)),
  )
  const rates = `${spread(score.perSecond, 0)} | ${spread(score.perCpuSecond, 0)}`
  return `${what} | ${score.name} | ${rates} | ${spread(oneCall ?? [], 2)} | ${spread(pieces ?? [], 2)} | ${score.answers}`
}
