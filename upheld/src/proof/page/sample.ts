import assert from 'node:assert/strict'
import { claim, type Claim } from '../claims/index.ts'
import { plannedClaims } from '../claims/index.ts'
import { checkSource, type CheckedSource } from './build.ts'

// Claims and sources for the tests of this module.

function proven(id: string, extent: 'whole' | 'part'): Claim {
  const code = { source: import.meta.url, says: 'Tries what nobody may do.' }
  return claim({
    kind: 'proven',
    id,
    sentence: 'What is promised here holds.',
    population: extent === 'whole' ? 'every table there is' : 'files of one organization that exists for probes',
    extent,
    freshnessMins: 60,
    observationsMin: 1,
    timeoutSecs: 60,
    assumptions: [],
    notCovered: [],
    mappings: {},
    probe: { ...code, run: async () => undefined },
    sabotages: [{ ...code, name: 'off', apply: async twin => twin }],
  })
}

/** isolation.rows is proven of the whole, isolation.objects of a part, provider.certified stated; the rest is planned. */
export const sampleClaims: readonly Claim[] = [
  proven('isolation.rows', 'whole'),
  proven('isolation.objects', 'part'),
  claim({
    kind: 'attested',
    id: 'provider.certified',
    sentence: 'Our data centers are certified.',
    mappings: {},
    by: 'the hosting provider',
    statedAt: '2026-01-01T00:00:00Z',
    expiresAt: '2027-01-01T00:00:00Z',
    documentDigest: `sha256:${'0'.repeat(64)}`,
  }),
  ...plannedClaims.filter(({ id }) => !['isolation.rows', 'isolation.objects', 'provider.certified'].includes(id)),
]

/** Eight lines before what a test is about, so that this begins in line 9. */
export const before = `# Security at a House

> **Contact:** <mailto:security@house.example>

## Whose data it is

[Rows stay with their organization.](claim:isolation.rows)

`

export function check(source: string | Buffer): CheckedSource {
  return checkSource(Buffer.from(source), sampleClaims)
}

/** What is wrong with a page that ends in this, as `line:column: what`. */
export function wrongWith(rest: string): readonly string[] {
  return check(`${before}${rest}`).problems.map(({ line, column, says }) => `${line}:${column}: ${says}`)
}

/** The texts of a page that has nothing wrong with it. */
export function textsOf(source: string): readonly string[] {
  const { page, problems } = check(source)
  assert.deepEqual(problems, [])
  return page.sections.flatMap(({ sentences }) => sentences.map(({ text }) => text))
}
