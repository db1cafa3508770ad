import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PageSource } from './index.ts'
import {
  plannedClaims,
  publishedPage,
  type ClaimReport,
  type PublishedSentence,
  type Standing,
  type TrustReport,
} from './index.ts'

function page(...sentences: PageSource['sections'][number]['sentences']): PageSource {
  return {
    title: 'Security',
    lede: 'What we promise.',
    contact: 'mailto:security@example.com',
    sections: [{ title: 'Your data', sentences }],
  }
}

function reportWith(standings: Readonly<Record<string, Standing>>): TrustReport {
  const claims = plannedClaims.map((claim): ClaimReport => {
    const standing = standings[claim.id] ?? { verdict: 'planned', reason: 'planned', note: '' }
    return { claim, digest: '', standing, runsTotal: 0, days: [], reds: [] }
  })
  return { service: 'A house', at: '2026-11-20T12:00:00.000Z', claims, log: undefined }
}

function publish(claims: readonly string[], standings: Readonly<Record<string, Standing>>): PublishedSentence {
  const published = publishedPage(page({ text: 'Yours alone.', claims }), reportWith(standings))
  const [sentence] = published.sections[0]?.sentences ?? []
  assert.ok(sentence)
  return sentence
}

const upheld: Standing = { verdict: 'upheld', reason: 'held', note: '' }
const attested: Standing = { verdict: 'attested', reason: 'attested', note: '' }
const since = '2026-11-20T09:05:00.000Z'
const refuted: Standing = { verdict: 'refuted', reason: 'refuted', since, note: '' }
const expired: Standing = { verdict: 'unproven', reason: 'expired', since, note: '' }

suite('rules 6 and 7: what a sentence may say', () => {
  test('it is published while all its claims are upheld or attested', () => {
    const sentence = publish(['isolation.rows', 'provider.certified'], {
      'isolation.rows': upheld,
      'provider.certified': attested,
    })
    assert.deepEqual([sentence.published, sentence.instead], [true, ''])
  })

  test('one claim that is not takes it off, and the page says since when and because of what', () => {
    const sentence = publish(['isolation.rows', 'isolation.routes'], {
      'isolation.rows': upheld,
      'isolation.routes': expired,
    })
    assert.deepEqual(
      [sentence.published, sentence.instead],
      [
        false,
        'This cannot be proven now, since 20 November 2026, 09:05 UTC, because the newest evidence is too old (isolation.routes).',
      ],
    )
  })

  test('an attack that came through is named before a doubt', () => {
    const standings = { 'isolation.rows': expired, 'isolation.routes': refuted }
    const { instead } = publish(['isolation.rows', 'isolation.routes'], standings)
    assert.match(instead, /because an attack came through \(isolation\.routes\)/)
  })

  test('a plan is never a promise', () => {
    const sentence = publish(['isolation.rows', 'tls.only'], { 'isolation.rows': upheld })
    assert.deepEqual(
      [sentence.published, sentence.instead],
      [false, 'This is planned. It is not in place yet, so it is not promised.'],
    )
  })

  for (const [name, claims] of [
    ['no claim', []],
    ['a claim that nobody knows', ['isolation.rowz']],
  ] as const) {
    test(`a sentence on ${name} is not published, even when the page was never checked`, () => {
      assert.equal(publish(claims, {}).published, false)
    })
  }
})
