import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { before, suite, test } from 'node:test'
import { z } from 'zod'
import type { JsonObject } from '../../src/core/json.ts'
import type { TrustReport, Verdict } from '../../src/proof/claims/index.ts'
import { exported, formats, openFormats, uuidOf, type OpenFormat } from '../../src/proof/exports/index.ts'
import { attacked, claims, faulty, reportOn } from './lab.ts'

let leaves: readonly JsonObject[] = []
let report: TrustReport
const hourMs = 3_600_000

before(async () => {
  leaves = await attacked()
  report = reportOn(leaves)
})

const verdictsNow: Readonly<Record<string, Verdict>> = {
  'doors.locked': 'upheld',
  'doors.watched': 'refuted',
  'doors.aired': 'unproven',
  'hostile.formula': 'upheld',
  'hostile.script': 'upheld',
  'hostile.strange': 'upheld',
  'garden.fenced': 'planned',
  'house.insured': 'attested',
  'house.surveyed': 'unproven',
}

const finding = z.looseObject({
  title: z.string(),
  props: z.array(z.looseObject({ name: z.string(), value: z.string() })),
  target: z.object({
    type: z.string(),
    'target-id': z.string(),
    status: z.object({ state: z.string(), reason: z.string(), remarks: z.string() }),
  }),
})
const results = z.object({
  'assessment-results': z.looseObject({
    results: z.tuple([
      z.looseObject({
        findings: z.array(finding),
        observations: z.array(z.looseObject({ uuid: z.string(), expires: z.string() })).optional(),
        risks: z.array(z.looseObject({ title: z.string() })).optional(),
      }),
    ]),
  }),
})
const declarations = z.object({
  declarations: z.looseObject({
    attestations: z.array(
      z.looseObject({
        map: z.array(
          z.looseObject({
            requirement: z.string(),
            claims: z.array(z.string()).optional(),
            counterClaims: z.array(z.string()).optional(),
            conformance: z.object({ score: z.number(), rationale: z.string() }).optional(),
            confidence: z.object({ score: z.number() }).optional(),
          }),
        ),
      }),
    ),
  }),
})
const sarifLog = z.object({
  runs: z.tuple([
    z.looseObject({
      invocations: z.tuple([
        z.looseObject({
          executionSuccessful: z.boolean(),
          toolExecutionNotifications: z.array(
            z.looseObject({ level: z.string(), message: z.object({ text: z.string() }) }),
          ),
        }),
      ]),
      results: z.array(z.looseObject({ ruleId: z.string(), level: z.string(), kind: z.string() })),
    }),
  ]),
})
const questionnaire = z.looseObject({
  answers: z.array(z.looseObject({ question: z.string(), answer: z.string(), standing: z.string() })),
})
const coverage = z.looseObject({
  totals: z.record(z.string(), z.number()),
  requirements: z.array(z.looseObject({ id: z.string(), standing: z.string() })),
  unknown: z.array(z.string()),
})

function read<T>(form: z.ZodType<T>, format: OpenFormat, of: TrustReport = report): T {
  return form.parse(JSON.parse(exported(format, of)))
}

function findings(of: TrustReport): readonly (readonly [string, string, string])[] {
  const [result] = read(results, 'oscal-assessment-results', of)['assessment-results'].results
  return result.findings.map(({ target }) => [target['target-id'], target.status.state, target.status.reason])
}

