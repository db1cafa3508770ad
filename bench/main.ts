import { mkdirSync, writeFileSync } from 'node:fs'
import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { startTestServer } from '../upheld/src/testing/server.ts'
import { machine, median, ratios } from './harness.ts'
import { readBench, type ReadResult } from './read.ts'
import { roundBench, type RoundResult } from './round.ts'

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
    const rounds = await roundBench(3)
    keep(reads, rounds, String(rows[0]?.['server_version']))
  } finally {
    await server.stop()
  }
}

function keep(reads: readonly ReadResult[], rounds: readonly RoundResult[], postgres: string): void {
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
    `${JSON.stringify({ day, machine: machine(), postgres, reads, rounds }, undefined, 2)}\n`,
  )
  process.stdout.write(text)
}

function readLines({ concurrency, scores }: ReadResult): string[] {
  return scores.map(score => {
    const to = (other: string): string => spread(ratios(scores, score.name, other), 2)
    return `| ${concurrency} | ${score.name} | ${spread(score.perSecond, 0)} | ${to('no isolation')} | ${to('four statements')} | ${score.answers} |`
  })
}

function spread(values: readonly number[], digits: number): string {
  const of = (value: number): string => value.toFixed(digits)
  return `${of(median(values))} (${of(Math.min(...values))}–${of(Math.max(...values))})`
}

await main()
