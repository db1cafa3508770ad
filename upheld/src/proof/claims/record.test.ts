import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, suite, test } from 'node:test'
import { doorClaim, openDoors, type Doors } from '../../../test/proof/door.ts'
import { openGround, type Ground } from '../../../test/proof/ground.ts'
import { systemClock } from '../../core/clock.ts'
import { scheduler, trustReport, type Claim, type PlannedClaim, type RunRecord, type TrustReport } from './index.ts'

let ground: Ground
let doors: Doors
const promise = doorClaim()
const hourMs = 3_600_000

before(async () => {
  doors = await openDoors()
})
beforeEach(async () => {
  ground = await openGround()
  doors.setLocked(true)
})
afterEach(() => ground.close())
after(() => doors.close())

async function round(claims: readonly Claim[] = [promise]): Promise<readonly RunRecord[]> {
  const { database, append } = ground
  const ports = { database, append, stage: doors.stage, clock: systemClock, random: () => 0.5 }
  return scheduler(ports, claims).runRound(new AbortController().signal)
}

function report(claims: readonly Claim[] = [promise], laterMs = 0): Promise<TrustReport> {
  const clock = { ...systemClock, now: () => new Date(Date.now() + laterMs) }
  return trustReport({ database: ground.page, claims, readLog: ground.readLog, clock, service: 'A house' })
}

/** What only a superuser can do, with every guard of the tables switched off. */
async function tamper(statement: string): Promise<void> {
  await ground.admin.transaction(async tx => {
    await tx.query("set local session_replication_role = 'replica'")
    await tx.query(statement)
  })
}

suite('rule 10: whoever takes something out of the record is seen', () => {
  const attacks: Readonly<Record<string, { readonly by: string; readonly says: RegExp }>> = {
    'a red attempt is deleted': {
      by: 'delete from upheld_proof.attempt where sequence = 2',
      says: /Run 2 of doors\.locked is in the log, but its attempt is gone\./,
    },
    'the newest attempt is deleted': {
      by: 'delete from upheld_proof.attempt where sequence = 3',
      says: /its attempt is gone/,
    },
    'an attempt is given to another run': {
      by: 'update upheld_proof.attempt set log_index = 900 where sequence = 2',
      says: /Run 2 of doors\.locked is not the same/,
    },
    'an attempt is said to have ended at another time': {
      by: "update upheld_proof.attempt set finished_at = finished_at + interval '1 hour' where sequence = 2",
      says: /Run 2 of doors\.locked is not the same/,
    },
    'all attempts are deleted and the counter is set back': {
      by: 'with gone as (delete from upheld_proof.attempt returning 1) update upheld_proof.turn set sequence = 0',
      says: /its attempt is gone/,
    },
    'the turn is deleted': { by: 'delete from upheld_proof.turn', says: /The turns of doors\.locked are gone\./ },
    'the turn is called withdrawn': {
      by: 'update upheld_proof.turn set withdrawn = true',
      says: /doors\.locked is not the same in the log and among the turns\./,
    },
    'a red leaf is deleted': {
      by: 'delete from upheld_proof.leaf where index = 2',
      says: /The record cannot be read\./,
    },
    'the newest leaf is deleted': { by: 'delete from upheld_proof.leaf where index = 3', says: /cannot be read/ },
    'a leaf is altered': {
      by: `update upheld_proof.leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'refuted', 'upheld'), 'UTF8')
        where index = 2`,
      says: /cannot be read/,
    },
    'the log is emptied': {
      by: 'truncate upheld_proof.leaf, upheld_proof.tile, upheld_proof.head',
      says: /cannot be read/,
    },
  }
  for (const [name, { by, says }] of Object.entries(attacks)) {
    test(`${name}: every proven claim is unproven, and the fault is said`, async () => {
      await round()
      doors.setLocked(false)
      await round()
      doors.setLocked(true)
      await round()
      assert.equal((await report()).claims[0]?.standing.verdict, 'upheld')
      await tamper(by)
      const { claims, recordFault } = await report()
      assert.match(recordFault ?? '', says)
      assert.deepEqual(
        claims.map(({ standing }) => standing.reason),
        ['record_incomplete'],
      )
    })
  }

  test('an open attempt is deleted before it could turn red', async () => {
    await round()
    await tamper('update upheld_proof.turn set sequence = 2')
    assert.match((await report()).recordFault ?? '', /2 runs of doors\.locked were begun, but 1 attempts are kept\./)
  })

  test('the login of the prover can neither delete nor rewrite what it wrote', async () => {
    await round()
    for (const statement of [
      'delete from upheld_proof.attempt',
      'delete from upheld_proof.turn',
      'truncate upheld_proof.attempt',
      'update upheld_proof.attempt set digest = claim',
      'update upheld_proof.attempt set log_index = 7, finished_at = now()',
    ]) {
      await assert.rejects(ground.database.query(statement), /denied|refused/, statement)
    }
  })

  test('the login of the page can only read', async () => {
    await assert.rejects(ground.page.query('update upheld_proof.turn set sequence = 1'), /permission denied/)
    await assert.rejects(ground.page.query("insert into upheld_proof.turn values ('a.b', 'c')"), /permission denied/)
  })

  test('a database that does not answer leaves nothing upheld', async () => {
    await round()
    const readLog = (): never => {
      throw new Error('connection refused')
    }
    const { claims, recordFault } = await trustReport({
      database: ground.page,
      claims: [promise],
      readLog,
      clock: systemClock,
      service: 'A house',
    })
    assert.equal(recordFault, 'The record cannot be read. The database does not answer as it should.')
    assert.equal(claims[0]?.standing.verdict, 'unproven')
  })
})