suite('only what was attacked and held passes', () => {
  test('the report has every verdict in it', () => {
    assert.deepEqual(
      Object.fromEntries(report.claims.map(({ claim, standing }) => [claim.id, standing.verdict])),
      verdictsNow,
    )
  })

  test('OSCAL: satisfied is said of those alone; each other one has its reason', () => {
    const reasons: Readonly<Record<Verdict, string>> = {
      upheld: 'pass',
      refuted: 'fail',
      unproven: 'other',
      planned: 'other',
      attested: 'other',
    }
    assert.deepEqual(
      findings(report),
      Object.entries(verdictsNow).map(([id, verdict]) => [
        id,
        verdict === 'upheld' ? 'satisfied' : 'not-satisfied',
        reasons[verdict],
      ]),
    )
    const [result] = read(results, 'oscal-assessment-results')['assessment-results'].results
    assert.deepEqual(
      result.risks?.map(({ title }) => title),
      ['doors.watched is refuted'],
    )
  })

  test('CycloneDX: conformance 1 of those alone; nothing is said of what is only stated, or of a whole standard', () => {
    const [own, ...standards] = read(declarations, 'cyclonedx').declarations.attestations
    const scores = own?.map.map(({ requirement, conformance }) => [requirement.slice(7), conformance?.score])
    const expected: Readonly<Record<Verdict, number | undefined>> = {
      upheld: 1,
      refuted: 0,
      unproven: 0,
      planned: 0,
      attested: undefined,
    }
    assert.deepEqual(
      scores,
      Object.entries(verdictsNow).map(([id, verdict]) => [id, expected[verdict]]),
    )
    const unsure = own?.map.filter(({ confidence }) => confidence?.score === 0).map(one => one.requirement)
    assert.deepEqual(unsure, ['claims:doors.aired', 'claims:house.insured', 'claims:house.surveyed'])
    assert.equal(standards.length, 3)
    const maps = standards.flatMap(({ map }) => map)
    assert.ok(maps.every(({ conformance }) => conformance === undefined))
    const crossed = maps.find(({ requirement }) => requirement === 'asvs:v5.0.0-8.4.1')
    assert.deepEqual([crossed?.claims, crossed?.counterClaims], [['claim:doors.locked'], ['claim:doors.watched']])
  })

  test('SARIF: what came through is an error; what is unproven is a warning of the run', () => {
    const [run] = read(sarifLog, 'sarif').runs
    assert.deepEqual(
      run.results.map(({ ruleId, level, kind }) => [ruleId, level, kind]),
      [['doors.watched', 'error', 'fail']],
    )
    const [invocation] = run.invocations
    assert.equal(invocation.executionSuccessful, true)
    assert.deepEqual(
      invocation.toolExecutionNotifications.map(({ message }) => message.text.split('.').slice(0, 2).join('.')),
      ['Unproven: doors.aired', 'Unproven: house.surveyed'],
    )
  })

  test('CAIQ: Yes needs every claim of the question, one red makes it No, and a doubt leaves it open', () => {
    assert.deepEqual(
      read(questionnaire, 'caiq').answers.map(({ question, answer, standing }) => [question, answer, standing]),
      [
        ['A&A-01.1', 'Yes', 'proven'],
        ['A&A-02.1', 'No', 'refuted'],
        ['CEK-03.1', '', 'unproven'],
        ['DCS-01.1', '', 'planned'],
        ['DSP-01.1', 'Yes', 'proven'],
        ['DSP-02.1', 'Yes', 'proven'],
        ['DSP-03.1', 'Yes', 'proven'],
        ['IAM-16.1', 'No', 'refuted'],
        ['STA-01.1', 'Yes', 'stated'],
        ['STA-02.1', '', 'unproven'],
      ],
    )
  })

  test('ASVS: the worst claim decides, 343 requirements have none, and an id that is no requirement is told', () => {
    const { totals, requirements, unknown } = read(coverage, 'asvs')
    assert.equal(requirements.length, 345)
    assert.equal(requirements.find(({ id }) => id === 'v5.0.0-8.4.1')?.standing, 'refuted')
    assert.deepEqual([totals['none'], totals['refuted'], totals['upheld']], [343, 1, 1])
    assert.deepEqual(unknown, ['v5.0.0-99.1.1'])
  })
})

/** No word of these may be in an export of a report in which nothing is proven. */
function assertNothingPasses(of: TrustReport): void {
  assert.ok(findings(of).every(([, state]) => state === 'not-satisfied'))
  const maps = read(declarations, 'cyclonedx', of).declarations.attestations.flatMap(({ map }) => map)
  assert.ok(maps.every(({ conformance }) => conformance === undefined || conformance.score === 0))
  const answers = read(questionnaire, 'caiq', of).answers
  assert.ok(answers.every(({ answer, standing }) => answer !== 'Yes' || standing === 'stated'))
  if (of.log === undefined || of.recordFault !== undefined) assert.ok(answers.every(({ answer }) => answer !== 'Yes'))
  assert.equal(read(coverage, 'asvs', of).totals['upheld'], 0)
  assert.ok(!exported('oscal-component-definition', of).includes('"implemented"'))
}

