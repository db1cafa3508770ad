import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advisories, faultsOf, isNewer, parseRelease, standingOf, type Standing } from './index.ts'

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

test('every fault of the table has the number of a hole, and names each branch once', () => {
  assert.equal(new Set(advisories.map(({ cve }) => cve)).size, advisories.length)
  for (const { cve, holes, mendedIn } of advisories) {
    assert.match(cve, /^CVE-20\d\d-\d{4,6}$/)
    assert.ok(holes.length > 0 && holes.every(hole => hole >= 1 && hole <= 40), cve)
    assert.equal(new Set(mendedIn.map(({ major }) => major)).size, mendedIn.length, cve)
  }
})

test('each mend takes its fault away, in its branch and no other', () => {
  for (const advisory of advisories) {
    for (const { major, minor, confirmed } of advisory.mendedIn) {
      assert.ok(
        faultsOf({ major, minor: minor - 1 }).open.includes(advisory),
        `${advisory.cve} before ${major}.${minor}`,
      )
      const after = faultsOf({ major, minor })
      assert.ok(!after.open.includes(advisory), `${advisory.cve} in ${major}.${minor}`)
      assert.equal(after.unconfirmed.includes(advisory), !confirmed)
    }
  }
})

test('a mend that was reckoned and not read is never called mended', () => {
  assert.deepEqual(
    [15, 16, 17, 18].map(major => standingOf({ major, minor: 99 }).is),
    ['mended', 'unconfirmed', 'unconfirmed', 'unconfirmed'],
  )
})

test('the release that is told to be installed has none of the faults', () => {
  const { mend } = standingOf({ major: 15, minor: 2 })
  const told = parseRelease(/Postgres (\d+\.\d+)/.exec(mend ?? '')?.[1] ?? '')
  assert.deepEqual(told && faultsOf(told), { open: [], unconfirmed: [] })
})
