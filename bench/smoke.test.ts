import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { auditBench } from './audit.ts'
import { buildersBench } from './builders.ts'
import { bundleBench } from './bundle.ts'
import { decisionBench } from './decisions.ts'
import { lintBench } from './lint.ts'
import { objectBench } from './objects.ts'
import { pooledBench } from './pooled.ts'
import { readBench, readRoundTrips } from './read.ts'
import { reviewBench } from './reviews.ts'
import { sessionBench } from './sessions.ts'
import { shapesBench } from './shapes.ts'
import { signInBench } from './sign-in.ts'
import { vaultBench } from './vault.ts'

suite('the benches, at a size that says nothing about speed', () => {
  test('an audit bundle is written and every entry of it verified', async () => {
    const results = await bundleBench([1, 3_000])
    assert.deepEqual(
      results.map(({ entries }) => entries),
      [1, 3_000],
    )
  })

  test('Cedar, CASL and our own evaluator decide the same', async () => {
    const results = await decisionBench({ rounds: 1, operations: 3, cedarOperations: 1 })
    assert.deepEqual(
      results.map(({ scores }) => scores.map(({ name }) => name)),
      [
        ['CASL, built before', 'upheld'],
        ['Cedar wasm, parsed before', 'upheld'],
        ['CASL', 'upheld'],
      ],
    )
    for (const { what, scores } of results) assert.equal(new Set(scores.map(({ answers }) => answers)).size, 1, what)
  })

  test('entries that wait are logged, changes are recorded, and idle organizations cost a recorder nothing', async () => {
    const sizes = { rounds: 2, entries: 1_200, organizations: 5, changes: 40, idleOrganizations: 50 }
    const rate = { perSecond: 2_000, seconds: 0.3 }
    const { recorder, offered, ways, triggers, idle } = await auditBench({ ...sizes, offered: rate })
    assert.deepEqual(
      recorder.map(({ batchMax, perSecond, batchMs }) => [batchMax, perSecond.length, batchMs.length]),
      [
        [500, 2, 6],
        [2_000, 2, 2],
      ],
    )
    assert.deepEqual(
      offered.map(({ perSecond, p50Ms, p99Ms }) => [perSecond, p50Ms.length, p99Ms.length]),
      [[2_000, 2, 2]],
    )
    // No entry was signed before it was there, and none is missing.
    for (const ms of offered.flatMap(({ p50Ms, p99Ms }) => [...p50Ms, ...p99Ms])) assert.ok(Number.isFinite(ms))
    assert.deepEqual(
      ways.map(({ changes, connections, restMs }) => [changes, connections, restMs.length]),
      [[40, 2, 2]],
    )
    for (const { what, scores } of triggers) {
      assert.deepEqual(
        scores.map(({ name }) => name),
        ['without', 'with the audit log'],
      )
      assert.equal(new Set(scores.map(({ answers }) => answers)).size, 1, what)
    }
    assert.deepEqual(
      idle.map(({ organizations, turns, statements }) => [organizations, turns, statements]),
      [
        [0, 40, 40],
        [50, 40, 40],
      ],
    )
  })

  test('every way of reading gives the same answers', async () => {
    const results = await readBench([
      { rounds: 1, operations: 200, concurrency: 1 },
      { rounds: 1, operations: 200, concurrency: 8 },
    ])
    for (const { scores } of results) {
      assert.deepEqual(
        scores.map(score => score.name),
        ['no isolation', 'four statements', 'upheld', 'upheld, an actor for each read'],
      )
      assert.equal(new Set(scores.map(score => score.answers)).size, 1)
    }
    assert.equal(new Set(results.flatMap(({ scores }) => scores.map(score => score.answers))).size, 1)
  })

  test('a tenant-bound read costs one round trip, whoever acts; the recipe four', async () => {
    assert.deepEqual(await readRoundTrips(), { bound: 1, acting: 1, recipe: 4 })
  })

  test('a review of 300 members begins with as many statements as one of 10', async () => {
    const results = await reviewBench([10, 300], 1)
    assert.deepEqual(
      results.map(({ members, lines, roundTrips }) => [members, lines, roundTrips]),
      [
        [10, 20, 12],
        [300, 635, 12],
      ],
    )
  })

  test('every larger question has the same answers with no isolation, with the unsigned setting and with ours', async () => {
    const results = await shapesBench([{ rounds: 1, operations: 100, concurrency: 4 }])
    assert.deepEqual(
      results.map(({ shape }) => shape),
      ['five-way join', 'aggregate of 2,000 rows', 'insert of 1,000 rows'],
    )
    for (const { scores } of results) {
      assert.deepEqual(
        scores.map(score => score.name),
        ['no isolation', 'unsigned setting', 'upheld'],
      )
      assert.equal(new Set(scores.map(score => score.answers)).size, 1)
    }
  })

  test('every builder reads the same over a plain connection and over an organization', async () => {
    const results = await buildersBench([{ rounds: 1, operations: 60, concurrency: 4 }])
    assert.deepEqual(
      results.map(({ builder }) => builder),
      ['pg.Pool', 'Kysely', 'Drizzle', 'Prisma'],
    )
    assert.equal(new Set(results.flatMap(({ scores }) => scores.map(score => score.answers))).size, 1)
  })

  test('a sign-in computes one hash, and asks the database no more than it says', async () => {
    const [result] = await signInBench([{ rounds: 1, operations: 8, concurrency: 2 }])
    assert.deepEqual(
      result?.scores.map(({ name }) => name),
      ['argon2id alone', 'in line', 'in line, counted', 'to a session'],
    )
    assert.equal(new Set(result.scores.map(({ answers }) => answers)).size, 1)
    assert.equal(result.statements, 4)
  })

  test('a check of a session is one statement, and the other library knows its own session', async () => {
    const [result] = await sessionBench([{ rounds: 1, operations: 20, concurrency: 2 }])
    assert.deepEqual(
      result?.scores.map(({ name }) => name),
      ['upheld', 'better-auth'],
    )
    assert.equal(new Set(result.scores.map(({ answers }) => answers)).size, 1)
    assert.equal(result.statements, 1)
  })

  test('the schema of the linter has keys, leaves and policies, and every table is counted', async () => {
    const [result] = await lintBench([40], 2)
    assert.deepEqual([result?.tables, result?.population, result?.seconds.length], [40, 40, 2])
  })

  test('pooled, interleaved reads of two processes, with a pooler and without: 0 wrong of 20000', async () => {
    const results = await pooledBench(20_000)
    assert.equal(
      results.reduce((sum, { reads }) => sum + reads, 0),
      20_000,
    )
    for (const { way, wrong, odd } of results) assert.deepEqual([wrong, odd], [0, 0], way)
  })

  test('a value is sealed and opened by all three, and ours and the plain reading open what the other sealed', async () => {
    const results = await vaultBench({ rounds: 1, operations: 40, concurrency: 1 }, 64)
    assert.deepEqual(
      results.map(({ what, scores }) => [what, scores.length]),
      [
        ['seal 64 bytes', 3],
        ['open 64 bytes', 3],
        ['open 64 bytes again', 1],
      ],
    )
    for (const { what, scores } of results) assert.equal(new Set(scores.map(score => score.answers)).size, 1, what)
  })

  test('an object is sealed, opened and read in parts, with what raw AES-256-GCM opens of the same bytes', async () => {
    const { paired, memory } = await objectBench({ rounds: 2, mebibytes: 2, parts: 3, streamed: 4 })
    assert.deepEqual(
      paired.map(({ what, scores }) => [what, scores.map(({ name }) => name)]),
      [
        ['seal 2 MiB', ['raw, one call', 'raw, 64 KiB at a time', 'upheld']],
        ['open 2 MiB', ['raw, one call', 'raw, 64 KiB at a time', 'upheld']],
        ['1 MiB out of 2 MiB', ['raw, one call', 'raw, 64 KiB at a time', 'upheld']],
      ],
    )
    for (const { what, scores } of paired.slice(1)) assert.equal(new Set(scores.map(one => one.answers)).size, 1, what)
    for (const { perSecond, perCpuSecond } of paired.flatMap(({ scores }) => scores))
      assert.deepEqual([perSecond.length, perCpuSecond.length], [2, 2])
    assert.equal(memory.mebibytes, 4)
  })
})
