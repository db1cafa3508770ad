import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { allRules, type LintReport } from '../../src/proof/lint/index.ts'
import { plantedAround } from './around/index.ts'
import { corpus } from './corpus/index.ts'
import type { Fixture } from './fixture.ts'
import { compareWithPage, newIds, type Compared } from './peers/comparison.ts'
import { peersSay } from './peers/supabase.ts'
import { openYard, type Plot, type Yard } from './yard.ts'

function nameOf({ rule, name }: Fixture): string {
  return name === undefined ? rule : `${rule}: ${name}`
}

/** What a report says, rule by place; what it does not know counts as much as what it found. */
function saidBy(report: LintReport): string[] {
  return [
    ...report.findings.map(finding => `${finding.rule} at ${finding.place.label}`),
    ...report.unproven.map(one => `${one.rule} unproven: ${one.why}`),
    ...report.unseen.map(one => `unseen: ${one.section}: ${one.why}`),
  ]
}

function fires(report: LintReport, { rule, as }: Fixture, place: string): boolean {
  return as === 'unproven'
    ? report.unproven.some(one => one.rule === rule && one.why.startsWith(`${place}: `))
    : report.findings.some(one => one.rule === rule && one.place.label === place)
}

const compared: Compared[] = []
let sound: readonly string[] = []

async function plant(fixture: Fixture, plot: Plot, standing: readonly string[]): Promise<void> {
  const place = plot.spell(fixture.at)
  if (fixture.build !== undefined) await plot.run(fixture.build)
  const clean = await plot.lint(fixture.options)
  const declared = (said: string): boolean =>
    standing.includes(said) || (fixture.already ?? []).some(rule => said.startsWith(`${rule} `))
  assert.deepEqual(
    saidBy(clean).filter(said => !declared(said)),
    [],
    'the clean twin is clean',
  )
  assert.ok(!fires(clean, fixture, place), 'the rule is quiet on the clean twin')
  const before = await peersSay(plot.database, fixture.options)

  await plot.run(fixture.plant)
  const planted = await plot.lint(fixture.options)
  assert.ok(fires(planted, fixture, place), `fires at ${place}; it said ${JSON.stringify(saidBy(planted))}`)
  if (fixture.as !== 'unproven') {
    const theirs = newIds(before, await peersSay(plot.database, fixture.options))
    const title = allRules.find(({ id }) => id === fixture.rule)?.title ?? ''
    compared.push({ rule: fixture.rule, hole: fixture.name ?? title, theirs })
  }
  if (fixture.unmendable === true || fixture.as === 'unproven') return

  const hits = planted.findings.filter(one => one.rule === fixture.rule && one.place.label === place)
  assert.ok(
    hits.some(hit => hit.mend.length > 0),
    'the finding says how it is mended',
  )
  await plot.mend(hits)
  const mended = await plot.lint(fixture.options)
  assert.ok(!fires(mended, fixture, place), `mended by ${JSON.stringify(hits.map(hit => hit.mend))}`)
}

suite('holes planted for the linter', { concurrency: 3 }, () => {
  let yard: Yard
  before(async () => {
    // Roles belong to a whole server: one that another test makes for a moment would be taken for the application's.
    yard = await openYard(true)
    const plot = await yard.open()
    sound = await peersSay(plot.database)
    await plot.close()
  })
  after(() => yard.close())

  test('every rule has a hole that it must find, and every hole belongs to a rule', () => {
    const planted = new Set([...corpus.map(fixture => fixture.rule), ...plantedAround])
    assert.deepEqual(
      allRules.map(rule => rule.id).filter(id => !planted.has(id)),
      [],
    )
    const known = new Set(allRules.map(rule => rule.id))
    assert.deepEqual(
      [...planted].filter(id => !known.has(id)),
      [],
    )
  })

  test('once its own statements were run, the linter finds nothing that a statement could mend', () => {
    assert.deepEqual(
      yard.standing.filter(said => !said.startsWith('server.release ')),
      [],
    )
  })

  for (const fixture of corpus) {
    test(nameOf(fixture), async () => {
      const apart = fixture.ownServer === true || fixture.ownRoles === true
      const own = apart ? await openYard(fixture.ownServer) : undefined
      const plot = await (own ?? yard).open()
      try {
        await plant(fixture, plot, (own ?? yard).standing)
      } finally {
        await plot.close()
        await own?.close()
      }
    })
  }
})

test('the published comparison says what was found here', () => {
  assert.equal(compared.length, corpus.filter(fixture => fixture.as !== 'unproven').length)
  const { found, published } = compareWithPage('tables', compared, sound)
  assert.equal(published, found, 'write docs/reference/lint-comparison.md anew with UPHELD_WRITE_REFERENCE=1')
})
