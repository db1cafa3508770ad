import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { turnstile } from './turnstile.ts'

/** Work that ends when it is told to. */
function held(): { work: () => Promise<void>; end: () => void } {
  let end: () => void = () => undefined
  const done = new Promise<void>(resolve => (end = resolve))
  return { work: () => done, end }
}

suite('the turnstile of an organization', () => {
  test('runs at most so many at once, keeps the order of those that wait, refuses one too many', async () => {
    const gate = turnstile(2, 2)
    const started: number[] = []
    const holds = [held(), held(), held(), held()]
    const passes = holds.map((hold, index) =>
      gate.pass('a', () => {
        started.push(index)
        return hold.work()
      }),
    )
    await Promise.resolve()
    assert.deepEqual(started, [0, 1])
    await assert.rejects(
      gate.pass('a', async () => undefined),
      { code: 'tenancy.busy', status: 503 },
    )
    holds[1]?.end()
    await passes[1]
    await Promise.resolve()
    assert.deepEqual(started, [0, 1, 2])
    for (const hold of holds) hold.end()
    await Promise.all(passes)
    assert.deepEqual(started, [0, 1, 2, 3])
  })

  test('one busy organization keeps no other waiting', async () => {
    const gate = turnstile(1, 0)
    const hold = held()
    const first = gate.pass('noisy', hold.work)
    assert.equal(await gate.pass('quiet', async () => 'served'), 'served')
    hold.end()
    await first
  })

  test('work that fails gives its place back', async () => {
    const gate = turnstile(1, 0)
    for (let round = 0; round < 3; round++) {
      await assert.rejects(
        gate.pass('a', () => Promise.reject(new Error('failed'))),
        /failed/,
      )
    }
    assert.equal(await gate.pass('a', async () => 'served'), 'served')
  })

  test('whoever waits too long is told so, and whoever comes after still gets the place', async () => {
    const gate = turnstile(1, 5, 20)
    const hold = held()
    const first = gate.pass('a', hold.work)
    await assert.rejects(
      gate.pass('a', async () => 'never'),
      { code: 'tenancy.busy', message: /20 ms/ },
    )
    const patient = gate.pass('a', async () => 'served')
    hold.end()
    assert.equal(await patient, 'served')
    await first
  })

  test('a place that is held without a promise is given back once, however often that is said', async () => {
    const gate = turnstile(1, 5)
    const leave = await gate.enter('a')
    const hold = held()
    const second = gate.pass('a', hold.work)
    leave()
    leave()
    let third = false
    const waiting = gate.pass('a', async () => (third = true))
    await new Promise(resolve => setImmediate(resolve))
    assert.equal(third, false, 'the second leave() gave away a place that was not its own')
    hold.end()
    await Promise.all([second, waiting])
  })
})
