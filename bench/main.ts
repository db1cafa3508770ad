import { openDatabase } from '../upheld/src/adapters/postgres/database.ts'
import { startTestServer } from '../upheld/src/testing/server.ts'
import { auditBench } from './audit.ts'
import { buildersBench } from './builders.ts'
import { bundleBench } from './bundle.ts'
import { decisionBench } from './decisions.ts'
import { keep, type Results } from './keep.ts'
import { lintBench } from './lint.ts'
import { objectBench } from './objects.ts'
import { pooledBench } from './pooled.ts'
import { proberBench } from './prober.ts'
import { readBench } from './read.ts'
import { reviewBench } from './reviews.ts'
import { roundBench } from './round.ts'
import { sessionBench } from './sessions.ts'
import { shapesBench } from './shapes.ts'
import { signInBench } from './sign-in.ts'
import { vaultBench } from './vault.ts'

/** Every bench at full size. */
const benches: Readonly<Record<keyof Results, () => Promise<Results>>> = {
  reads: async () => ({
    reads: await readBench([1, 2, 8].map(concurrency => ({ rounds: 9, operations: 12_000, concurrency }))),
  }),
  shapes: async () => ({
    shapes: await shapesBench([1, 8].map(concurrency => ({ rounds: 9, operations: 3_000, concurrency }))),
  }),
  builders: async () => ({
    builders: await buildersBench([1, 8].map(concurrency => ({ rounds: 9, operations: 4_000, concurrency }))),
  }),
  pooled: async () => ({ pooled: await pooledBench(1_000_000) }),
  lints: async () => ({ lints: await lintBench([1_000, 5_000], 5) }),
  probers: async () => ({ probers: await proberBench([10, 100, 1_000]) }),
  bundles: async () => ({ bundles: await bundleBench([10_000, 1_000_000]) }),
  audits: async () => ({
    audits: await auditBench({
      rounds: 7,
      entries: 20_000,
      organizations: 20,
      changes: 4_000,
      offered: { perSecond: 10_000, seconds: 5 },
      idleOrganizations: 10_000,
    }),
  }),
  decisions: async () => ({
    decisions: await decisionBench({ rounds: 9, operations: 2_000, cedarOperations: 40 }),
  }),
  signIns: async () => ({
    signIns: await signInBench([1, 8].map(concurrency => ({ rounds: 9, operations: 128, concurrency }))),
  }),
  sessions: async () => ({
    sessions: await sessionBench([1, 8].map(concurrency => ({ rounds: 9, operations: 4_000, concurrency }))),
  }),
  reviews: async () => ({ reviews: await reviewBench([100, 10_000], 5) }),
  rounds: async () => ({ rounds: await roundBench(3) }),
  vaults: async () => ({ vaults: await vaultBench({ rounds: 7, operations: 8_192, concurrency: 1 }) }),
  objects: async () => ({ objects: await objectBench({ rounds: 9, mebibytes: 64, parts: 64, streamed: 3_072 }) }),
}

/** `npm run bench`: all of them, or those that are named: `npm run bench -- lints rounds`. */
async function main(names: readonly string[]): Promise<void> {
  const wanted = Object.entries(benches).filter(([name]) => names.length === 0 || names.includes(name))
  const stranger = names.find(name => !(name in benches))
  if (stranger !== undefined)
    throw new Error(`No bench is called ${stranger}; there are ${Object.keys(benches).join(', ')}.`)
  // Most of it asks nothing of the disk; group commits are measured on a server that keeps what it commits.
  const lasting = wanted.filter(([name]) => name === 'audits')
  for (const [durable, some] of [
    [false, wanted.filter(one => !lasting.includes(one))],
    [true, lasting],
  ] as const) {
    if (some.length > 0) await measure(some, durable)
  }
}

async function measure(some: readonly (readonly [string, () => Promise<Results>])[], durable: boolean): Promise<void> {
  const server = await startTestServer({ durable })
  process.env['UPHELD_TEST_ADMIN_URL'] = server.adminUrl
  try {
    const admin = openDatabase(server.adminUrl)
    const { rows } = await admin.query('show server_version')
    await admin.close()
    for (const [, bench] of some) keep(await bench(), String(rows[0]?.['server_version']))
  } finally {
    await server.stop()
  }
}

await main(process.argv.slice(2))
