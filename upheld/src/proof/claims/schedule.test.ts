import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, suite, test } from 'node:test'
import { doorClaim, openDoors, rattle, type Doors } from '../../../test/proof/door.ts'
import { openGround, type Ground } from '../../../test/proof/ground.ts'
import { pause, systemClock } from '../../core/clock.ts'
import { scheduler, trustReport, type Claim, type Progress, type SchedulerPorts, type TrustReport } from './index.ts'

let ground: Ground
let doors: Doors
before(async () => {
  doors = await openDoors()
})
beforeEach(async () => {
  ground = await openGround()
})
afterEach(() => ground.close())
after(() => doors.close())

const never = new AbortController().signal

function ports(more: Partial<SchedulerPorts> = {}): SchedulerPorts {
  const { database, append } = ground
  return { database, append, stage: doors.stage, clock: systemClock, random: () => 0.5, ...more }
}

function report(claims: readonly Claim[], clock = systemClock): Promise<TrustReport> {
  return trustReport({ database: ground.page, claims, readLog: ground.readLog, clock, service: 'A house' })
}

const wellClaim = doorClaim({ id: 'doors.oiled', sentence: 'Every door is oiled once a year.' })

suite('a round', () => {
  test('runs every proven claim once, in order, and writes each into the log', async () => {
    const claims = [doorClaim(), wellClaim]
    const records = await scheduler(ports(), claims).runRound(never)
    assert.deepEqual(
      records.map(({ claim, sequence, verdict }) => `${claim} ${sequence} ${verdict}`),
      ['doors.locked 1 upheld', 'doors.oiled 1 upheld'],
    )
    const { claims: reports, log, recordFault } = await report(claims)
    assert.equal(recordFault, undefined)
    assert.equal(log?.size, 4)
    assert.deepEqual(
      reports.map(({ standing }) => standing.verdict),
      ['upheld', 'upheld'],
    )
    assert.deepEqual(reports[0]?.lastRun?.record, records[0])
  })

  test('that is asked for again runs again, whatever is due', async () => {
    const one = scheduler(ports(), [doorClaim()])
    await one.runRound(never)
    const [second] = await one.runRound(never)
    assert.equal(second?.sequence, 2)
  })

  test('does not take a run that was going on before it for its own', async () => {
    const stop = new AbortController()
    const staying = Promise.withResolvers<undefined>()
    const entered = Promise.withResolvers<undefined>()
    const one = doorClaim({
      async run(world, probing) {
        entered.resolve(undefined)
        await staying.promise
        await rattle(world, probing)
      },
    })
    const schedule = scheduler(ports(), [one], { pollMs: 20 }).run(stop.signal)
    await entered.promise
    const round = scheduler(ports(), [one], { pollMs: 20 }).runRound(never)
    await pause(100)
    staying.resolve(undefined)
    await round
    stop.abort()
    await schedule
    assert.equal((await report([one])).claims[0]?.lastRun?.record.sequence, 2)
  })

  test('of one claim leaves the others alone', async () => {
    const records = await scheduler(ports(), [doorClaim(), wellClaim]).runRound(never, ['doors.oiled'])
    assert.deepEqual(
      records.map(record => record.claim),
      ['doors.oiled'],
    )
  })

  test('of a claim that does not exist is refused', async () => {
    await assert.rejects(scheduler(ports(), [doorClaim()]).runRound(never, ['doors.lockt']), {
      code: 'claims.bad_round',
    })
  })

  test('with a misspelt option, or one out of bounds, is refused', () => {
    const misspelt = { pollMs: 20, leaseSecs: 30 }
    const refused = { code: 'claims.bad_options' }
    assert.throws(() => scheduler(ports(), [doorClaim()], misspelt), refused)
    assert.throws(() => scheduler(ports(), [doorClaim()], { leaseMs: 1 }), refused)
    assert.throws(() => scheduler(ports(), [doorClaim()], { pollMs: 1e9 }), refused)
  })

  test('the next run comes well within the life of the evidence', async () => {
    for (const random of [0, 0.999]) {
      await scheduler(ports({ random: () => random }), [doorClaim()]).runRound(never)
      const [one] = (await report([doorClaim()])).claims
      const due = Date.parse(one?.nextRunAt ?? '')
      const expires = Date.parse(one?.lastRun?.record.expires_at ?? '')
      assert.ok(due < expires - 30 * 60_000 && due > expires - 50 * 60_000, `${due - expires}`)
    }
  })

  test('that cannot write to the log leaves the attempt open, and nothing green', async () => {
    const broken = ports({
      append: (tx, leaf) =>
        leaf['type'] === 'upheld/run@v1' ? Promise.reject(new Error('full')) : ground.append(tx, leaf),
    })
    await assert.rejects(scheduler(broken, [doorClaim()]).runRound(never), /full/)
    const { rows } = await ground.admin.query('select sequence, finished_at from upheld_proof.attempt')
    assert.deepEqual(rows, [{ sequence: 1, finished_at: null }])
    assert.equal((await report([doorClaim()])).claims[0]?.standing.reason, 'never_run')
  })
})

