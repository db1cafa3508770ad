import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { z } from 'zod'

/** A team may ship these inside a closed product. OFL-1.1 is for fonts. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'OFL-1.1',
  'PostgreSQL',
])

const installed = z.looseObject({
  license: z.string().optional(),
  dev: z.boolean().optional(),
  link: z.boolean().optional(),
})
const lock = z.looseObject({ packages: z.record(z.string(), installed) })
const root = new URL('../../', import.meta.url)

function json(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8'))
}

/** `(MIT OR CC0-1.0)` leaves the choice to us; `MIT AND Zlib` binds us to both. */
function fits(license: string): boolean {
  const plain = license.replace(/^\((.*)\)$/, '$1')
  if (plain.includes(' OR ')) return plain.split(' OR ').some(fits)
  return plain.split(' AND ').every(one => allowed.has(one))
}

const shipped = Object.entries(lock.parse(json('package-lock.json')).packages).filter(
  ([path, one]) => path.startsWith('node_modules/') && one.dev !== true && one.link !== true,
)

test('everything that ships has a licence that a customer can live with', () => {
  const offenses = shipped
    .filter(([, one]) => !fits(one.license ?? 'none'))
    .map(([path, one]) => `${path}: ${one.license ?? 'none'}`)
  assert.deepEqual(offenses, [])
  assert.ok(shipped.length > 3)
})

test('what is installed says the same as the lock file', () => {
  for (const [path, one] of shipped) {
    if (!existsSync(new URL(`${path}/package.json`, root))) continue
    assert.equal(installed.parse(json(`${path}/package.json`)).license, one.license, path)
  }
})

test('a licence that would bind our customers is refused', () => {
  for (const license of ['AGPL-3.0-only', 'SSPL-1.0', 'MIT AND GPL-3.0-only', 'BUSL-1.1', 'none']) {
    assert.equal(fits(license), false, license)
  }
  for (const license of ['(MIT OR GPL-3.0-only)', 'MIT AND ISC']) assert.equal(fits(license), true, license)
})
