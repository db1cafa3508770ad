import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { startTestServer } from '../upheld/src/testing/server.ts'
import { buildersBench } from './builders.ts'
import { keep } from './keep.ts'
import { lintBench } from './lint.ts'
import { pooledBench } from './pooled.ts'
import { proberBench } from './prober.ts'
import { readBench } from './read.ts'
import { roundBench } from './round.ts'
import { shapesBench } from './shapes.ts'

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
    const lints = await lintBench([1_000, 5_000], 5)
    const probers = await proberBench([10, 100, 1_000])
    const rounds = await roundBench(3)
    keep({ reads, shapes, builders, pooled, lints, probers, rounds }, String(rows[0]?.['server_version']))
  } finally {
    await server.stop()
  }
}

await main()
