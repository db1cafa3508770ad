import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'
import { addressOf, attemptAt, guessing, reasonOf } from './guessing.ts'

/** Without waiting, so that the budget alone stands in the way. */
const noDelay = { free: 1_000 }
const someone = () => ({ person: randomUUID() })

suite('guessing', () => {
  let people: TestPeople
  before(async () => {
    people = await testPeople()
  })
  after(() => people.close())
  beforeEach(async () => {
    // The row of everybody has no key: each test has an hour of its own.
    people.clock.turn(3_600)
  })

  suite('at many accounts', () => {
    test('1,000 accounts, 1 password, 200 addresses: slowed, told of once, and others sign in meanwhile', async () => {
      const { guess, alerts, takeover } = guessing(people)
      let [checked, others] = [0, 0]
      for (let round = 0; round < 5; round++) {
        const wave = Array.from({ length: 200 }, (_, n) =>
          guess(attemptAt({ unknown: `user${round * 200 + n}@acme.example` }, n)),
        )
        const meanwhile = Array.from({ length: 20 }, (_, n) =>
          guess(attemptAt(someone(), 10_000 + round * 20 + n), 'signed-in'),
        )
        checked += (await Promise.all(wave)).filter(one => one !== undefined).length
        others += (await Promise.all(meanwhile)).filter(one => one !== undefined).length
      }
      await takeover.close()
      assert.equal(others, 100)
      assert.ok(checked <= 420, `${checked} of 1,000 were checked`)
      assert.deepEqual(
        alerts.map(({ kind }) => kind),
        ['spraying'],
      )
      const [alert] = alerts
      assert.ok(alert !== undefined && alert.failures > 200 && alert.accounts > 170 && alert.accounts < 270)
    })

    test('one address at many accounts is slowed after ten of them, and told of; its neighbors are not slowed', async () => {
      const { guess, alerts, takeover } = guessing(people)
      const done: unknown[] = []
      for (let n = 0; n < 40; n++) done.push(await guess(attemptAt(someone(), 1)))
      const checked = done.filter(one => one !== undefined).length
      assert.ok(checked >= 9 && checked <= 12, `${checked}`)
      const [first] = alerts
      await takeover.close()
      assert.deepEqual([alerts.length, first?.kind], [1, 'address'])
      const neighbor = { visitor: { address: addressOf(1).replace(/\d+$/, '8'), agent: 'a test' } }
      assert.equal(await guess(attemptAt(someone(), 1, neighbor), 'signed-in'), 'signed-in')
      people.clock.turn(30)
      assert.equal(await guess(attemptAt(someone(), 1), 'signed-in'), 'signed-in')
      assert.equal(await guess(attemptAt(someone(), 1), 'signed-in'), undefined)
    })

    test('an office of 300 people behind one address signs in unhindered', async () => {
      const { guess } = guessing(people)
      for (let n = 0; n < 300; n++) {
        const own = attemptAt(someone(), 2)
        if (n % 40 === 0) assert.equal(await guess(own), 'failed')
        assert.equal(await guess(own, 'signed-in'), 'signed-in', `${n}`)
      }
    })

    test('one organization under attack is slow for strangers, and no other organization is', async () => {
      const { guess, takeover, alerts } = guessing(people)
      const [attacked, quiet] = [randomUUID(), randomUUID()]
      const refused: string[] = []
      for (let n = 0; n < 130; n++) {
        const asked = await takeover.ask(attemptAt(someone(), n % 60, { organization: attacked }))
        if (asked.go) await takeover.note(asked.ticket, 'failed')
        else refused.push(asked.because)
      }
      assert.ok(refused.length >= 10)
      assert.deepEqual(new Set(refused), new Set(['organization']))
      assert.equal(await guess(attemptAt(someone(), 3, { organization: quiet }), 'signed-in'), 'signed-in')
      await takeover.close()
      assert.deepEqual(
        alerts.map(({ kind, organization }) => [kind, organization]),
        [['organization', attacked]],
      )
    })
  })

  suite('at one account', () => {
    test('from distributed addresses: 100 in a row reach the check, and the owner on the known device signs in', async () => {
      const { guess, takeover, notices } = guessing(people)
      const account = someone()
      let checked = 0
      for (let n = 0; n < 400; n++) {
        people.clock.turn(901)
        if ((await guess(attemptAt(account, n))) !== undefined) checked += 1
      }
      assert.equal(checked, 100)
      const stranger = await takeover.ask(attemptAt(account, 1_000))
      assert.equal(reasonOf(stranger), 'budget')
      assert.equal(await guess(attemptAt(account, 5, { factor: 'passkey' }), 'failed'), 'failed')
      assert.equal(reasonOf(await takeover.ask(attemptAt(account, 1_001))), 'budget')
      assert.equal(await guess(attemptAt(account, 5, { known: 'laptop' }), 'signed-in'), 'signed-in')
      assert.equal(await guess(attemptAt(account, 1_001)), 'failed')
      await takeover.close()
      assert.equal(notices.filter(({ kind }) => kind === 'closed').length, 1)
    })

    test('an attacker cannot lock a victim out: device, session and passkey stay open, also behind the same address', async () => {
      const { guess, takeover } = guessing(people, {
        limits: { addressTriesMax: 60, addressFailures: 1_000, networkFailures: 1_000, ...noDelay },
      })
      const account = someone()
      for (let n = 0; n < 300; n++) await guess(attemptAt(account, n % 2))
      const said = [
        reasonOf(await takeover.ask(attemptAt(account, 0))),
        reasonOf(await takeover.ask(attemptAt(account, 9))),
      ]
      assert.deepEqual(said, ['budget', 'budget'])
      assert.equal(reasonOf(await takeover.ask(attemptAt(someone(), 0))), 'flood')
      for (const more of [{ known: 'laptop' }, { known: 'session' }, { factor: 'passkey' as const }])
        assert.equal(await guess(attemptAt(account, 0, more), 'passed'), 'passed')
    })

    test('after a link by mail the code is asked for on a budget that no stranger used up', async () => {
      const { guess, takeover } = guessing(people, { limits: noDelay })
      const account = someone()
      for (let n = 0; n < 120; n++) await guess(attemptAt(account, n))
      const code = { factor: 'code' as const }
      assert.equal(reasonOf(await takeover.ask(attemptAt(account, 7, code))), 'budget')
      let checked = 0
      for (let n = 0; n < 80; n++)
        if ((await guess(attemptAt(account, n, { ...code, known: 'mail' }))) !== undefined) checked += 1
      assert.equal(checked, 50)
    })

    test('of two honest tries at once none waits, whichever looked at its clock first', async () => {
      const { takeover } = guessing(people)
      const account = someone()
      for (const [n, outcome] of (['failed', 'passed', 'unused', 'signed-in'] as const).entries()) {
        const first = await takeover.ask(attemptAt(account, n))
        assert.ok(first.go)
        await takeover.note(first.ticket, outcome)
        people.clock.turn(-0.02)
        const second = await takeover.ask(attemptAt(account, n + 10))
        assert.ok(second.go, outcome)
        await takeover.note(second.ticket, 'signed-in')
      }
    })

    test('a passkey that names its owner ends the count, one that is wrong does not', async () => {
      const { guess, takeover } = guessing(people, { limits: noDelay })
      const account = someone()
      for (let n = 0; n < 120; n++) await guess(attemptAt(account, n))
      for (const outcome of ['failed', 'signed-in'] as const) {
        assert.equal(reasonOf(await takeover.ask(attemptAt(account, 7))), 'budget')
        const asked = await takeover.ask(attemptAt({ unknown: 'passkey' }, 8, { factor: 'passkey' }))
        assert.ok(asked.go)
        await takeover.note(asked.ticket, outcome, account.person)
      }
      assert.equal(await guess(attemptAt(account, 7)), 'failed')
      for (let n = 0; n < 120; n++) await guess(attemptAt(account, n))
      const password = await takeover.ask(attemptAt(someone(), 9))
      assert.ok(password.go)
      await takeover.note(password.ticket, 'signed-in', account.person)
      assert.equal(reasonOf(await takeover.ask(attemptAt(account, 7))), 'budget')
    })

    test('a known device has a budget of its own, which ends as well', async () => {
      const { guess, takeover } = guessing(people, { limits: noDelay })
      const account = someone()
      const on = (known: string) => attemptAt(account, 1, { known })
      let checked = 0
      for (let n = 0; n < 120; n++) if ((await guess(on('stolen laptop'))) !== undefined) checked += 1
      assert.equal(checked, 50)
      assert.equal(reasonOf(await takeover.ask(on('stolen laptop'))), 'budget')
      assert.equal(await guess(on('telephone'), 'signed-in'), 'signed-in')
    })

    test('a known device counts for itself alone: its failures slow nobody at that address, in that network or organization', async () => {
      const { guess } = guessing(people, {
        limits: { ...noDelay, addressFailures: 5, addressAccounts: 3, networkFailures: 5 },
      })
      const organization = randomUUID()
      const stranger = () => attemptAt(someone(), 40_000, { organization })
      for (let n = 0; n < 40; n++) assert.equal(await guess({ ...stranger(), known: 'laptop' }), 'failed')
      assert.equal(await guess(stranger(), 'signed-in'), 'signed-in')
      for (let n = 0; n < 8; n++) await guess(stranger())
      assert.equal(await guess(stranger(), 'signed-in'), undefined)
    })

    test('R18: one budget over all factors and doors: who used it up with passwords has none for codes', async () => {
      const { guess, takeover } = guessing(people, { limits: noDelay })
      const account = someone()
      let checked = 0
      for (let n = 0; n < 300; n++) {
        const factor = n % 2 === 0 ? 'password' : 'code'
        const organization = n % 3 === 0 ? { organization: randomUUID() } : {}
        if ((await guess(attemptAt(account, n, { factor, ...organization }))) !== undefined) checked += 1
      }
      assert.equal(checked, 100)
      for (const factor of ['password', 'code'] as const)
        assert.equal(reasonOf(await takeover.ask(attemptAt(account, 999, { factor }))), 'budget')
    })

    // ASVS 6.6.3
    test('1 M guesses at codes by somebody who has the password: typing it again buys none', async () => {
      const { guess } = guessing(people, { limits: noDelay })
      const account = someone()
      let checked = 0
      for (let n = 0; n < 150; n++) {
        await guess(attemptAt(account, n), 'passed')
        if ((await guess(attemptAt(account, n, { factor: 'code' }))) !== undefined) checked += 1
      }
      assert.equal(checked, 100)
    })

    test('200 parallel guesses over several connections cannot pass more than the budget', async () => {
      const account = someone()
      const first = guessing(people, { limits: noDelay })
      const second = first.again()
      const burst = Array.from({ length: 200 }, (_, n) =>
        (n % 2 === 0 ? first : second).takeover.ask(attemptAt(account, n)),
      )
      const went = (await Promise.all(burst)).filter(({ go }) => go)
      assert.equal(went.length, 100)
    })

    test('200 parallel guesses with the usual delays: five are checked', async () => {
      const { takeover } = guessing(people)
      const account = someone()
      const asked = await Promise.all(Array.from({ length: 200 }, (_, n) => takeover.ask(attemptAt(account, n))))
      assert.equal(asked.filter(({ go }) => go).length, 5)
    })

    test('delays double up to a quarter of an hour, and whoever waits gets through', async () => {
      const { guess, takeover } = guessing(people)
      const account = someone()
      for (let n = 0; n < 4; n++) assert.equal(await guess(attemptAt(account, n)), 'failed')
      const waits: number[] = []
      for (let n = 4; n < 17; n++) {
        assert.equal(await guess(attemptAt(account, n)), 'failed')
        const asked = await takeover.ask(attemptAt(account, n))
        assert.ok(!asked.go)
        waits.push(asked.retryAfterSecs)
        people.clock.turn(asked.retryAfterSecs)
      }
      assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
    })

    test('success resets, a place that was not used is given back, a ticket counts once', async () => {
      const { guess, takeover } = guessing(people)
      const account = someone()
      for (let n = 0; n < 4; n++) await guess(attemptAt(account, n))
      assert.equal(await guess(attemptAt(account, 5), 'signed-in'), 'signed-in')
      for (let n = 0; n < 4; n++) assert.equal(await guess(attemptAt(account, n)), 'failed')
      for (let n = 0; n < 50; n++) assert.equal(await guess(attemptAt(account, n), 'unused'), 'unused')
      const asked = await takeover.ask(attemptAt(account, 7))
      assert.ok(asked.go)
      assert.equal(reasonOf(await takeover.ask(attemptAt(account, 8))), 'account')
      await takeover.note(asked.ticket, 'failed')
      await takeover.note(asked.ticket, 'signed-in')
      await takeover.note({ factor: 'password' }, 'signed-in')
      assert.equal(reasonOf(await takeover.ask(attemptAt(account, 8))), 'account')
    })

    test('no account discovery: an account that exists and one that does not get the same answers, step by step', async () => {
      const answers = async (account: { person: string } | { unknown: string }, base: number) => {
        const { takeover, statements } = guessing(people)
        const said: unknown[] = []
        for (let n = 0; n < 30; n++) {
          const asked = await takeover.ask(attemptAt(account, base + (n % 3)))
          if (asked.go) await takeover.note(asked.ticket, 'failed')
          said.push(asked.go ? ['go', statements()] : [asked.because, asked.retryAfterSecs, statements()])
          people.clock.turn(n % 7)
        }
        await takeover.close()
        return said
      }
      assert.deepEqual(await answers(someone(), 0), await answers({ unknown: 'nobody@acme.example' }, 0))
    })
  })
})
