import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ClaimReport, TrustReport } from '../../proof/claims/index.ts'
import { codesOf, partsChanged } from './changed.ts'
import { dayMs, daysOf, iso, minuteMs, provenClaim, reportOf, runOf } from './sample/builders.ts'
import { sampleReport } from './sample/report.ts'
import { asking } from './sample/serving.ts'

const claim = provenClaim('harbor.ledger', 'No stranger reads the ledger of the harbor.')
const held = { verdict: 'upheld', reason: 'held', since: iso(dayMs), note: '' } as const
const finding = { attack: 'read', where: 'ledger', saw: '1 row' }

function upheld(change: Partial<ClaimReport> = {}): ClaimReport {
  const lastRun = { record: runOf(claim), index: 7 }
  return reportOf(claim, held, { digest: runOf(claim).claim_digest, lastRun, runsTotal: 1, ...change })
}

async function shown(of: ClaimReport, path = `/security/claims/${claim.id}`): Promise<string> {
  const report: TrustReport = { ...sampleReport, claims: [of] }
  const html = await (await asking({ report: async () => report })(path)).text()
  return html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
}

suite('time to red and time to green', () => {
  const red = (fromMins: number, change: Partial<ClaimReport['reds'][number]> = {}) => ({
    from: iso(fromMins * minuteMs),
    indexFirst: 3,
    findings: [finding],
    ...change,
  })

  test('are said of every red: an upper bound, and until it held again', async () => {
    const reds = [
      red(600, { heldAt: iso(610 * minuteMs), to: iso(570 * minuteMs) }),
      red(1200, { heldAt: iso(1230 * minuteMs), to: iso(1080 * minuteMs) }),
      red(2400, { heldAt: iso(2420 * minuteMs), to: iso(2395 * minuteMs) }),
    ]
    const text = await shown(upheld({ reds }))
    assert.match(text, /Time to red At most 20 minutes in the middle, 30 minutes at worst, of 3 reds/)
    assert.match(text, /when it broke in between is not seen from outside/)
    assert.match(text, /Time to green 30 minutes in the middle, 2 hours at worst, of 3 reds/)
    assert.match(text, /It broke at most 10 minutes before it was seen/)
  })
  test('of one that is red now, and never held before, nothing is made up', async () => {
    const text = await shown(upheld({ reds: [red(90)] }))
    assert.match(text, /Time to red Not known: it had never held before/)
    assert.match(text, /It has not come back yet\. Red now for 90 minutes/)
    assert.match(text, /No attempt before it had held/)
  })
  test('are not there where nothing was ever red', async () => {
    assert.doesNotMatch(await shown(upheld()), /Time to red/)
  })
})

suite('what stands beside a verdict', () => {
  test('the last days as text, the next attack, what was broken and when, what it rests on and leaves out, a proof of each run', async () => {
    const days = daysOf(ago => (ago === 3 ? 'refuted' : ago === 5 ? 'unproven' : ago > 40 ? 'none' : 'upheld'))
    const text = await shown(upheld({ days, nextRunAt: iso(-9 * minuteMs) }))
    assert.match(text, /The last 90 days 1 refuted, 1 unproven, 39 upheld, 49 without an attack\./)
    assert.match(text, /17 November 2026 : refuted 15 November 2026 : unproven/)
    assert.match(text, /Next attack in 9 minutes/)
    assert.match(text, /we broke this on purpose, last 20 November 2026 at 16:11 UTC , and the attack noticed 4 of 4/)
    assert.match(text, /Rests on nobody holds the superuser.* Not covered files outside the database/)
    assert.match(text, /Counts until 20 November 2026 at 16:26 UTC/)
    const page = await (await asking()('/security/claims/isolation.rows')).text()
    assert.match(page, /<a href="\/security\/evidence\/proof\/\d+\.tlog-proof" download\s*>/)
    assert.match(
      await shown(upheld({ nextRunAt: iso(-9 * minuteMs) }), '/security'),
      /This page was made on 20 November 2026 at 16:14 UTC/,
    )
  })
  test('what is attested says who, until when, and which document', async () => {
    const documentDigest = `sha256:${'d'.repeat(64)}`
    const dates = { statedAt: '2026-03-15T00:00:00.000Z', expiresAt: '2027-03-14T00:00:00.000Z' }
    const { id, sentence, mappings } = claim
    const of = reportOf(
      { kind: 'attested', id, sentence, mappings, by: 'the captain', documentDigest, ...dates },
      { verdict: 'attested', reason: 'attested', note: '' },
    )
    const text = await shown(of)
    assert.match(
      text,
      new RegExp(`Stated by the captain, on 15 March 2026 Counts until 14 March 2027 Document ${documentDigest}`),
    )
  })
})

suite('what differs between two definitions', () => {
  const before = { kind: 'proven', sentence: 'A.', probe: { says: 'It knocks.', code: 'sha256:1' }, sabotages: [] }
  test('code that was replaced is told apart from words that were', () => {
    assert.deepEqual(partsChanged(before, before), [])
    const code = { ...before, probe: { ...before.probe, code: 'sha256:2' } }
    assert.deepEqual(partsChanged(before, code), ['the code of its attack'])
    const says = { ...before, probe: { ...before.probe, says: 'It rings.' } }
    assert.deepEqual(partsChanged(before, says), ['what its attack does, in words'])
    const several = {
      kind: 'proven',
      sentence: 'B.',
      instruments: [{ name: 'x', says: 'y', code: 'sha256:1' }],
      surprise: 1,
    }
    assert.deepEqual(partsChanged(before, several), [
      'what its attack does, in words',
      'what is broken to try the attack',
      'its sentence',
    ])
    assert.deepEqual(codesOf(several), ['sha256:1'])
    assert.deepEqual(codesOf({ probe: 7 }), [])
  })
})
