import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { UpheldError } from '../../src/core/errors.ts'
import { addStaff, endStaff } from '../../src/guards/support/index.ts'
import { readLeaf, type RunRecord } from '../../src/proof/claims/index.ts'
import type { Order } from '../../src/proof/orders/index.ts'
import { testPeople, until, type TestPeople } from '../../src/testing/index.ts'
import { doorClaim, rattle } from '../proof/door.ts'
import { proverStage, type ProverStage } from './prover-stage.ts'

const program = fileURLToPath(new URL('./prover.ts', import.meta.url))
const wall = doorClaim()
const other = doorClaim({ id: 'doors.oiled', sentence: 'Every door is oiled once a year.' })
const blind = doorClaim({
  id: 'doors.blind',
  async run(world, report) {
    if (world.place === 'live') return rattle(world, report)
    report.population('rooms', 1)
    report.observe('look away', 'the attic')
  },
})
const claims = [wall, other, blind]

const codeOf = (thrown: unknown): string => (thrown instanceof UpheldError ? thrown.code : String(thrown))

suite('orders to the prover', () => {
  let base: TestPeople
  let stage: ProverStage
  let ina: string
  let ben: string
  before(async () => {
    base = await testPeople()
    stage = await proverStage(base, claims)
    await stage.declare(claims)
    const hire = async (name: string): Promise<string> => {
      const id = await base.person(`${name}@operator.example`)
      await addStaff(base, id, 'a test')
      return id
    }
    ina = await hire('ina')
    ben = await hire('ben')
  })
  after(async () => {
    await stage.close()
    await base.close()
  })

  const ended = async (id: string): Promise<Order> => {
    await until(async () => (await stage.desk.order(id)).ended_at !== null, 'an order ends')
    return stage.desk.order(id)
  }
  const words = async (id: string): Promise<string[]> =>
    (await stage.desk.steps(id, 0)).map(({ word, place }) => (place === null ? word : `${word} ${place}`))
  const runs = async (claim: string): Promise<RunRecord[]> =>
    (await stage.readLog(stage.page)).leaves.flatMap(({ value }) => {
      const read = readLeaf(value)
      return read.kind === 'ours' && read.leaf.type === 'upheld/run@v1' && read.leaf.claim === claim ? [read.leaf] : []
    })
  const free = () =>
    base.platform.admin.query(
      `alter table upheld_proof.run_order disable trigger all;
       update upheld_proof.run_order set placed_at = placed_at - interval '2 hours', ended_at = coalesce(ended_at, now()),
         outcome = coalesce(outcome, 'lapsed'), runner = null, lease_until = null;
       alter table upheld_proof.run_order enable trigger all`,
    )

  test('an order for a claim becomes one run more in the log, with its steps in order', async () => {
    const prover = stage.startProver(claims)
    const id = await stage.desk.place(ina, 'doors.locked')
    const order = await ended(id)
    assert.deepEqual([order.outcome, order.sequence, order.operator], ['ran', 2, ina])
    assert.deepEqual(await words(id), [
      'taken',
      'began',
      'held live',
      'held untouched twin',
      'caught unlocked',
      'written',
      'ended',
    ])
    const all = await runs('doors.locked')
    assert.deepEqual(
      all.map(({ sequence, verdict, reason }) => `${sequence} ${verdict} ${reason}`),
      ['1 upheld held', '2 upheld held'],
    )
    await prover.stop()
    assert.deepEqual(prover.troubles, [])
    assert.equal((await stage.desk.provers()).length, 1)
  })

  test('an order for a sabotage tries it in a twin, says whether it was caught, and writes no run', async () => {
    const prover = stage.startProver(claims)
    const before = (await stage.readLog(stage.page)).size
    const caught = await stage.desk.place(ina, 'doors.locked', 'unlocked')
    const missed = await stage.desk.place(ina, 'doors.blind', 'unlocked')
    assert.equal((await ended(caught)).outcome, 'caught')
    assert.equal((await ended(missed)).outcome, 'missed')
    assert.deepEqual(await words(caught), ['taken', 'held untouched twin', 'caught unlocked', 'ended'])
    assert.deepEqual(await words(missed), ['taken', 'held untouched twin', 'missed unlocked', 'ended'])
    assert.equal((await stage.desk.order(caught)).sequence, null)
    await prover.stop()
    assert.equal((await stage.readLog(stage.page)).size, before)
  })

  test('of two operators at once one order is placed, the other is told that one waits; both acts stay', async () => {
    const placed = await Promise.allSettled([
      stage.desk.place(ina, 'doors.oiled'),
      stage.desk.place(ben, 'doors.oiled'),
    ])
    assert.deepEqual(placed.map(one => (one.status === 'fulfilled' ? 'placed' : codeOf(one.reason))).sort(), [
      'orders.busy',
      'placed',
    ])
    const acts = (await stage.desk.acts()).slice(0, 2)
    assert.deepEqual(acts.map(({ act, claim }) => `${act} ${claim}`).sort(), ['refused doors.oiled', 'run doors.oiled'])
    assert.deepEqual(acts.map(({ operator }) => operator).sort(), [ina, ben].sort())
    await free()
  })

  test('two provers carry each order out once', async () => {
    const provers = [stage.startProver(claims), stage.startProver(claims)]
    const before = await runs('doors.oiled')
    const id = await stage.desk.place(ben, 'doors.oiled')
    await ended(id)
    assert.deepEqual(
      (await words(id)).filter(word => word === 'taken' || word === 'written'),
      ['taken', 'written'],
    )
    for (const prover of provers) await prover.stop()
    assert.equal((await runs('doors.oiled')).length, before.length + 1)
  })

  test('what is planned, unknown, very long or no text is refused, and so is a sabotage of another claim', async () => {
    for (const claim of ['export.any-time', 'doors.none', 'x'.repeat(10_000), '../doors.locked', 'doors.locked\0', ''])
      await assert.rejects(stage.desk.place(ina, claim), { code: 'orders.no_claim' })
    for (const sabotage of ['none', 'x'.repeat(10_000), "unlocked' or true --", ''])
      await assert.rejects(stage.desk.place(ina, 'doors.locked', sabotage), { code: 'orders.no_sabotage' })
    for (const id of ['', 'x'.repeat(10_000), randomUUID(), `${randomUUID()}\0`, '../..'])
      await assert.rejects(stage.desk.order(id), { code: 'orders.absent' })
  })

  test('who is no staff, or is none any more, or has a closed account, orders nothing', async () => {
    const member = await base.person('somebody@acme.example')
    const gone = await base.person('gone@operator.example')
    await addStaff(base, gone, 'a test')
    await endStaff(base, gone)
    const closed = await base.person('closed@operator.example')
    await addStaff(base, closed, 'a test')
    await base.platform.admin.query('update upheld_identity.person set disabled_at = now() where id = $1', [closed])
    for (const id of [member, gone, closed, randomUUID()])
      await assert.rejects(stage.desk.place(id, 'doors.locked'), { code: 'orders.not_staff' })
  })

  test('20 orders an hour for each operator, also of many at once, and a colleague goes on', async () => {
    await free()
    for (let placed = 0; placed < 18; placed += 1) {
      await stage.desk.place(ina, 'doors.oiled')
      await base.platform.admin.query(
        `update upheld_proof.run_order set ended_at = now(), outcome = 'failed' where ended_at is null`,
      )
    }
    const rest = await Promise.allSettled(
      ['doors.locked', 'doors.oiled', 'doors.blind', 'doors.locked'].map(claim => stage.desk.place(ina, claim)),
    )
    assert.equal(rest.filter(({ status }) => status === 'fulfilled').length, 2)
    await assert.rejects(stage.desk.place(ina, 'doors.blind'), { code: 'orders.too_many' })
    await free()
    assert.match(await stage.desk.place(ben, 'doors.blind'), /^[0-9a-f-]{36}$/)
    await free()
  })

  test('the login of the console writes nothing but through its function; what ended, and what was done, stays', async () => {
    const login = openDatabase(base.platform.urls.console, { connectionsMax: 1 })
    try {
      for (const sql of [
        `insert into upheld_proof.run_order (claim, operator) values ('doors.locked', '${ina}')`,
        `update upheld_proof.run_order set ended_at = now()`,
        `delete from upheld_proof.operator_act`,
        `update upheld_proof.turn set due_at = 'infinity'`,
        'select 1 from upheld_proof.attempt',
        'select 1 from upheld_proof.leaf',
        'select 1 from upheld_identity.person',
        'select 1 from shop.thing',
        `select upheld_proof.prover_lives('${randomUUID()}')`,
      ])
        await assert.rejects(login.query(sql), { code: '42501' }, sql)
    } finally {
      await login.close()
    }
    const { admin } = base.platform
    await assert.rejects(admin.query(`update upheld_proof.run_order set outcome = 'caught'`), { code: '23001' })
    await assert.rejects(admin.query(`delete from upheld_proof.operator_act`), { code: '23001' })
    await assert.rejects(admin.query(`update upheld_proof.operator_act set operator = '${ben}'`), { code: '23001' })
  })

  test('an order that nobody takes within an hour is over, and another can be placed; after 30 days it is gone', async () => {
    await free()
    const id = await stage.desk.place(ina, 'doors.locked')
    const age = (text: string) =>
      base.platform.admin.query(
        `alter table upheld_proof.run_order disable trigger all;
         update upheld_proof.run_order set placed_at = placed_at - interval '${text}', ended_at = ended_at - interval '${text}';
         alter table upheld_proof.run_order enable trigger all`,
      )
    await age('61 minutes')
    assert.equal((await stage.desk.order(id)).outcome, 'lapsed')
    const next = await stage.desk.place(ina, 'doors.locked')
    assert.equal((await stage.desk.order(next)).outcome, null)
    await age('31 days')
    await stage.desk.place(ben, 'doors.locked')
    await assert.rejects(stage.desk.order(id), { code: 'orders.absent' })
    assert.ok((await stage.desk.acts()).length > 20, 'acts are kept')
    await free()
  })

  suite('a prover that dies', () => {
    const started: ChildProcessByStdio<null, Readable, null>[] = []
    after(() => started.forEach(child => child.kill('SIGKILL')))
    function start(stayMs: number) {
      const { stateFolder } = stage
      const given = { url: base.platform.urls.proof, stateFolder, stayMs, leaseMs: 1_000 }
      const child = spawn(process.execPath, [program, JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] })
      started.push(child)
      return {
        child,
        exit: once(child, 'exit'),
        began: new Promise<void>((resolve, reject) => {
          const lines = createInterface(child.stdout)
          lines.on('line', line => (line === 'began' ? resolve() : undefined))
          lines.once('close', () => reject(new Error('it ended and never began')))
        }),
      }
    }

    test('in the middle of an order: the next one writes its run down as lost, begins anew, and ends the order', async () => {
      const id = await stage.desk.place(ina, 'doors.locked')
      const before = (await runs('doors.locked')).length
      const first = start(600_000)
      await first.began
      await until(async () => (await words(id)).includes('began'), 'the run is told of')
      first.child.kill('SIGKILL')
      await first.exit
      const second = start(0)
      const order = await ended(id)
      assert.deepEqual([order.outcome, order.takes], ['ran', 2])
      const said = await words(id)
      assert.deepEqual(said.slice(0, 3), ['taken', 'began', 'taken'])
      assert.deepEqual(said.slice(-2), ['written', 'ended'])
      assert.deepEqual(
        (await runs('doors.locked')).slice(before).map(({ verdict, reason }) => `${verdict} ${reason}`),
        ['unproven lost', 'upheld held'],
      )
      second.child.kill('SIGTERM')
      assert.deepEqual(await second.exit, [0, null])
    })

    test('three times over one order: it ends as lost, and the fourth does not begin with it', async () => {
      await free()
      const id = await stage.desk.place(ben, 'doors.locked')
      await base.platform.admin.query('update upheld_proof.run_order set takes = 3 where id = $1', [id])
      const prover = stage.startProver([other])
      await prover.stop()
      assert.equal((await stage.desk.order(id)).outcome, null, 'a prover without this claim leaves it alone')
      const fourth = stage.startProver(claims)
      assert.equal((await ended(id)).outcome, 'lost')
      await fourth.stop()
      assert.deepEqual(await words(id), ['ended'])
    })
  })
})