suite('the schedule', () => {
  test('runs what is due, goes on after trouble, and stops when told', async () => {
    const stop = new AbortController()
    let failures = 1
    const events: string[] = []
    const onProgress = (event: Progress): void => {
      events.push(event.type)
      if (event.type === 'finished') stop.abort()
    }
    const append: Ground['append'] = (tx, leaf) =>
      failures-- > 0 ? Promise.reject(new Error('the database is away')) : ground.append(tx, leaf)
    await scheduler(ports({ append, onProgress }), [doorClaim()], { pollMs: 20 }).run(stop.signal)
    assert.deepEqual([events[0], events.at(-1)], ['trouble', 'finished'])
  })

  test('a run that is stopped is written down as lost, and is due again at once', async () => {
    const stop = new AbortController()
    const hanging = doorClaim({
      run() {
        stop.abort()
        return new Promise(() => undefined)
      },
    })
    await scheduler(ports(), [hanging]).run(stop.signal)
    const [one] = (await report([hanging])).claims
    assert.equal(one?.standing.reason, 'lost')
    assert.ok(Date.parse(one.nextRunAt ?? '') <= Date.now())
  })

  test('a run that is longer than its lease keeps its turn', async () => {
    const slow = doorClaim({
      async run(world, probing) {
        if (world.place === 'live') await pause(1_000)
        await rattle(world, probing)
      },
    })
    const options = { leaseMs: 300, pollMs: 20 }
    const [first, second] = await Promise.all([
      scheduler(ports(), [slow], options).runRound(never),
      pause(200).then(() => scheduler(ports(), [slow], options).runRound(never)),
    ])
    const all = [...first, ...second]
    assert.ok(all.every(record => record.verdict === 'upheld'))
    assert.equal((await report([slow])).claims[0]?.runsTotal, all.length)
  })

  test('a prover that was taken for dead throws its result away', async () => {
    const events: string[] = []
    const onProgress = (event: Progress): void => void events.push(event.type)
    let taken = false
    const stolen = doorClaim({
      async run(world, probing) {
        await rattle(world, probing)
        if (!taken) {
          taken = true
          await ground.admin.query("update upheld_proof.turn set lease_until = now() - interval '1 hour'")
          await scheduler(ports(), [stolen]).runRound(never)
        }
      },
    })
    await scheduler(ports({ onProgress }), [stolen]).runRound(never)
    assert.ok(events.includes('trouble'))
    const { claims, recordFault } = await report([stolen])
    assert.equal(recordFault, undefined)
    const { rows } = await ground.admin.query('select sequence from upheld_proof.attempt where finished_at is null')
    assert.deepEqual(rows, [])
    assert.equal(claims[0]?.standing.verdict, 'upheld')
  })

  test('the database refuses a second open run of a claim', async () => {
    await scheduler(ports(), [doorClaim()]).runRound(never)
    const open = (sequence: number): Promise<unknown> =>
      ground.admin.query(
        `insert into upheld_proof.attempt (claim, sequence, digest, runner, started_at, timeout_secs)
         select claim, $1, digest, gen_random_uuid(), now(), 20 from upheld_proof.turn`,
        [sequence],
      )
    await open(2)
    await assert.rejects(open(3), { code: '23505' })
  })
})

suite('rule 9: a change voids the evidence', () => {
  const changes: Readonly<Record<string, Claim>> = {
    sentence: doorClaim({ sentence: 'Nearly every room is locked.' }),
    population: doorClaim({ population: 'most rooms of the house' }),
    freshness: doorClaim({ freshnessMins: 61 }),
    'least number of observations': doorClaim({ observationsMin: 2 }),
    'description of the probe': doorClaim({ says: 'Looks at every door.' }),
    'code of the probe': doorClaim({ probe: { ...doorClaim().probe, source: import.meta.url } }),
    sabotage: doorClaim({ sabotages: doorClaim().sabotages.map(one => ({ ...one, name: 'opened' })) }),
    'code of a sabotage': doorClaim({
      sabotages: doorClaim().sabotages.map(one => ({ ...one, source: import.meta.url })),
    }),
  }
  for (const [name, changed] of Object.entries(changes)) {
    test(`of the ${name}, before and after it is logged, until it is proven again`, async () => {
      await scheduler(ports(), [doorClaim()]).runRound(never)
      assert.equal((await report([changed])).claims[0]?.standing.reason, 'changed')
      const one = scheduler(ports(), [changed])
      await one.runRound(never)
      const [after] = (await report([changed])).claims
      assert.equal(after?.standing.verdict, 'upheld')
      assert.equal((await report([doorClaim()])).claims[0]?.standing.reason, 'changed')
    })
  }
})
