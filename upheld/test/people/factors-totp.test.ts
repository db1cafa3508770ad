import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { clearFactors, factors, identityHouse, parseFactorOptions } from '../../src/guards/factors/index.ts'
import { factorStage, fromBase32, network, stageOptions, type FactorStage } from './factors-stage.ts'

suite('codes of an authenticator app', () => {
  let stage: FactorStage
  before(async () => {
    stage = await factorStage()
  })
  after(() => stage.close())

  const check = (personId: string, code: string) => stage.factors.totp.check({ personId, code, network })
  const kind = async (personId: string, code: string) => {
    const answer = await check(personId, code)
    return answer.passed ? 'passed' : answer.kind
  }

  test('R14, R29: the same code twice gives one success', async () => {
    const { personId, seed } = await stage.personWithApp()
    const code = stage.code(seed)
    const first = await check(personId, code)
    assert.ok(first.passed)
    assert.equal(first.method, 'totp')
    assert.equal(first.personId, personId)
    assert.equal(await kind(personId, code), 'used')
    assert.equal(await kind(personId, `${code.slice(0, 3)} ${code.slice(3)}`), 'used')
    stage.people.clock.turn(30)
    assert.equal(await kind(personId, code), 'used')
    stage.people.clock.turn(30)
    assert.equal(await kind(personId, code), 'wrong')
    assert.deepEqual(await stage.refusals(personId), ['totp.refused: used', 'totp.refused: used', 'totp.refused: used'])
  })

  test('R10: the same code 50 times in parallel over several connections gives one success', async () => {
    const { personId, seed } = await stage.personWithApp()
    const others = Array.from({ length: 5 }, () =>
      openDatabase(stage.people.platform.urls.identity, { connectionsMax: 2 }),
    )
    try {
      const checks = others.map(
        database => factors({ ...stage.ports, database }, parseFactorOptions(stageOptions)).totp,
      )
      const code = stage.code(seed)
      const checkOn = (n: number) => (checks[n % 5] ?? stage.factors.totp).check({ personId, code, network })
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => checkOn(n)))
      assert.equal(answers.filter(answer => answer.passed).length, 1)
      assert.equal(answers.filter(answer => !answer.passed && answer.kind === 'used').length, 49)
    } finally {
      await Promise.all(others.map(one => one.close()))
    }
  })

  test('the code of the previous step passes, and after a newer one it does not', async () => {
    const slow = await stage.personWithApp()
    assert.equal(await kind(slow.personId, stage.code(slow.seed, -1)), 'passed')
    assert.equal(await kind(slow.personId, stage.code(slow.seed)), 'passed')
    const quick = await stage.personWithApp()
    assert.equal(await kind(quick.personId, stage.code(quick.seed)), 'passed')
    assert.equal(await kind(quick.personId, stage.code(quick.seed, -1)), 'used')
  })

  // ASVS 6.5.5
  test('the code of the next step is refused, and of any other but the last two', async () => {
    const { personId, seed } = await stage.personWithApp()
    for (const ahead of [1, 2, -2, 10, 100])
      assert.equal(await kind(personId, stage.code(seed, ahead)), 'wrong', `${ahead}`)
    assert.equal(await kind(personId, stage.code(seed)), 'passed')
  })

  test('the clock is the server’s: set back, it brings no used code to life; what a client says of time is not asked', async () => {
    const { personId, seed } = await stage.personWithApp()
    const older = stage.code(seed)
    assert.equal(await kind(personId, older), 'passed')
    stage.people.clock.turn(3_600)
    const newer = stage.code(seed)
    assert.equal(await kind(personId, newer), 'passed')
    stage.people.clock.turn(-3_600)
    assert.equal(stage.code(seed), older)
    assert.equal(await kind(personId, older), 'used')
    assert.equal(await kind(personId, newer), 'wrong')
    stage.people.clock.turn(3_600)
    assert.equal(await kind(personId, newer), 'used')
    stage.people.clock.turn(30)
    assert.equal(await kind(personId, stage.code(seed)), 'passed')
  })

  test('an enrollment abandoned half-way is no factor, and is cleared by a login that reads no seed', async () => {
    const personId = await stage.person()
    const { enrollmentId, secret, expiresAt } = await stage.factors.totp.begin({ personId, account: 'a@example.org' })
    const seed = fromBase32(secret)
    assert.equal(await kind(personId, stage.code(seed)), 'none')
    assert.deepEqual(await stage.factors.of(personId), {
      totp: undefined,
      passkeys: [],
      recovery: undefined,
      second: false,
      usable: [],
    })
    assert.equal(expiresAt.getTime() - stage.people.clock.now().getTime(), 900_000)
    stage.people.clock.turn(900)
    const late = await stage.factors.totp.confirm({ personId, enrollmentId, code: stage.code(seed), network })
    assert.deepEqual(late, { passed: false, kind: 'over', personId })
    const jobs = openDatabase(stage.people.platform.urls.jobs, { connectionsMax: 1 })
    try {
      const { personId: kept, seed: keptSeed } = await stage.personWithApp()
      stage.people.clock.turn(86_400)
      assert.ok((await clearFactors({ jobs, clock: stage.people.clock })).enrollments >= 1)
      const { rows } = await stage.people.database.query('select 1 from upheld_identity.totp where person_id = $1', [
        personId,
      ])
      assert.equal(rows.length, 0)
      assert.equal(await kind(kept, stage.code(keptSeed)), 'passed')
      for (const column of ['seed', 'last_step', 'person_id']) {
        await assert.rejects(jobs.query(`select ${column} from upheld_identity.totp`), { code: '42501' })
      }
    } finally {
      await jobs.close()
    }
  })

  test('the code that confirmed an enrollment opens nothing', async () => {
    const personId = await stage.person()
    const { enrollmentId, secret, uri } = await stage.factors.totp.begin({ personId, account: 'a@example.org' })
    assert.ok(uri.includes(secret))
    const seed = fromBase32(secret)
    assert.equal(seed.length, 20)
    const code = stage.code(seed)
    const wrong = await stage.factors.totp.confirm({ personId, enrollmentId, code: stage.code(seed, 1), network })
    assert.deepEqual(wrong, { passed: false, kind: 'wrong', personId })
    const confirmed = await stage.factors.totp.confirm({ personId, enrollmentId, code, network })
    assert.deepEqual(confirmed, {
      passed: true,
      change: {
        action: 'totp.added',
        factorId: enrollmentId,
        mail: 'factor-added',
        endOtherSessions: true,
        noneLeft: false,
      },
    })
    assert.equal(await kind(personId, code), 'used')
    const again = await stage.factors.totp.confirm({ personId, enrollmentId, code: stage.code(seed), network })
    assert.deepEqual(again, { passed: false, kind: 'over', personId })
  })

  test('an enrollment is confirmed once of 50 in parallel, by its own person, and the newest alone counts', async () => {
    const [personId, stranger] = [await stage.person(), await stage.person()]
    const old = await stage.factors.totp.begin({ personId, account: 'a@example.org' })
    const fresh = await stage.factors.totp.begin({ personId, account: 'a@example.org' })
    const confirm = (who: string, { enrollmentId, secret }: typeof old) =>
      stage.factors.totp.confirm({ personId: who, enrollmentId, code: stage.code(fromBase32(secret)), network })
    assert.deepEqual(await confirm(personId, old), { passed: false, kind: 'over', personId })
    assert.deepEqual(await confirm(stranger, fresh), { passed: false, kind: 'over', personId: stranger })
    const answers = await Promise.all(Array.from({ length: 50 }, () => confirm(personId, fresh)))
    assert.equal(answers.filter(answer => answer.passed).length, 1)
    assert.equal((await confirm(personId, { ...fresh, enrollmentId: "' or true --" })).passed, false)
  })

  test('a new app takes the place of the old one only when its code was given; the old one is nothing then', async () => {
    const { personId, seed } = await stage.personWithApp()
    const { enrollmentId, secret } = await stage.factors.totp.begin({ personId, account: 'a@example.org' })
    assert.equal(await kind(personId, stage.code(seed)), 'passed')
    const code = stage.code(fromBase32(secret))
    const confirmed = await stage.factors.totp.confirm({ personId, enrollmentId, code, network })
    assert.ok(confirmed.passed)
    assert.equal(confirmed.change.action, 'totp.replaced')
    stage.people.clock.turn(30)
    assert.equal(await kind(personId, stage.code(seed)), 'wrong')
    assert.equal(await kind(personId, stage.code(fromBase32(secret))), 'passed')
    const { rows } = await stage.people.database.query('select 1 from upheld_identity.totp where person_id = $1', [
      personId,
    ])
    assert.equal(rows.length, 1)
  })

  test('a removed app opens nothing, and its removal says what follows', async () => {
    const { personId, seed } = await stage.personWithApp()
    const { factorId, ...change } = await stage.factors.totp.remove(personId)
    assert.ok(factorId !== undefined)
    assert.deepEqual(change, { action: 'totp.removed', mail: 'factor-removed', endOtherSessions: true, noneLeft: true })
    assert.equal(await kind(personId, stage.code(seed)), 'none')
    await assert.rejects(stage.factors.totp.remove(personId), { code: 'factors.absent' })
  })

  test('the seed is nothing without the vault, and in no other row', async () => {
    const [one, other] = [await stage.personWithApp(), await stage.personWithApp()]
    const { rows } = await stage.people.platform.admin.query('select t::text as line, seed from upheld_identity.totp t')
    for (const row of rows) {
      for (const { seed } of [one, other]) {
        assert.ok(!String(row['line']).includes(Buffer.from(seed).toString('hex')))
        assert.ok(!Buffer.from(Object(row['seed'])).includes(Buffer.from(seed)))
      }
    }
    await stage.people.platform.admin.query(
      `update upheld_identity.totp set seed = (select seed from upheld_identity.totp where person_id = $1) where person_id = $2`,
      [one.personId, other.personId],
    )
    await assert.rejects(check(other.personId, stage.code(one.seed)), { code: 'vault.denied' })
    await assert.rejects(
      stage.people.platform.admin.query('update upheld_identity.totp set seed = $1', [Buffer.from(one.seed)]),
      { code: '23514' },
    )
    assert.ok(identityHouse.startsWith('00000000-'))
  })

  test('without the keys no code is right, and nobody passes', async () => {
    const { personId, seed } = await stage.personWithApp()
    const down = () => Promise.reject(new Error('the keys cannot be reached'))
    const cold = factors({ ...stage.ports, sealing: { seal: down, open: down } }, parseFactorOptions(stageOptions))
    await assert.rejects(cold.totp.check({ personId, code: stage.code(seed), network }), /cannot be reached/)
    await assert.rejects(cold.totp.begin({ personId, account: 'a@example.org' }), /cannot be reached/)
    assert.equal(await kind(personId, stage.code(seed)), 'passed')
  })

  test('one right code costs two statements, and what is no code costs none but its count', async () => {
    const { personId, seed } = await stage.personWithApp()
    const texts: string[] = []
    const database = {
      query: (text: string, values?: readonly unknown[]) => {
        texts.push(text)
        return stage.people.database.query(text, values)
      },
    }
    const counted = factors({ ...stage.ports, database }, parseFactorOptions(stageOptions)).totp
    assert.ok((await counted.check({ personId, code: stage.code(seed), network })).passed)
    assert.equal(texts.length, 2)
    texts.length = 0
    const big = await counted.check({ personId, code: '1'.repeat(10_000_000), network })
    assert.deepEqual(big, { passed: false, kind: 'malformed', personId })
    assert.equal(texts.length, 1)
    for (const code of ['\0', '12345\0', '１２３４５６', '', 'NaN', '-12345', '1e5']) {
      assert.equal(await kind(personId, code), 'malformed')
    }
  })
})
