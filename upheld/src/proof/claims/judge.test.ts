import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { doorClaim } from '../../../test/proof/door.ts'
import { claim } from './check.ts'
import type { Claim } from './claim.ts'
import { claimDefinition, claimDigest } from './definition.ts'
import { judge, type History } from './judge.ts'
import type { ClaimLeaf, Leaf, WithdrawalLeaf } from './leaf.ts'
import type { RunRecord, Standing } from './verdict.ts'

const promise = doorClaim()
const digest = claimDigest(promise)
const start = Date.parse('2026-11-20T12:00:00.000Z')

function at(minutes: number): string {
  return new Date(start + minutes * 60_000).toISOString()
}

/** A run that began `minutes` after noon and took one second. */
function held(minutes: number, change: Partial<RunRecord> = {}): RunRecord {
  const startedMs = start + minutes * 60_000
  return {
    type: 'upheld/run@v1',
    claim: promise.id,
    claim_digest: digest,
    sequence: 1,
    started_at: new Date(startedMs).toISOString(),
    finished_at: new Date(startedMs + 1_000).toISOString(),
    duration_ms: 1_000,
    expires_at: new Date(startedMs + promise.freshnessMins * 60_000).toISOString(),
    verdict: 'upheld',
    reason: 'held',
    population: { rooms: 3 },
    observations: 3,
    observations_min: 3,
    findings: [],
    findings_total: 0,
    sabotages: [{ name: 'unlocked', outcome: 'caught' }],
    untouched_twin: 'held',
    note: '',
    ...change,
  }
}

const refuted = {
  verdict: 'refuted',
  reason: 'refuted',
  findings_total: 1,
  note: '1 of 3 attacks came through.',
} as const
const errored = { verdict: 'unproven', reason: 'errored', note: 'It stopped with TypeError.' } as const

function declared(minutes: number, as = digest): ClaimLeaf {
  return {
    type: 'upheld/claim@v1',
    claim: promise.id,
    digest: as,
    definition: claimDefinition(promise),
    at: at(minutes),
  }
}

function withdrawn(minutes: number): WithdrawalLeaf {
  return { type: 'upheld/withdrawal@v1', claim: promise.id, digest, at: at(minutes) }
}

function read(minutes: number, leaves: readonly Leaf[], rest: Partial<History> = {}): Standing {
  return judge(promise, digest, { leaves, ...rest }, new Date(at(minutes)))
}

function words({ verdict, reason, since }: Standing): string {
  return `${verdict} ${reason} ${since ?? 'never'}`
}

suite('rule 1: the newest attempt decides', () => {
  for (const [name, newer] of [
    ['red', refuted],
    ['error', errored],
  ] as const) {
    test(`an older green does not outlive a newer ${name}`, () => {
      const standing = read(11, [declared(0), held(1), held(10, newer)])
      assert.equal(words(standing), `${newer.verdict} ${newer.reason} ${held(10).finished_at}`)
      assert.equal(standing.note, newer.note)
    })
  }

  test('a newer green ends an older red', () => {
    assert.equal(words(read(11, [declared(0), held(1, refuted), held(10)])), `upheld held ${held(10).finished_at}`)
  })

  test('while a run goes on within its limit, what stood before remains', () => {
    const open = { sequence: 2, startedAt: new Date(at(10)), timeoutSecs: 20 }
    assert.equal(read(10, [declared(0), held(1)], { open }).verdict, 'upheld')
    assert.equal(read(10, [declared(0), held(1, refuted)], { open }).verdict, 'refuted')
    assert.equal(read(10, [declared(0)], { open }).reason, 'never_run')
  })

  test('a verdict stands since the first run of its spell', () => {
    const leaves = [declared(0), held(1), held(20), held(40)]
    assert.equal(words(read(50, leaves)), `upheld held ${held(1).finished_at}`)
  })

  test('a green spell begins anew after the evidence had run out in between', () => {
    assert.equal(words(read(201, [declared(0), held(1), held(200)])), `upheld held ${held(200).finished_at}`)
  })
})

suite('rule 2: what upheld needs', () => {
  test('a whole run', () => {
    assert.equal(words(read(2, [declared(0), held(1)])), `upheld held ${held(1).finished_at}`)
  })

  const lies: Readonly<Record<string, Partial<RunRecord>>> = {
    'another reason': { reason: 'errored' },
    'too few observations': { observations: 2 },
    'fewer observations demanded than the claim does': { observations: 2, observations_min: 2 },
    'no population': { population: {} },
    'a population of zero': { population: { rooms: 3, roofs: 0 } },
    'a finding': { findings_total: 1 },
    'a missed sabotage': { sabotages: [{ name: 'unlocked', outcome: 'missed' }] },
    'a sabotage left out': { sabotages: [] },
    'another sabotage': { sabotages: [{ name: 'painted', outcome: 'caught' }] },
    'an untouched twin that failed': { untouched_twin: 'failed' },
    'a longer life than the claim allows': { expires_at: at(1_000) },
    'an end before its beginning': { finished_at: at(0) },
    'more time than it had': { duration_ms: 20_001 },
  }
  for (const [name, lie] of Object.entries(lies)) {
    test(`a run that calls itself upheld with ${name} is not`, () => {
      assert.equal(read(2, [declared(0), held(1, lie)]).reason, 'record_incomplete')
    })
  }

  test('evidence expires when it is read, without any run', () => {
    const leaves = [declared(0), held(1)]
    assert.equal(read(60, leaves).verdict, 'upheld')
    assert.equal(words(read(61, leaves)), `unproven expired ${at(61)}`)
    assert.equal(words(read(6_000, leaves)), `unproven expired ${at(61)}`)
  })
})

