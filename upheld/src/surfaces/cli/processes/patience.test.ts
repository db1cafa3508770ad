import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../../core/clock.ts'
import { patience } from './patience.ts'

function turnable(): { readonly clock: Clock; readonly turn: (secs: number) => void } {
  let ms = 0
  return { clock: { now: () => new Date(ms), monotonicMs: () => ms }, turn: secs => void (ms += secs * 1000) }
}

const alive = { type: 'alive' } as const
const ran = { type: 'ran', claim: 'a.b', verdict: 'upheld', note: '' } as const

test('a child that says nothing is given up, one with a pulse is not', () => {
  const { clock, turn } = turnable()
  const limit = patience(clock, 30_000)
  for (let step = 0; step < 10; step += 1) {
    turn(30)
    assert.equal(limit.lost(), undefined)
    limit.heard(alive)
  }
  turn(31)
  assert.match(limit.lost() ?? '', /said nothing for 30 s/)
})

test('a pulse does not excuse a run without end', () => {
  const { clock, turn } = turnable()
  const limit = patience(clock, 30_000)
  limit.heard({ type: 'run', claim: 'a.b', limitSecs: 60, sabotages: 1 })
  turn(60 + 60 + 30)
  limit.heard(alive)
  assert.equal(limit.lost(), undefined)
  turn(1)
  limit.heard(alive)
  assert.match(limit.lost() ?? '', /hung in a\.b/)
})

test('a run that takes its event loop for itself is no death before its own limit, and is one after it', () => {
  const { clock, turn } = turnable()
  const limit = patience(clock, 30_000)
  limit.heard({ type: 'run', claim: 'a.b', limitSecs: 60, sabotages: 1 })
  turn(60)
  assert.equal(limit.lost(), undefined)
  turn(1)
  assert.match(limit.lost() ?? '', /hung in a\.b/)
})

test('a sabotage that is tried by itself has its time, and no more; ended, it counts no more', () => {
  const { clock, turn } = turnable()
  const limit = patience(clock, 30_000)
  limit.heard({ type: 'trial', claim: 'a.b', limitSecs: 60 })
  turn(60)
  assert.equal(limit.lost(), undefined)
  turn(1)
  assert.match(limit.lost() ?? '', /hung in a\.b/)
  limit.heard({ type: 'trial', claim: 'a.b' })
  assert.equal(limit.lost(), undefined)
  turn(31)
  assert.match(limit.lost() ?? '', /said nothing/)
})

test('a run that ended counts no more', () => {
  const { clock, turn } = turnable()
  const limit = patience(clock, 30_000)
  limit.heard({ type: 'run', claim: 'a.b', limitSecs: 60, sabotages: 1 })
  limit.heard(ran)
  turn(31)
  assert.match(limit.lost() ?? '', /said nothing/)
})