suite('nothing is proven by being absent', () => {
  test('no evidence yet: every claim that could be attacked is unproven, in every format', () => {
    const empty = reportOn([])
    assertNothingPasses(empty)
    const [result] = read(results, 'oscal-assessment-results', empty)['assessment-results'].results
    assert.equal(result.observations, undefined)
    const proven = { ...empty, claims: empty.claims.filter(({ claim }) => claim.kind === 'proven') }
    assert.match(exported('oscal-assessment-results', proven), /"last-modified": "1970-01-01T00:00:00\.000Z"/)
  })

  test('evidence that has run out', () => assertNothingPasses(reportOn(leaves, 2 * hourMs)))

  test('a record that does not hold: no run of it is exported, and the fault is said in every format', () => {
    const broken = faulty(report)
    assertNothingPasses(broken)
    for (const format of openFormats) {
      const text = exported(format, broken)
      assert.ok(!text.includes('leaf_index') && !text.includes('leaf-index') && !text.includes('leafIndex'), format)
      if (format !== 'caiq-csv') assert.ok(text.includes('its attempt is gone'), format)
    }
    assert.equal(read(sarifLog, 'sarif', broken).runs[0].invocations[0].executionSuccessful, false)
  })

  test('a report that calls a claim upheld without evidence for it is not believed', () => {
    const upheld = { verdict: 'upheld', reason: 'held', since: report.at, note: '' } as const
    const lie = (change: (index: number) => object): TrustReport => ({
      ...report,
      claims: report.claims.map((of, index) => ({ ...of, standing: upheld, ...change(index) })),
    })
    const lies: Readonly<Record<string, TrustReport>> = {
      'no log': { ...lie(() => ({})), log: undefined },
      'another digest': lie(() => ({ digest: `sha256:${'0'.repeat(64)}` })),
      'no run': lie(() => ({ lastRun: undefined })),
      'read after its expiry': { ...lie(() => ({})), at: new Date(Date.now() + 8 * 24 * hourMs).toISOString() },
      "another claim's run": lie(index => ({ lastRun: report.claims[(index + 3) % 6]?.lastRun })),
    }
    for (const [name, told] of Object.entries(lies)) {
      const passed = findings(told).filter(([, state]) => state === 'satisfied')
      assert.deepEqual(passed, [], name)
    }
  })
})