suite('a promise cannot be got rid of quietly', () => {
  const planned: PlannedClaim = {
    kind: 'planned',
    id: promise.id,
    sentence: 'One day the rooms are locked.',
    mappings: {},
  }
  const ways: Readonly<Record<string, readonly Claim[]>> = { 'taken out of the code': [], 'called a plan': [planned] }
  for (const [name, claims] of Object.entries(ways)) {
    test(`a red promise that is ${name} stays listed with its red, and the withdrawal is logged`, async () => {
      doors.setLocked(false)
      await round()
      await round(claims)
      const { claims: reports, log, recordFault } = await report(claims)
      assert.equal(recordFault, undefined)
      assert.equal(log?.size, 3)
      assert.equal(reports.length, 1)
      const [gone] = reports
      assert.deepEqual([gone?.claim.kind, gone?.claim.sentence], ['withdrawn', promise.sentence])
      assert.deepEqual([gone?.standing.verdict, gone?.standing.reason], ['unproven', 'withdrawn'])
      assert.equal(gone?.reds.length, 1)
      assert.equal(gone.reds[0]?.to, undefined)
    })
  }

  test('it is withdrawn for the reader before the log says so', async () => {
    await round()
    assert.equal((await report([])).claims[0]?.standing.reason, 'withdrawn')
  })

  test('made again, it starts unproven and is run at once', async () => {
    await round()
    await round([])
    await round()
    const { claims, log } = await report()
    assert.equal(log?.size, 5)
    assert.deepEqual([claims[0]?.standing.verdict, claims[0]?.runsTotal], ['upheld', 2])
  })

  test('nothing is logged when nothing changed', async () => {
    await round()
    const { log } = await report()
    await round()
    assert.equal((await report()).log?.size, (log?.size ?? 0) + 1)
  })
})

suite('what a reader is told', () => {
  test('evidence that ran out is unproven at reading, without any run', async () => {
    await round()
    const [now, later] = [await report(), await report([promise], 2 * hourMs)]
    assert.equal(now.claims[0]?.standing.verdict, 'upheld')
    assert.deepEqual(later.claims[0]?.standing, {
      verdict: 'unproven',
      reason: 'expired',
      since: now.claims[0].lastRun?.record.expires_at,
      note: 'the newest evidence is too old',
    })
  })

  test('a reader whose clock is behind the record is told to trust nothing', async () => {
    await round()
    assert.equal((await report([promise], -hourMs)).claims[0]?.standing.reason, 'clock')
  })

  test('every red spell, from its first refuted run to the next upheld one; an error ends none', async () => {
    const [held] = await round()
    doors.setLocked(false)
    const [first] = await round()
    doors.setLocked(true)
    doors.setAnswering(false)
    const [error] = await round()
    assert.equal(error?.reason, 'errored')
    doors.setAnswering(true)
    const [mended] = await round()
    const { reds, days } = (await report()).claims[0] ?? { reds: [], days: [] }
    assert.deepEqual(reds, [
      {
        from: first?.finished_at,
        to: mended?.finished_at,
        heldAt: held?.started_at,
        indexFirst: 2,
        findings: first?.findings,
      },
    ])
    assert.equal(days.length, 90)
    assert.deepEqual(days.at(-1), { day: mended?.finished_at.slice(0, 10), worst: 'refuted' })
    assert.equal(days[0]?.worst, 'none')
  })

  test('a claim that is not in the record was never run', async () => {
    await round([])
    const { claims, recordFault } = await report()
    assert.equal(recordFault, undefined)
    assert.equal(claims[0]?.standing.reason, 'never_run')
  })
})
