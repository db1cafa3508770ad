import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { doorClaim, openDoors, rattle, unlock, type Doors } from '../../../test/proof/door.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import { defineErrors } from '../../core/errors.ts'
import { canonicalJson } from '../../core/json.ts'
import { asJson } from './leaf.ts'
import { runClaim, type Progress, type ProvenClaim, type RunRecord } from './index.ts'

let doors: Doors
before(async () => {
  doors = await openDoors()
})
beforeEach(() => doors.setLocked(true))
after(() => doors.close())

const never = new AbortController().signal

function run(claim: ProvenClaim, clock: Clock = systemClock, stop: AbortSignal = never): Promise<RunRecord> {
  return runClaim(claim, 1, { stage: doors.stage, clock }, stop)
}

/** Ends when the probe has been abandoned and has had time to misbehave. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => setImmediate(resolve)))
}

function outcome({ verdict, reason }: RunRecord): string {
  return `${verdict} ${reason}`
}

suite('a run', () => {
  test('is upheld when every attack is beaten, the untouched twin holds and the broken one is caught', async () => {
    const record = await run(doorClaim())
    assert.equal(outcome(record), 'upheld held')
    assert.deepEqual(record.population, { rooms: 3 })
    assert.equal(record.observations, 3)
    assert.deepEqual(record.sabotages, [{ name: 'unlocked', outcome: 'caught' }])
    assert.equal(record.untouched_twin, 'held')
    assert.equal(Date.parse(record.expires_at) - Date.parse(record.started_at), 60 * 60_000)
  })

  test('is refuted at once when an attack comes through, and says what it saw', async () => {
    doors.setLocked(false)
    const before = doors.twins().opened
    const record = await run(doorClaim())
    assert.equal(outcome(record), 'refuted refuted')
    assert.equal(record.findings_total, 3)
    assert.deepEqual(record.findings[0], { attack: 'walk in', where: '/attic', saw: 'status 200' })
    assert.equal(doors.twins().opened, before, 'no twin is needed to believe a red')
  })

  test('stays refuted when the probe breaks after its finding', async () => {
    const record = await run(
      doorClaim({
        async run(_world, report) {
          report.refute({ attack: 'walk in', where: '/attic', saw: 'a bed' })
          throw new TypeError('tired')
        },
      }),
    )
    assert.equal(outcome(record), 'refuted refuted')
  })

  test('stays refuted when the probe hangs after its finding', async () => {
    const record = await run(
      doorClaim({
        timeoutSecs: 1,
        run(_world, report) {
          report.refute({ attack: 'walk in', where: '/attic', saw: 'a bed' })
          return new Promise(() => undefined)
        },
      }),
    )
    assert.equal(outcome(record), 'refuted refuted')
  })

  test('keeps twenty findings of three hundred characters, counts the rest, and fits into a leaf', async () => {
    const record = await run(
      doorClaim({
        async run(_world, report) {
          for (let i = 0; i < 500; i += 1)
            report.refute({ attack: `${i}\n`, where: '\ud800\u2028', saw: '🔑'.repeat(400) })
        },
      }),
    )
    assert.equal(record.findings_total, 500)
    assert.ok(record.findings.length > 0 && record.findings.length <= 20)
    assert.ok(record.findings.every(({ saw }) => saw.length <= 300))
    assert.ok(Buffer.byteLength(canonicalJson(asJson(record))) <= 16_384)
  })

  test('leaves no twin behind, whatever happens in it', async () => {
    await run(doorClaim())
    await run(doorClaim({ apply: () => Promise.reject(new Error('no')) }))
    await run(doorClaim({ timeoutSecs: 1, apply: () => new Promise(() => undefined) }))
    assert.equal(doors.twins().left, 0)
  })

  test('tells what it does as it goes', async () => {
    const events: Progress[] = []
    const ports = { stage: doors.stage, clock: systemClock, onProgress: (event: Progress) => void events.push(event) }
    await runClaim(doorClaim(), 7, ports, never)
    const said = events.map(event => (event.type === 'probed' ? `${event.place} ${event.good}` : event.type))
    assert.deepEqual(said, ['started', 'live true', 'untouched twin true', 'unlocked true'])
  })
})

suite('rule 3: what is not proven is never green', () => {
  test('an erroring probe', async () => {
    const record = await run(doorClaim({ run: () => Promise.reject(new RangeError('row of ada@example.com')) }))
    assert.equal(outcome(record), 'unproven errored')
    assert.match(record.note, /RangeError/)
    assert.doesNotMatch(record.note, /ada@/, 'the text of a foreign error may hold customer data')
  })

  test('an erroring probe that says why in words of its own', async () => {
    const refuse = defineErrors('house', { no_door: { status: 500, public: 'The house has no door.' } })
    const record = await run(doorClaim({ run: () => Promise.reject(refuse.no_door()) }))
    assert.match(record.note, /^The house has no door\. \(house\.no_door\)$/)
  })

  test('a probe that throws before it promises anything', async () => {
    const careless = (): never => {
      throw new Error('at once')
    }
    assert.equal(outcome(await run(doorClaim({ run: careless }))), 'unproven errored')
  })

  test('an unreachable system', async () => {
    const record = await run(
      doorClaim({ run: (world, report) => rattle({ ...world, origin: async () => 'http://127.0.0.1:1' }, report) }),
    )
    assert.equal(outcome(record), 'unproven errored')
  })

  test('an empty probe: it returns and has done nothing', async () => {
    assert.equal(outcome(await run(doorClaim({ run: async () => undefined }))), 'unproven empty')
  })

  test('a population of zero', async () => {
    const record = await run(
      doorClaim({
        async run(_world, report) {
          report.population('rooms', 0)
          for (const room of doors.rooms) report.observe('walk in', room)
        },
      }),
    )
    assert.equal(outcome(record), 'unproven empty')
  })

  test('fewer observations than the claim demands', async () => {
    assert.equal(outcome(await run(doorClaim({ observationsMin: 4 }))), 'unproven empty')
  })

  test('a hanging probe that ignores its signal', async () => {
    const record = await run(doorClaim({ timeoutSecs: 1, run: () => new Promise(() => undefined) }))
    assert.equal(outcome(record), 'unproven timed_out')
  })

  test('a probe that heeds its signal and returns as if it had finished', async () => {
    const record = await run(
      doorClaim({
        timeoutSecs: 1,
        async run(world, report) {
          await rattle(world, report)
          await aborted(report.signal)
        },
      }),
    )
    assert.equal(outcome(record), 'unproven timed_out')
  })

  test('a run that is told to stop is lost, not timed out', async () => {
    const stop = new AbortController()
    const record = await run(
      doorClaim({
        run() {
          stop.abort()
          return new Promise(() => undefined)
        },
      }),
      systemClock,
      stop.signal,
    )
    assert.equal(outcome(record), 'unproven lost')
  })
})

suite('a sabotage', () => {
  test('that cannot be applied makes the run unproven', async () => {
    const record = await run(doorClaim({ apply: () => Promise.reject(new Error('no ladder')) }))
    assert.equal(outcome(record), 'unproven sabotage_errored')
    assert.deepEqual(record.sabotages, [{ name: 'unlocked', outcome: 'errored' }])
  })

  test('in which the probe breaks without a finding is not caught', async () => {
    const apply: ProvenClaim['sabotages'][number]['apply'] = async twin => ({
      ...twin,
      origin: async () => 'http://127.0.0.1:1',
    })
    assert.equal(outcome(await run(doorClaim({ apply }))), 'unproven sabotage_errored')
  })

  test('that is missed makes the run unproven though another is caught', async () => {
    const harmless = { name: 'painted', says: 'Somebody painted the doors.', source: import.meta.url }
    const { sabotages } = doorClaim()
    const record = await run(doorClaim({ sabotages: [...sabotages, { ...harmless, apply: async twin => twin }] }))
    assert.equal(outcome(record), 'unproven sabotage_missed')
    assert.deepEqual(
      record.sabotages.map(sabotage => sabotage.outcome),
      ['caught', 'missed'],
    )
  })

  test('that hangs uses up the time of the run', async () => {
    const record = await run(doorClaim({ timeoutSecs: 1, apply: () => new Promise(() => undefined) }))
    assert.equal(outcome(record), 'unproven timed_out')
  })

  test('is undone and dropped before the next one begins', async () => {
    const left: number[] = []
    const apply = async (twin: Parameters<typeof unlock>[0]): ReturnType<typeof unlock> => {
      left.push(doors.twins().left)
      return unlock(twin)
    }
    const [one] = doorClaim().sabotages
    assert.ok(one)
    await run(
      doorClaim({
        sabotages: [
          { ...one, apply },
          { ...one, name: 'again', apply },
        ],
      }),
    )
    assert.deepEqual(left, [1, 1])
  })
})

suite('a clock that steps during a run', () => {
  for (const [direction, stepMs] of [
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ] as const) {
    test(`${direction} makes it unproven`, async () => {
      let shiftMs = 0
      const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + shiftMs) }
      const record = await run(
        doorClaim({
          async run(world, report) {
            await rattle(world, report)
            shiftMs = stepMs
          },
        }),
        clock,
      )
      assert.equal(outcome(record), 'unproven clock')
      assert.match(record.note, new RegExp(`went ${direction} by`))
    })
  }
})
