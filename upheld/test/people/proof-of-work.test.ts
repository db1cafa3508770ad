import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { challengeOf, proofOfWork, solveWork } from '../../src/guards/takeover/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'
import { attemptAt, guessing, reasonOf } from './guessing.ts'

suite('our own proof of work', () => {
  let people: TestPeople
  before(async () => {
    people = await testPeople()
  })
  after(() => people.close())
  const work = (lifeSecs = 120) => proofOfWork({ database: people.database, key: randomBytes(32), bits: 10, lifeSecs })

  test('an answer counts once, also in 20 parallel tries, for its context, until it is over', async () => {
    const challenge = work()
    const now = people.clock.now()
    const answer = solveWork(challenge.issue('ann', now))
    assert.equal(await challenge.holds('bob', answer, now), false)
    const tries = await Promise.all(Array.from({ length: 20 }, () => challenge.holds('ann', answer, now)))
    assert.equal(tries.filter(Boolean).length, 1)
    const late = solveWork(challenge.issue('ann', now))
    assert.equal(await challenge.holds('ann', late, new Date(now.getTime() + 120_000)), false)
    assert.equal(await challenge.holds('ann', late, new Date(now.getTime() - 1_000)), false)
    assert.equal(await challenge.holds('ann', late, now), true)
  })

  test('what was not worked for, was made easier, or is of another key, is no answer', async () => {
    const challenge = work()
    const now = people.clock.now()
    const issued = challenge.issue('ann', now)
    const answer = solveWork(issued)
    const worthless = Array.from({ length: 50 }, (_, n) => `${issued}.${n}`).find(one => one !== answer) ?? ''
    const easier = issued.replace(/\.10\./, '.0.')
    const longer = issued.replace(/^work1\.(\d+)/, (_, ms: string) => `work1.${Number(ms) + 60_000}`)
    const stranger = solveWork(work().issue('ann', now))
    for (const bad of [
      worthless,
      `${easier}.1`,
      solveWork(longer),
      stranger,
      '',
      issued,
      `${answer} `,
      `${answer}.1`,
      'x'.repeat(1_000_000),
    ])
      assert.equal(await challenge.holds('ann', bad, now), false, bad.slice(0, 120))
    assert.equal(await challenge.holds('ann', answer, now), true)
  })

  test('it spares a stranger the wait, never the budget; one answer is good for one try of that account from there', async () => {
    const { takeover, guess, statements } = guessing(people, { challenge: work() })
    const account = { person: randomUUID() }
    let checked = 0
    let last = ''
    for (let n = 0; n < 130; n++) {
      const asked = await takeover.ask(attemptAt(account, 1))
      if (asked.go) {
        await takeover.note(asked.ticket, 'failed')
        checked += 1
        continue
      }
      if (asked.because === 'budget') {
        assert.equal(asked.challenge, undefined)
        break
      }
      assert.ok(asked.challenge !== undefined)
      assert.equal(challengeOf(takeover.refusal(asked)), asked.challenge)
      last = solveWork(asked.challenge)
      assert.equal(await guess(attemptAt(account, 2, { answer: last })), undefined)
      assert.equal(await guess(attemptAt(account, 1, { answer: last })), 'failed')
      assert.equal(await guess(attemptAt(account, 1, { answer: last })), undefined)
      checked += 1
    }
    assert.equal(checked, 100)
    statements()
    await guess(attemptAt(account, 1, { answer: last.slice(0, -1) }))
    assert.ok(statements() <= 2)
    assert.equal(reasonOf(await takeover.ask(attemptAt(account, 1))), 'budget')
  })

  test('a known device is asked for none', async () => {
    const { takeover } = guessing(people, { challenge: work(), limits: { free: 1 } })
    const known = attemptAt({ person: randomUUID() }, 1, { known: 'laptop' })
    await takeover.ask(known)
    const asked = await takeover.ask(known)
    assert.ok(!asked.go)
    assert.equal(asked.challenge, undefined)
    assert.equal(challengeOf(takeover.refusal(asked)), undefined)
    assert.equal(takeover.refusal(asked).code, 'takeover.slow_down')
    assert.equal(takeover.refusal(asked).retryAfterMs, 1_000)
  })
})
