import { mkdirSync, writeFileSync } from 'node:fs'
import type { BuilderResult } from './builders.ts'
import { machine, median, ratios, type Score } from './harness.ts'
import type { LintResult } from './lint.ts'
import type { PooledResult } from './pooled.ts'
import type { ProberResult } from './prober.ts'
import type { ReadResult } from './read.ts'
import type { RoundResult } from './round.ts'
import type { ShapeResult } from './shapes.ts'

const results = new URL('./results/', import.meta.url)

interface Results {
  readonly reads: readonly ReadResult[]
  readonly shapes: readonly ShapeResult[]
  readonly builders: readonly BuilderResult[]
  readonly pooled: readonly PooledResult[]
  readonly lints: readonly LintResult[]
  readonly probers: readonly ProberResult[]
  readonly rounds: readonly RoundResult[]
}

/** Writes what was measured, with its date, and prints it. */
export function keep(measured: Results, postgres: string): void {
  const { reads, shapes, builders, pooled, lints, probers, rounds } = measured
  const day = new Date().toISOString().slice(0, 10)
  const text = [
    `# ${day}`,
    '',
    `${machine()}, Postgres ${postgres}. Paired in one run, fixed seed; medians, least and most in brackets.`,
    '',
    '## A read by primary key',
    '',
    '| at once | way | per second | to no isolation | to four statements | answers |',
    '|---|---|---|---|---|---|',
    ...reads.flatMap(readLines),
    '',
    '## Larger questions',
    '',
    '| question | at once | way | per second | to no isolation | answers |',
    '|---|---|---|---|---|---|',
    ...shapes.flatMap(({ shape, concurrency, scores }) =>
      pairLines(`${shape} | ${concurrency}`, scores, 'no isolation'),
    ),
    '',
    '## A read by primary key through a query builder',
    '',
    'Bare: a superuser’s plain connection, where no policy applies, and the organization in the text.',
    '',
    '| builder | at once | way | per second | to the bare builder | answers |',
    '|---|---|---|---|---|---|',
    ...builders.flatMap(({ builder, concurrency, scores }) => pairLines(`${builder} | ${concurrency}`, scores, 'bare')),
    '',
    '## Rows of a wrong organization among pooled, interleaved reads',
    '',
    '| way | processes × clients | reads | wrong rows | seconds |',
    '|---|---|---|---|---|',
    ...pooled.map(
      one =>
        `| ${one.way} | ${one.processes} × ${one.clients} | ${one.reads} | ${one.wrong} | ${one.seconds.toFixed(0)} |`,
    ),
    '',
    '## The linter',
    '',
    '| tables | findings | seconds |',
    '|---|---|---|',
    ...lints.map(one => `| ${one.tables} | ${one.findings} | ${spread(one.seconds, 2)} |`),
    '',
    '## One walk of the prober, once each',
    '',
    '| where | tables | attacks beaten | came through | statements for each table | seconds |',
    '|---|---|---|---|---|---|',
    ...probers.map(
      one =>
        `| ${one.where} | ${one.tables} | ${one.attacks} | ${one.cameThrough} | ${one.statementsPerTable.toFixed(0)} | ${one.seconds.toFixed(1)} |`,
    ),
    '',
    '## A run of each claim on the desk',
    '',
    '| claim | verdict | attacks beaten | systems attacked | seconds |',
    '|---|---|---|---|---|',
    ...rounds.map(
      one => `| ${one.claim} | ${one.verdict} | ${one.observations} | ${one.worlds} | ${spread(one.seconds, 1)} |`,
    ),
    '',
  ].join('\n')
  mkdirSync(results, { recursive: true })
  writeFileSync(new URL(`${day}.md`, results), text)
  writeFileSync(
    new URL(`${day}.json`, results),
    `${JSON.stringify({ day, machine: machine(), postgres, ...measured }, undefined, 2)}\n`,
  )
  process.stdout.write(text)
}

function readLines({ concurrency, scores }: ReadResult): string[] {
  return scores.map(score => {
    const to = (other: string): string => spread(ratios(scores, score.name, other), 2)
    return `| ${concurrency} | ${score.name} | ${spread(score.perSecond, 0)} | ${to('no isolation')} | ${to('four statements')} | ${score.answers} |`
  })
}

function pairLines(first: string, scores: readonly Score[], to: string): string[] {
  return scores.map(
    score =>
      `| ${first} | ${score.name} | ${spread(score.perSecond, 0)} | ${spread(ratios(scores, score.name, to), 2)} | ${score.answers} |`,
  )
}

function spread(values: readonly number[], digits: number): string {
  const of = (value: number): string => value.toFixed(digits)
  return `${of(median(values))} (${of(Math.min(...values))}–${of(Math.max(...values))})`
}
