import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { openTakeover } from '../../src/guards/takeover/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'
import { addressOf, attemptAt, guessing, reasonOf } from './guessing.ts'

/** Without waiting, so that the budget alone stands in the way. */
const noDelay = { free: 1_000 }
const someone = () => ({ person: randomUUID() })

suite('the count of guesses', () => {
  let people: TestPeople
  before(async () => {
    people = await testPeople()
  })
  after(() => people.close())

  suite('the clock', () => {
    test('set forward and back, it gives nobody more guesses and keeps nobody out', async () => {
      const { guess, takeover } = guessing(people)
      const account = someone()
      const day = 86_400
      for (let n = 0; n < 20; n++) await guess(attemptAt(account, 0))
      people.clock.turn(400 * day)
      for (let n = 0; n < 20; n++) await guess(attemptAt(account, 0))
      people.clock.turn(-400 * day)
      const asked = await takeover.ask(attemptAt(account, 0))
      assert.ok(asked.go || asked.retryAfterSecs <= 900)
      assert.equal(await guess(attemptAt(someone(), 1), 'signed-in'), 'signed-in')
      let checked = 0
      for (let n = 0; n < 300; n++) {
        people.clock.turn(n % 2 === 0 ? day : 901 - day)
        if ((await guess(attemptAt(account, n))) !== undefined) checked += 1
      }
      assert.ok(checked > 50 && checked < 100, `${checked}`)
      assert.equal(reasonOf(await takeover.ask(attemptAt(account, 999))), 'budget')
    })
  })

  suite('what it costs, and what stands in the table', () => {
    test('one statement before the check and one after it; a passkey has none before', async () => {
      const { takeover, statements, guess } = guessing(people)
      const account = someone()
      const asked = await takeover.ask(attemptAt(account, 1, { organization: randomUUID() }))
      assert.equal(statements(), 1)
      assert.ok(asked.go)
      await takeover.note(asked.ticket, 'signed-in')
      assert.equal(statements(), 1)
      await guess(attemptAt(account, 1), 'failed')
      assert.equal(statements(), 2)
      await guess(attemptAt(account, 1, { factor: 'passkey' }), 'failed')
      assert.equal(statements(), 0)
      await guess(attemptAt(account, 1, { factor: 'passkey' }), 'signed-in')
      assert.equal(statements(), 1)
    })

    test('another process, and one that was started anew, count on', async () => {
      const first = guessing(people, { limits: noDelay })
      const account = someone()
      for (let n = 0; n < 60; n++) await first.guess(attemptAt(account, n))
      const second = first.again()
      let checked = 0
      for (let n = 0; n < 60; n++) if ((await second.guess(attemptAt(account, n))) !== undefined) checked += 1
      assert.equal(checked, 40)
    })

    test('no address, network, account or device stands there, and nothing that is as long as one', async () => {
      const { guess } = guessing(people)
      const person = randomUUID()
      await guess(attemptAt({ person }, 70_000, { known: 'the laptop' }))
      await guess(attemptAt({ unknown: 'visible@acme.example' }, 70_000))
      const { rows } = await people.platform.admin.query(
        'select g::text as line, length(key) as bytes from upheld_identity.guess g',
      )
      assert.ok(rows.length > 5)
      for (const { line, bytes } of rows) {
        for (const clear of [person, person.replaceAll('-', ''), 'visible', addressOf(70_000), 'laptop'])
          assert.ok(!String(line).includes(clear) && !String(line).includes(Buffer.from(clear).toString('hex')))
        assert.ok(Number(bytes) <= 17)
      }
    })

    test('the jobs clear what is over, keep failures in a row, and read nothing', async () => {
      const { guess, takeover } = guessing(people, { limits: noDelay })
      const account = someone()
      for (let n = 0; n < 100; n++) await guess(attemptAt(account, n))
      await guess(attemptAt(someone(), 1), 'signed-in')
      const jobs = openDatabase(people.platform.urls.jobs, { connectionsMax: 1 })
      const clear = async () => {
        const { rows } = await jobs.query('select upheld_identity.clear_guesses($1, 10000) as cleared', [
          people.clock.now(),
        ])
        return Number(rows[0]?.['cleared'])
      }
      try {
        await assert.rejects(jobs.query('select * from upheld_identity.guess'), /permission denied/)
        people.clock.turn(2 * 86_400 + 1)
        assert.ok((await clear()) > 100)
        assert.equal(await clear(), 0)
        assert.equal(reasonOf(await takeover.ask(attemptAt(account, 1))), 'budget')
        people.clock.turn(401 * 86_400)
        await clear()
        const { rows } = await people.platform.admin.query(
          'select count(*)::int as left_over from upheld_identity.guess',
        )
        assert.equal(rows[0]?.['left_over'], 0)
        await assert.rejects(people.database.query('delete from upheld_identity.guess'), /permission denied/)
      } finally {
        await jobs.close()
      }
    })

    test('no other login counts, resets or clears: not the application, not the page, and not the identity for clearing', async () => {
      const { urls } = people.platform
      const calls = [
        [urls.app, 'select * from upheld_identity.guess'],
        [urls.app, `select upheld_identity.note_guess(now(), 'signed-in', '', '', '', '', '', '', 0, 0, '{}')`],
        [urls.page, 'select upheld_identity.clear_guesses(now(), 1)'],
        [urls.identity, 'select upheld_identity.clear_guesses(now(), 1)'],
        [urls.identity, 'delete from upheld_identity.guess'],
        [urls.jobs, `select upheld_identity.ask_guess(now(), 'account', '', '', '', null, '', 0, false, '{}')`],
      ] as const
      for (const [url, call] of calls) {
        const login = openDatabase(url, { connectionsMax: 1 })
        try {
          await assert.rejects(login.query(call), /permission denied/, call)
        } finally {
          await login.close()
        }
      }
    })

    test('R29: counts are numbers: nine failures tell nobody, the tenth tells the owner, once', async () => {
      const { guess, notices, takeover } = guessing(people, { limits: noDelay })
      const account = someone()
      for (let n = 0; n < 9; n++) await guess(attemptAt(account, 1))
      await takeover.close()
      assert.deepEqual(notices, [])
      for (let n = 0; n < 30; n++) await guess(attemptAt(account, 1))
      await takeover.close()
      assert.deepEqual(notices, [{ ...account, kind: 'guessing', failures: 10 }])
      for (let n = 0; n < 30; n++) await guess(attemptAt({ unknown: 'nobody@acme.example' }, 2))
      await takeover.close()
      assert.equal(notices.length, 1)
      people.clock.turn(86_400)
      await guess(attemptAt(account, 1))
      await takeover.close()
      assert.equal(notices.length, 2)
    })

    test('the owner hears of failures from five places before there are ten', async () => {
      const { guess, notices, takeover } = guessing(people)
      for (const account of [someone()]) for (let n = 0; n < 5; n++) await guess(attemptAt(account, n * 3))
      await takeover.close()
      assert.deepEqual(
        notices.map(({ kind, failures }) => [kind, failures]),
        [['guessing', 5]],
      )
    })

    test('a hook that fails, or never ends, holds nobody up', async () => {
      const failures: unknown[] = []
      const { guess } = guessing(people, {
        limits: { noticeAt: 2, ...noDelay },
        notifyOwner: ({ failures: count }) => {
          if (count > 2) return new Promise(() => undefined)
          throw new Error('no mail')
        },
        failed: failure => failures.push(failure),
      })
      const account = someone()
      for (let n = 0; n < 3; n++) assert.equal(await guess(attemptAt(account, 1)), 'failed')
      people.clock.turn(86_400)
      assert.equal(await guess(attemptAt(account, 1)), 'failed')
      assert.equal(await guess(attemptAt(account, 1), 'signed-in'), 'signed-in')
      assert.equal(failures.length, 1)
    })

    test('settings that cannot work are refused', () => {
      const short = () => openTakeover({ database: people.database, clock: people.clock, key: Buffer.alloc(16) })
      assert.throws(short, /32 bytes/)
    })
  })
})
