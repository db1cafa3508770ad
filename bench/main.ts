import { mkdirSync, writeFileSync } from 'node:fs'
import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { startTestServer } from '../upheld/src/testing/server.ts'
import { buildersBench, type BuilderResult } from './builders.ts'
import { machine, median, ratios, type Score } from './harness.ts'
import { pooledBench, type PooledResult } from './pooled.ts'
import { readBench, type ReadResult } from './read.ts'
import { roundBench, type RoundResult } from './round.ts'
import { shapesBench, type ShapeResult } from './shapes.ts'

const results = new URL('./results/', import.meta.url)

/** `npm run bench`: all pairs at full size, kept with their date. */
async function main(): Promise<void> {
  const server = await startTestServer()
  process.env['UPHELD_TEST_ADMIN_URL'] = server.adminUrl
  try {
    const admin = openDatabase(server.adminUrl)
    const { rows } = await admin.query('show server_version')
    await admin.close()
    const reads = await readBench([1, 2, 8].map(concurrency => ({ rounds: 9, operations: 12_000, concurrency })))
    const shapes = await shapesBench([1, 8].map(concurrency => ({ rounds: 9, operations: 3_000, concurrency })))
    const builders = await buildersBench([1, 8].map(concurrency => ({ rounds: 9, operations: 4_000, concurrency })))
    const pooled = await pooledBench(1_000_000)
    const rounds = await roundBench(3)
    keep({ reads, shapes, builders, pooled, rounds }, String(rows[0]?.['server_version']))
  } finally {
    await server.stop()
  }
}

interface Results {
  readonly reads: readonly ReadResult[]
  readonly shapes: readonly ShapeResult[]
  readonly builders: readonly BuilderResult[]
  readonly pooled: readonly PooledResult[]
  readonly rounds: readonly RoundResult[]
}

function keep(measured: Results, postgres: string): void {
  const { reads, shapes, builders, pooled, rounds } = measured
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

await main()