suite('the same evidence gives the same bytes', () => {
  for (const format of openFormats) {
    test(format, () => {
      const text = exported(format, report)
      const later = reportOn(leaves, 60_000)
      assert.equal(exported(format, later), text, 'a minute later')
      assert.equal(exported(format, structuredCopy(report)), text, 'from a copy')
      assert.notEqual(exported(format, reportOn(leaves, 2 * hourMs)), text, 'after the evidence ran out')
      assert.ok(!text.includes(later.at), 'no time of its own')
    })
  }

  test('UUIDs are of version 5, as RFC 9562 makes them', () => {
    assert.match(uuidOf('a', 'b'), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const bytes = Buffer.from('f30949435b5a40c280bc66d11702d63e', 'hex')
    const digest = createHash('sha1').update(bytes).update('["a","b"]').digest('hex')
    assert.equal(uuidOf('a', 'b').slice(0, 8), digest.slice(0, 8))
    assert.equal(uuidOf('a', 'b').slice(24), digest.slice(20, 32))
    assert.notEqual(uuidOf('a', 'b'), uuidOf('ab'))
    assert.notEqual(uuidOf('a', 'b'), uuidOf('a","b'))
  })
})

function structuredCopy(of: TrustReport): TrustReport {
  return { ...of, claims: of.claims.map(one => ({ ...one, standing: { ...one.standing } })) }
}

suite('population, assumptions, gaps and evidence are carried', () => {
  const facts = (format: OpenFormat): string => exported(format, report)
  const places: readonly OpenFormat[] = ['oscal-assessment-results', 'cyclonedx', 'sarif']
  for (const format of places) {
    test(format, () => {
      const text = facts(format)
      for (const word of ['every room of the house', 'the house has no window', 'the roof'])
        assert.ok(text.includes(word), word)
      const { checkpoint } = report.log ?? { checkpoint: '' }
      const [, , root = ''] = checkpoint.split('\n')
      const held = format === 'sarif' ? JSON.stringify(checkpoint).slice(1, -1) : root
      assert.ok(root.length === 44 && text.includes(held), 'checkpoint')
    })
  }

  test('an observation of OSCAL names its leaf, and the files that a document refers to are the others', () => {
    const text = facts('oscal-assessment-results')
    for (const { lastRun } of report.claims) {
      if (lastRun !== undefined) assert.match(text, new RegExp(`"name": "leaf-index",[^}]*"value": "${lastRun.index}"`))
    }
    const links: readonly [OpenFormat, OpenFormat][] = [
      ['oscal-assessment-results', 'oscal-assessment-plan'],
      ['oscal-assessment-plan', 'oscal-component-definition'],
    ]
    for (const [from, to] of links) {
      assert.ok(facts(from).includes(`"href": "${formats[to].file}"`))
      assert.ok(facts(from).includes(createHash('sha256').update(facts(to)).digest('hex')))
    }
  })

  test('every reference inside a document leads to something in it, and no two things have one name', () => {
    for (const format of ['oscal-assessment-results', 'oscal-assessment-plan', 'oscal-component-definition'] as const) {
      const text = facts(format)
      const made = [...text.matchAll(/"uuid": "([^"]+)"/g)].map(([, uuid = '']) => uuid)
      assert.equal(new Set(made).size, made.length, format)
      for (const [, uuid = ''] of text.matchAll(/"#([0-9a-f-]{36})"/g)) assert.ok(made.includes(uuid), uuid)
      for (const [, uuid = ''] of text.matchAll(/"(?:observation|risk|activity|actor)-uuid": "([^"]+)"/g))
        assert.ok(made.includes(uuid), uuid)
    }
    const text = facts('cyclonedx')
    const made = [...text.matchAll(/"bom-ref": "([^"]+)"/g)].map(([, ref = '']) => ref)
    assert.equal(new Set(made).size, made.length)
    const lists = [...text.matchAll(/"(?:claims|counterClaims|evidence|counterEvidence)": \[([^\]{}]*)\]/g)]
    const named = lists.flatMap(([, inner = '']) => [...inner.matchAll(/"([^"]+)"/g)].map(([, ref = '']) => ref))
    const single = [...text.matchAll(/"(?:requirement|assessor|target)": "([^"]+)"/g)].map(([, ref = '']) => ref)
    assert.ok(named.length >= claims.length && single.length >= claims.length)
    for (const ref of [...named, ...single]) assert.ok(made.includes(ref), ref)
  })
})

suite('hostile words stay words', () => {
  test('OSCAL: no tag, link or emphasis is left in a field that is read as CommonMark', () => {
    for (const format of ['oscal-assessment-results', 'oscal-assessment-plan', 'oscal-component-definition'] as const) {
      const text = exported(format, report)
      for (const [, name = '', value = ''] of text.matchAll(
        /"(title|description|remarks|prose)": ("(?:[^"\\]|\\.)*")/g,
      )) {
        const said = z.string().parse(JSON.parse(value))
        assert.doesNotMatch(said, /(?<!\\)[<>*[\]]/, `${format} ${name}`)
      }
    }
  })

  test('CSV: one line for each row, and no cell begins as a formula', () => {
    const text = exported('caiq-csv', report)
    const lines = text.split('\r\n')
    assert.equal(lines.length, 1 + 10 + 1)
    assert.doesNotMatch(text, /(^|",|\n)"[=+\-@]/)
    assert.ok(text.includes('keeps every door shut'))
  })

  test('nothing turns the reading direction; emoji and letters of every script are as they were', () => {
    for (const format of openFormats) {
      const text = exported(format, report)
      assert.ok(text.includes('הדלתות') && text.includes('👩‍👩‍👧‍👦'), format)
      assert.doesNotMatch(text.replaceAll(/[\u200c\u200d]/g, ''), /[\p{Cf}\p{Zl}\p{Zp}]/u, format)
    }
  })
})
