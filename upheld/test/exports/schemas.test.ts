import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { before, suite, test } from 'node:test'
import type { TrustReport } from '../../src/proof/claims/index.ts'
import { asvsRequirements, exported } from '../../src/proof/exports/index.ts'
import { sampleReport } from '../../src/surfaces/trust/sample/report.ts'
import { requirements } from '../asvs/requirements.ts'
import { attacked, faulty, reportOn } from './lab.ts'
import { validators } from './validators.ts'

const vectors = new URL('../../../vectors/', import.meta.url)

suite('schemas that others published', () => {
  for (const name of ['oscal', 'cyclonedx', 'asvs']) {
    test(`${name}: every file is the one that SOURCE.md names`, () => {
      const folder = new URL(`${name}/`, vectors)
      const source = readFileSync(new URL('SOURCE.md', folder), 'utf8')
      const named = [...source.matchAll(/^\| `([\w.-]+\.json)` \| `([0-9a-f]{64})` \|$/gm)].map(([, file, sum]) => [
        file,
        sum,
      ])
      const there = readdirSync(folder)
        .filter(file => file.endsWith('.json'))
        .map(file => [
          file,
          createHash('sha256')
            .update(readFileSync(new URL(file, folder)))
            .digest('hex'),
        ])
      assert.deepEqual(named.toSorted(), there.toSorted())
    })
  }

  test('the list of ASVS in the code is the published one, and agrees with the levels of our table of tests', () => {
    const published: unknown = JSON.parse(readFileSync(new URL('asvs/requirements-5.0.0.json', vectors), 'utf8'))
    assert.deepEqual(
      asvsRequirements.map(({ id, level }) => [id.replace('v5.0.0-', ''), level]),
      published,
    )
    assert.equal(asvsRequirements.length, 345)
    const levels = new Map(asvsRequirements.map(({ id, level }) => [id, level]))
    for (const { id, level } of requirements) assert.equal(levels.get(`v5.0.0-${id}`), level, id)
  })
})

suite('every export fulfils its schema', () => {
  const reports = new Map<string, TrustReport>()
  before(async () => {
    const leaves = await attacked(['doors.aired'])
    reports.set('claims in every state, with hostile words', reportOn(leaves))
    reports.set('all evidence expired', reportOn(leaves, 8 * 24 * 3_600_000))
    reports.set('nothing attacked yet, and no log', reportOn([]))
    reports.set('a record that does not hold', faulty(reportOn(leaves)))
    reports.set('no claim at all', { ...reportOn([]), claims: [] })
    reports.set('the report that the page is tried with', sampleReport)
  })

  for (const [format, validate] of Object.entries(validators)) {
    test(format, () => {
      assert.equal(reports.size, 6)
      for (const [name, report] of reports) {
        const document: unknown = JSON.parse(exported(openFormat(format), report))
        assert.ok(validate(document), `${name}: ${JSON.stringify(validate.errors?.slice(0, 5))}`)
      }
    })

    test(`${format}: a document with one more word, or one less, is refused`, () => {
      const text = exported(openFormat(format), sampleReport)
      const spoiled: readonly [RegExp, string][] = [
        [/"(uuid|bomFormat|version|type)": "[^"]*",?/, ''],
        [/"(state|specVersion|level|standing|import-ssp|control-id|kind)":/, '"unheard-of":'],
      ]
      for (const [form, instead] of spoiled) {
        assert.match(text, form)
        const broken = text.replace(form, instead)
        assert.ok(!validate(JSON.parse(broken)), String(form))
      }
    })
  }
})

function openFormat(name: string): keyof typeof validators {
  const known = Object.keys(validators).find((one): one is keyof typeof validators => one === name)
  assert.ok(known)
  return known
}
