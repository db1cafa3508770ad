import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { factors, parseFactorOptions } from '../../src/guards/factors/index.ts'
import { recoveryCodeOf } from '../../src/guards/factors/recovery.ts'
import { factorStage, network, stageOptions, type FactorStage } from './factors-stage.ts'

suite('recovery codes', () => {
  let stage: FactorStage
  before(async () => {
    stage = await factorStage()
  })
  after(() => stage.close())

  const check = (personId: string, code: string) => stage.factors.recovery.check({ personId, code, network })
  const kind = async (personId: string, code: string) => {
    const answer = await check(personId, code)
    return answer.passed ? 'passed' : answer.kind
  }
  async function withCodes(): Promise<{ personId: string; codes: readonly string[] }> {
    const { personId } = await stage.personWithApp()
    const { codes } = await stage.factors.recovery.renew(personId)
    return { personId, codes }
  }

  // ASVS 6.5.3, 6.5.4
  test('ten codes of 120 bits, no two alike, in groups that people can read', async () => {
    const { personId } = await stage.personWithApp()
    const sets = await Promise.all(Array.from({ length: 20 }, () => stage.factors.recovery.renew(personId)))
    const codes = sets.flatMap(set => set.codes)
    assert.equal(codes.length, 200)
    assert.equal(new Set(codes).size, 200)
    for (const code of codes) assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){5}$/)
    // Every one of 32 letters at every one of 24 places: 5 random bits each.
    const letters = new Set(codes.join('').replaceAll('-', ''))
    assert.equal(letters.size, 32)
    const starts = new Set(codes.map(code => code.charAt(0)))
    assert.ok(starts.size > 20, `${starts.size} first letters`)
    assert.deepEqual(sets[0]?.change, {
      action: 'recovery.made',
      mail: 'recovery-codes-made',
      endOtherSessions: true,
      noneLeft: false,
    })
  })

  test('a code is good once, and says how many are left', async () => {
    const { personId, codes } = await withCodes()
    for (const [n, code] of codes.entries()) {
      assert.deepEqual(await check(personId, code), {
        passed: true,
        method: 'recovery',
        personId,
        factorId: 'recovery',
        left: 9 - n,
      })
      assert.equal(await kind(personId, code), 'used')
    }
    const { recovery, usable } = await stage.factors.of(personId)
    assert.equal(recovery?.left, 0)
    assert.deepEqual(usable, ['totp'])
    assert.equal((await stage.refusals(personId)).filter(line => line === 'recovery.refused: used').length, 10)
  })

  test('R10: one code 50 times in parallel over several connections gives one success', async () => {
    const { personId, codes } = await withCodes()
    const others = Array.from({ length: 5 }, () =>
      openDatabase(stage.people.platform.urls.identity, { connectionsMax: 2 }),
    )
    try {
      const checks = others.map(
        database => factors({ ...stage.ports, database }, parseFactorOptions(stageOptions)).recovery,
      )
      const checkOn = (n: number, typed: string) =>
        (checks[n % 5] ?? stage.factors.recovery).check({ personId, code: typed, network })
      const [code = '', ...rest] = codes
      const once = await Promise.all(Array.from({ length: 50 }, (_, n) => checkOn(n, code)))
      assert.deepEqual(
        once.flatMap(answer => (answer.passed ? [answer.left] : [])),
        [9],
      )
      assert.equal(once.filter(answer => !answer.passed && answer.kind === 'used').length, 49)
      const all = await Promise.all(rest.map((one, n) => checkOn(n, one)))
      assert.deepEqual(
        all.map(answer => (answer.passed ? answer.left : undefined)).toSorted(),
        [0, 1, 2, 3, 4, 5, 6, 7, 8],
      )
    } finally {
      await Promise.all(others.map(one => one.close()))
    }
  })

  test('a new set voids the old one, used or not, also when two are made at once', async () => {
    const { personId, codes } = await withCodes()
    const sets = await Promise.all([stage.factors.recovery.renew(personId), stage.factors.recovery.renew(personId)])
    assert.equal((await stage.factors.of(personId)).recovery?.left, 10)
    for (const code of codes) assert.equal(await kind(personId, code), 'wrong')
    const passed = await Promise.all(sets.map(async set => kind(personId, set.codes[0] ?? '')))
    assert.deepEqual(passed.toSorted(), ['passed', 'wrong'])
  })

  test('codes are read back by nobody: what the database keeps opens nothing', async () => {
    const { personId, codes } = await withCodes()
    const { rows } = await stage.people.platform.admin.query(
      'select r::text as line, r.* from upheld_identity.recovery r',
    )
    const lines = JSON.stringify(rows)
    for (const code of codes) {
      assert.ok(!lines.includes(code))
      assert.ok(!lines.includes(code.replaceAll('-', '')))
    }
    assert.ok(!JSON.stringify(await stage.factors.of(personId)).includes(codes[0]?.slice(0, 9) ?? ''))
    for (const [hash = ''] of lines.matchAll(/[0-9a-f]{64}/g)) assert.equal((await check(personId, hash)).passed, false)
    const jobs = openDatabase(stage.people.platform.urls.jobs, { connectionsMax: 1 })
    try {
      for (const table of ['recovery', 'passkey']) {
        await assert.rejects(jobs.query(`select 1 from upheld_identity.${table}`), { code: '42501' })
      }
      await assert.rejects(jobs.query('select token_hash from upheld_identity.device'), { code: '42501' })
    } finally {
      await jobs.close()
    }
  })

  test('a guess, a part, more than a code, and somebody else’s code are refused', async () => {
    const [one, other] = [await withCodes(), await withCodes()]
    const [code = ''] = one.codes
    assert.equal(await kind(other.personId, code), 'wrong')
    assert.equal(await kind(one.personId, '0000-0000-0000-0000-0000-0000'), 'wrong')
    for (let length = 0; length < code.length; length++) {
      assert.equal(await kind(one.personId, code.slice(0, length)), 'malformed', code.slice(0, length))
    }
    for (const more of ['0', '\0', '\n', '!', '\u212a', '='.repeat(1_000_000)]) {
      assert.equal(await kind(one.personId, code + more), 'malformed')
    }
    assert.equal(await kind((await stage.personWithApp()).personId, code), 'none')
    assert.equal(await kind(one.personId, code), 'passed')
  })

  test('what people make of a code when they type it is the code', async () => {
    const { personId, codes } = await withCodes()
    const [a = '', b = '', c = ''] = codes
    assert.equal(await kind(personId, a.toLowerCase()), 'passed')
    assert.equal(await kind(personId, b.replaceAll('-', ' ')), 'passed')
    assert.equal(await kind(personId, c.replaceAll('-', '').replaceAll('0', 'o').replaceAll('1', 'l')), 'passed')
  })

  test('whatever comes, the answer is 24 letters or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), typed => {
        const code = recoveryCodeOf(typed)
        assert.ok(code === undefined || /^[0-9A-HJKMNP-TV-Z]{24}$/.test(code))
      }),
    )
  })

  test('without a factor there is nothing to stand in for, and with the last one the codes go', async () => {
    await assert.rejects(stage.factors.recovery.renew(await stage.person()), { code: 'factors.no_factor' })
    const { personId, codes } = await withCodes()
    assert.equal((await stage.factors.totp.remove(personId)).noneLeft, true)
    assert.equal((await stage.factors.of(personId)).recovery, undefined)
    assert.equal(await kind(personId, codes[0] ?? ''), 'none')
  })

  test('R6: with the person everything goes', async () => {
    const { personId } = await withCodes()
    await stage.factors.devices.remember({ personId, label: 'Firefox', network })
    await stage.people.database.query('delete from upheld_identity.person where id = $1', [personId])
    for (const table of ['totp', 'passkey', 'recovery', 'device']) {
      const { rows } = await stage.people.platform.admin.query(
        `select 1 from upheld_identity.${table} where person_id = $1`,
        [personId],
      )
      assert.equal(rows.length, 0, table)
    }
  })

  test('refusals are counted by their kind, whoever it was', async () => {
    const count = async (): Promise<number> => {
      const { rows } = await stage.people.database.query(
        `select coalesce(sum(count), 0)::integer as count from upheld_identity.factor_refusal where factor = 'recovery' and kind = 'wrong'`,
      )
      return Number(rows[0]?.['count'])
    }
    const { personId } = await withCodes()
    const before = await count()
    await Promise.all(Array.from({ length: 20 }, () => check(personId, 'ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ')))
    assert.equal((await count()) - before, 20)
    assert.deepEqual(await stage.refusals(personId), [])
  })
})
