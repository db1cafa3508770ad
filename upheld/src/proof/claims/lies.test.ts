import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { doorClaim, openDoors, rattle, type Doors } from '../../../test/proof/door.ts'
import { systemClock } from '../../core/clock.ts'
import { runClaim, type ProvenClaim, type Report, type RunRecord } from './index.ts'

let doors: Doors
before(async () => {
  doors = await openDoors()
})
after(() => doors.close())

function run(claim: ProvenClaim): Promise<RunRecord> {
  return runClaim(claim, 1, { stage: doors.stage, clock: systemClock }, new AbortController().signal)
}

/** Resolves when the probe has been abandoned and may misbehave. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => signal.addEventListener('abort', () => setImmediate(resolve)))
}

function outcome({ verdict, reason }: RunRecord): string {
  return `${verdict} ${reason}`
}

suite('a lying probe', () => {
  test('that reports a population and attacks nothing', async () => {
    const record = await run(doorClaim({ run: async (_world, report) => report.population('rooms', 3) }))
    assert.equal(outcome(record), 'unproven empty')
    assert.equal(record.observations, 0)
  })

  test('that counts more than it attacks', async () => {
    const record = await run(
      doorClaim({
        async run(_world, report) {
          report.population('rooms', 3)
          for (let i = 0; i < 100; i += 1) report.observe('walk in', '/attic')
        },
      }),
    )
    assert.equal(outcome(record), 'unproven empty')
    assert.equal(record.note, 'The probe counted 3 rooms and attacked only 1 places.')
  })

  for (const count of [-1, 2.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    test(`that counts ${count} rooms`, async () => {
      const record = await run(
        doorClaim({
          async run(world, report) {
            await rattle(world, { ...report, population: unit => report.population(unit, count) })
          },
        }),
      )
      assert.equal(outcome(record), 'unproven errored')
    })
  }

  test('that counts the same rooms twice', async () => {
    const record = await run(
      doorClaim({
        async run(world, report) {
          report.population('rooms', 1)
          await rattle(world, report)
        },
      }),
    )
    assert.equal(outcome(record), 'unproven errored')
  })

  test('that goes on reporting after its time', async () => {
    let late: Promise<void> | undefined
    const record = await run(
      doorClaim({
        timeoutSecs: 1,
        run(_world, report) {
          late = aborted(report.signal).then(() => {
            report.population('rooms', 3)
            for (const room of doors.rooms) report.observe('walk in', room)
          })
          return new Promise(() => undefined)
        },
      }),
    )
    await late
    assert.equal(record.observations, 0)
    assert.deepEqual(record.population, {})
  })

  test('that goes on reporting after it said it had finished', async () => {
    let kept: Report | undefined
    const record = await run(
      doorClaim({
        async run(world, report) {
          if (world.place === 'live') kept = report
          await rattle(world, report)
          for (let i = 0; i < 9; i += 1) kept?.observe('walk in', `/room/${i}`)
        },
      }),
    )
    assert.equal(record.observations, 12, 'what it reports to an earlier probing counts nowhere')
  })

  test('that always holds: its negative control stays green', async () => {
    const record = await run(
      doorClaim({
        async run(_world, report) {
          report.population('rooms', 3)
          for (const room of doors.rooms) report.observe('walk in', room)
        },
      }),
    )
    assert.equal(outcome(record), 'unproven sabotage_missed')
    assert.deepEqual(record.sabotages, [{ name: 'unlocked', outcome: 'missed' }])
  })

  test('that holds on the live system and calls every twin broken', async () => {
    const record = await run(
      doorClaim({
        async run(world, report) {
          report.population('rooms', 3)
          for (const room of doors.rooms) report.observe('walk in', room)
          if (world.place === 'twin') report.refute({ attack: 'walk in', where: '/attic', saw: 'nothing' })
        },
      }),
    )
    assert.equal(outcome(record), 'unproven sabotage_errored')
    assert.equal(record.untouched_twin, 'failed')
  })
})