suite('rule 3: never green', () => {
  test('a claim that nobody knows', () => assert.equal(words(read(1, [])), 'unproven never_run never'))
  test('a claim that was never run', () => assert.equal(words(read(1, [declared(0)])), `unproven never_run ${at(0)}`))

  test('an overdue run, since the moment it should have ended', () => {
    const open = { sequence: 2, startedAt: new Date(at(10)), timeoutSecs: 20 }
    const overdue = new Date(start + 10 * 60_000 + 80_000).toISOString()
    assert.equal(words(read(15, [declared(0), held(1)], { open })), `unproven overdue ${overdue}`)
  })

  test('an overdue run whose claim had expired before it', () => {
    const open = { sequence: 2, startedAt: new Date(at(100)), timeoutSecs: 20 }
    assert.equal(words(read(120, [declared(0), held(1)], { open })), `unproven overdue ${at(61)}`)
  })

  test('a run in the future of the reader', () => {
    assert.equal(words(read(1, [declared(0), held(5)])), 'unproven clock never')
  })

  test('a run begun in the future of the reader', () => {
    const open = { sequence: 2, startedAt: new Date(at(10)), timeoutSecs: 20 }
    assert.equal(read(5, [declared(0), held(1)], { open }).reason, 'clock')
  })

  test('a clock that is a second behind is honest', () => {
    const now = new Date(Date.parse(held(1).finished_at) - 1_000)
    assert.equal(judge(promise, digest, { leaves: [declared(0), held(1)] }, now).verdict, 'upheld')
  })
})

suite('rules 4 to 6: red, attested, planned', () => {
  test('a red does not run out', () => {
    assert.equal(words(read(100_000, [declared(0), held(1, refuted)])), `refuted refuted ${held(1).finished_at}`)
  })

  const statement = claim({
    kind: 'attested',
    id: 'provider.certified',
    sentence: 'The provider is certified.',
    mappings: {},
    by: 'Ada, operations',
    statedAt: at(0),
    expiresAt: at(100),
    documentDigest: `sha256:${'0'.repeat(64)}`,
  })
  function stated(minutes: number): string {
    return words(judge(statement, claimDigest(statement), { leaves: [] }, new Date(at(minutes))))
  }
  test('an attestation is not upheld', () => assert.equal(stated(1), `attested attested ${at(0)}`))
  test('an expired attestation is unproven', () => assert.equal(stated(101), `unproven expired ${at(100)}`))
  test('an attestation from the future is unproven', () => assert.equal(stated(-10), 'unproven clock never'))

  test('a plan is planned, whatever is known of it', () => {
    const plan: Claim = { kind: 'planned', id: promise.id, sentence: promise.sentence, mappings: {} }
    assert.equal(
      words(judge(plan, digest, { leaves: [declared(0), held(1)] }, new Date(at(2)))),
      'planned planned never',
    )
  })
})

suite('rules 7, 9 and 10: withdrawn, changed, incomplete', () => {
  test('a withdrawn promise is unproven since it was withdrawn', () => {
    const gone = { kind: 'withdrawn', id: promise.id, sentence: promise.sentence, mappings: {} } as const
    const standing = judge(gone, digest, { leaves: [declared(0), held(1), withdrawn(5)] }, new Date(at(6)))
    assert.equal(words(standing), `unproven withdrawn ${at(5)}`)
  })

  test('a promise that is made again must be proven again', () => {
    assert.equal(read(7, [declared(0), held(1), withdrawn(5), declared(6)]).reason, 'changed')
  })

  test('a run under another digest counts for nothing', () => {
    const other = `sha256:${'1'.repeat(64)}`
    assert.equal(read(2, [declared(0, other), held(1, { claim_digest: other })]).reason, 'changed')
  })

  test('a change that was logged voids the evidence since that moment', () => {
    const other = `sha256:${'1'.repeat(64)}`
    const leaves = [declared(0, other), held(1, { claim_digest: other }), declared(5)]
    assert.equal(words(read(6, leaves)), `unproven changed ${at(5)}`)
  })

  test('a record that does not hold leaves nothing upheld', () => {
    const standing = read(2, [declared(0), held(1)], { fault: 'Run 7 is gone.' })
    assert.equal(words(standing), 'unproven record_incomplete never')
    assert.equal(standing.note, 'Run 7 is gone.')
  })
})
