import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { run } from '../e2e/harness.ts'
import { corpus } from '../lint/corpus/index.ts'
import type { Fixture } from '../lint/fixture.ts'
import { foreignSchemas } from '../lint/foreign/index.ts'
import { openYard, type Plot, type Yard } from '../lint/yard.ts'
import { parseLook, placesIn, type LookDocument } from './forms.ts'

// The planted holes of the linter, through the command line: each schema is looked at as its owner would look.

/** Holes in one schema at a time, round by round: one that another one hides is planted again, with fewer, at last alone. */
const rounds = [12, 4, 1]

/** Those that need nothing but the schema: the rest is tried by the linter's own tests, with options and servers of their own. */
const fixtures = corpus.filter(
  one => one.options === undefined && one.ownServer !== true && one.ownRoles !== true && one.as !== 'unproven',
)
const firstOfEach = [...new Map(fixtures.toReversed().map(one => [one.rule, one])).values()].toReversed()

async function look({ adminUrl }: Plot): Promise<LookDocument> {
  return parseLook(await run(['check', '--json', '--fail-on', 'low'], { UPHELD_DATABASE_URL: adminUrl }))
}

suite('look mode on planted schemas', () => {
  let yard: Yard
  before(async () => {
    yard = await openYard()
  })
  after(() => yard.close())

  /** What was planted and not said. */
  async function missedBy(batch: readonly Fixture[]): Promise<readonly Fixture[]> {
    const plot = await yard.open()
    const planted: Fixture[] = []
    const left: Fixture[] = []
    try {
      for (const fixture of batch) {
        const sql = `${fixture.build ?? ''};${fixture.plant}`
        await plot.run(sql).then(
          () => planted.push(fixture),
          () => left.push(fixture),
        )
      }
      const seen = await look(plot)
      assert.equal(seen.exit, 1)
      const said = placesIn(seen)
      return [...left, ...planted.filter(({ rule, at }) => !said.includes(`${rule} at ${plot.spell(at)}`))]
    } finally {
      await plot.close()
    }
  }

  test('no false alarm on the clean twin', async () => {
    const plot = await yard.open()
    try {
      const seen = await look(plot)
      assert.deepEqual(
        placesIn(seen).filter(one => !yard.standing.includes(one)),
        [],
      )
      assert.deepEqual(
        seen.notSeen.filter(({ rule }) => rule !== 'server.release'),
        [],
      )
      const [isolation] = seen.claims
      if (yard.standing.length === 0) assert.notEqual(isolation?.standing, 'hole seen')
    } finally {
      await plot.close()
    }
  })

  test('every planted hole is found', async context => {
    assert.ok(firstOfEach.length >= 10, String(firstOfEach.length))
    let runs = 0
    let left: readonly Fixture[] = firstOfEach
    for (const together of rounds) {
      const batches = Array.from({ length: Math.ceil(left.length / together) }, (_, index) =>
        left.slice(index * together, (index + 1) * together),
      )
      const missed: Fixture[] = []
      for (let at = 0; at < batches.length; at += 2)
        missed.push(...(await Promise.all(batches.slice(at, at + 2).map(missedBy))).flat())
      runs += batches.length
      left = missed
    }
    assert.deepEqual(
      left.map(({ rule, at }) => `${rule} at ${at}`),
      [],
    )
    context.diagnostic(`${firstOfEach.length} holes in ${runs} looks`)
  })
})

suite('look mode on whole schemas that never heard of Upheld', { concurrency: 2 }, () => {
  let yard: Yard
  before(async () => {
    yard = await openYard()
  })
  after(() => yard.close())

  for (const schema of foreignSchemas) {
    test(`${schema.name}: every hole is found, and its clean twin raises no false alarm`, async () => {
      const plot = await yard.open('bare')
      const findings = (said: readonly string[]): string[] =>
        said.filter(one => !/ unproven: |^unseen: /.test(one)).map(plot.spell)
      try {
        await plot.run(schema.build)
        const already = [...yard.standing, ...findings(schema.already)]
        assert.deepEqual(placesIn(await look(plot)).sort(), [...already].sort())
        await plot.run(schema.holes)
        const planted = await look(plot)
        assert.deepEqual(placesIn(planted).sort(), [...already, ...findings(schema.found)].sort())
        assert.equal(planted.exit, 1)
        assert.equal(planted.claims[0]?.standing, 'hole seen')
      } finally {
        await plot.close()
      }
    })
  }
})
