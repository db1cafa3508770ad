import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { after, suite, test } from 'node:test'
import { doorClaim } from '../../../test/proof/door.ts'
import { canonicalJson, digestOf } from '../../core/json.ts'
import { catalogueWith, claim, claimDefinition, claimDigest, plannedClaims } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'upheld-claim-'))
after(() => rmSync(folder, { recursive: true }))

/** A probe of two files, in a folder of its own. */
function probeAt(name: string, helper: string): string {
  const home = join(folder, name)
  mkdirSync(home)
  writeFileSync(join(home, 'probe.ts'), "import { rattle } from './rattle.ts'\nexport const run = rattle\n")
  writeFileSync(join(home, 'rattle.ts'), helper)
  return pathToFileURL(join(home, 'probe.ts')).href
}

function digestWith(source: string): string {
  return claimDigest(doorClaim({ probe: { ...doorClaim().probe, source } }))
}

suite('the digest of a claim', () => {
  test('is the same in every checkout of the same code', () => {
    assert.equal(digestWith(probeAt('here', '1')), digestWith(probeAt('there', '1')))
  })

  test('changes with a file that the probe only imports', () => {
    assert.notEqual(digestWith(probeAt('before', '1')), digestWith(probeAt('changed', '2')))
  })

  test('can be computed from the definition in the log, which names no file', () => {
    const definition = claimDefinition(doorClaim())
    assert.equal(digestOf(definition), claimDigest(doorClaim()))
    assert.doesNotMatch(canonicalJson(definition), /file:|\.ts/)
  })

  test('cannot be made when the code is not there', () => {
    assert.throws(() => digestWith(pathToFileURL(join(folder, 'nowhere.ts')).href), { code: 'claims.source_missing' })
  })
})

suite('a claim that is not well formed is refused', () => {
  const bad: Readonly<Record<string, () => unknown>> = {
    'without a sabotage': () => doorClaim({ sabotages: [] }),
    'with two sabotages of one name': () =>
      doorClaim({ sabotages: [...doorClaim().sabotages, ...doorClaim().sabotages] }),
    'that demands no observation': () => doorClaim({ observationsMin: 0 }),
    'whose evidence would never expire': () => doorClaim({ freshnessMins: 7 * 24 * 60 + 1 }),
    'whose run may outlast its evidence': () => doorClaim({ freshnessMins: 1, timeoutSecs: 60 }),
    'with an id of one word': () => doorClaim({ id: 'doors' }),
    'too long for one leaf of the log': () =>
      doorClaim({ assumptions: Array.from({ length: 60 }, () => 'x'.repeat(300)) }),
    'with a member that nobody knows': () => claim({ ...doorClaim(), ...{ freshnessHours: 1 } }),
  }
  for (const [name, make] of Object.entries(bad)) {
    test(name, () => assert.throws(make, { code: 'claims.bad_claim' }))
  }
})

suite('the catalogue', () => {
  test('holds fifty plans, each once, each a sentence', () => {
    assert.equal(new Set(plannedClaims.map(({ id }) => id)).size, 50)
    assert.equal(new Set(plannedClaims.map(({ sentence }) => sentence)).size, 50)
    assert.ok(plannedClaims.every(({ sentence }) => /^[A-Z].*\.$/.test(sentence)))
  })

  test('maps only to ids that have the form of their standard', () => {
    const forms = {
      asvs: /^v5\.0\.0-\d+\.\d+\.\d+$/,
      caiq: /^[A-Z]{3}-\d\d\.\d$/,
      soc2: /^(CC\d|A1|C1|P\d)\.\d$/,
      iso27001: /^A\.[5-8]\.\d{1,2}$/,
      gdpr: /^Art\. \d+(\(\d\))?(\([a-z]\))?$/,
    } as const
    for (const { id, mappings } of plannedClaims) {
      for (const [standard, form] of [
        [mappings.asvs, forms.asvs],
        [mappings.caiq, forms.caiq],
        [mappings.soc2, forms.soc2],
        [mappings.iso27001, forms.iso27001],
        [mappings.gdpr, forms.gdpr],
      ] as const) {
        for (const one of standard ?? []) assert.match(one, form, id)
      }
    }
  })

  test('puts what is proven in the place of its plan, and what it does not know at the end', () => {
    const proven = doorClaim({ id: 'isolation.routes' })
    const own = doorClaim()
    const all = catalogueWith([own, proven])
    assert.equal(all.length, 51)
    assert.equal(all[1], proven)
    assert.equal(all.at(-1), own)
  })

  test('refuses a claim that is there twice', () => {
    assert.throws(() => catalogueWith([doorClaim(), doorClaim()]), { code: 'claims.twice', detail: 'doors.locked' })
  })
})
