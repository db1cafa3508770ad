import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNewer, parseRelease, standingOf, type Standing } from './releases.ts'

const cases: readonly (readonly [string, Standing['is']])[] = [
  ['postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)', 'mended'],
  ['15.19', 'leaks'],
  ['15.21', 'mended'],
  ['16.15', 'leaks'],
  ['16.16', 'unconfirmed'],
  ['17.11', 'leaks'],
  ['17.12', 'unconfirmed'],
  ['postgres (PostgreSQL) 18.4', 'leaks'],
  ['18.6', 'leaks'],
  ['18.7', 'unconfirmed'],
  ['19.0', 'unknown'],
  ['14.24', 'too_old'],
]

for (const [text, expected] of cases) {
  test(`release ${text}: ${expected}`, () => {
    const release = parseRelease(text)
    assert.ok(release)
    assert.equal(standingOf(release).is, expected)
  })
}

test('a beta, and what is no release, is not taken for one', () => {
  for (const text of ['postgres (PostgreSQL) 19beta1', '15', '', 'fifteen', '9.6.24'])
    assert.equal(parseRelease(text), undefined)
})

test('18.4 is newer than 15.20, and 15.20 than 15.9', () => {
  assert.ok(isNewer({ major: 18, minor: 4 }, { major: 15, minor: 20 }))
  assert.ok(isNewer({ major: 15, minor: 20 }, { major: 15, minor: 9 }))
})
