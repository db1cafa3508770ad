import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allRules } from '../../../src/proof/lint/index.ts'
import { holes } from './holes.ts'
import { faultsFor, rulesFor } from './rules-page.ts'

test('the forty holes are numbered, and each is answered by a rule, an attack, the driver or a release', () => {
  assert.deepEqual(
    holes.map(({ number }) => number),
    Array.from({ length: 40 }, (_, index) => index + 1),
  )
  const open = holes.filter(
    hole =>
      rulesFor(hole).length === 0 &&
      faultsFor(hole).length === 0 &&
      hole.attacked === undefined &&
      hole.driver === undefined,
  )
  assert.deepEqual(open, [])
})

test('no rule names a hole that there is not, and no id is used twice', () => {
  assert.equal(new Set(allRules.map(({ id }) => id)).size, allRules.length)
  for (const { id, holes: numbers } of allRules) {
    assert.ok(
      numbers.every(number => number >= 1 && number <= 40),
      id,
    )
    assert.match(id, /^[a-z]+\.[a-z-]+$/)
  }
})

test('every rule says in whole sentences what somebody could do, and its fault without a full stop', () => {
  for (const { id, title, why } of allRules) {
    assert.match(why, /[.]$/, id)
    assert.doesNotMatch(title, /[.]$/, id)
  }
})
