import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import type { ClaimReport, TrustReport } from '../../../proof/claims/index.ts'
import { iso, provenClaim, reportOf, runOf } from '../sample/builders.ts'
import { samplePage } from '../sample/page.ts'
import { sampleReport } from '../sample/report.ts'
import { asking } from '../sample/serving.ts'
import { below, parsedXml, textOf, written } from '../../../../test/xml.ts'
import { shortened, widthOf } from './text-width.ts'

const ask = asking()

/** What a badge shows: the classes of its word, every text that is drawn, where it leads, and what is heard. */
async function badge(path: string, change: Parameters<typeof asking>[0] = {}) {
  const answer = await asking(change)(path)
  const root = parsedXml(await answer.text())
  const link = below(root, 'a')[0]
  const group = link === undefined ? undefined : below(link, 'g')[0]
  assert.ok(link !== undefined && group !== undefined)
  assert.equal(group.getAttribute('role'), 'img')
  assert.equal(group.getAttribute('aria-labelledby'), 't d')
  const [left, right] = below(group, 'text')
  assert.ok(left !== undefined && right !== undefined)
  return {
    answer,
    root,
    texts: [left, right],
    who: left.textContent,
    says: right.textContent ?? '',
    verdict: right.getAttribute('class'),
    href: link.getAttribute('href'),
    title: textOf(group, 'title'),
    describes: textOf(group, 'desc'),
  }
}

function one(of: ClaimReport): { report: () => Promise<TrustReport> } {
  return { report: async () => ({ ...sampleReport, claims: [of] }) }
}

suite('the badge of a claim', () => {
  const words = [
    ['isolation.rows', 'upheld', /^Upheld until 20 Nov 2026, 16:26 UTC$/],
    ['provider.certified', 'attested', /^Attested until 14 Mar 2027, 00:00 UTC$/],
    ['export.any-time', 'refuted', /^Refuted since 20 Nov 2026, 14:04 UTC$/],
    ['backups.restored', 'unproven', /^Unproven since /],
    ['audit.complete', 'unproven', /^Unproven$/],
    ['tls.only', 'planned', /^Planned$/],
    ['status.live', 'unproven', /^Withdrawn since /],
  ] as const
  for (const [id, verdict, says] of words) {
    test(`${id}: ${verdict}, in words, with whose it is and where the proof is`, async () => {
      const found = await badge(`/security/claims/${id}/badge.svg`)
      assert.equal(found.answer.status, 200)
      assert.equal(found.verdict, verdict)
      assert.match(found.says, says)
      assert.equal(found.who, `northwind-desk.example · ${id}`)
      assert.equal(found.href, `https://northwind-desk.example/security/claims/${id}`)
      assert.ok(found.title.includes(id) && found.title.includes(found.says))
      assert.ok(found.describes.includes(found.href))
      assert.equal((await ask(new URL(found.href).pathname)).status, 200)
    })
  }
  test('needs nothing from elsewhere, runs nothing, and its policy takes its own style alone', async () => {
    const { answer, root } = await badge('/security/claims/isolation.rows/badge.svg')
    assert.equal(answer.headers.get('content-type'), 'image/svg+xml; charset=utf-8')
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin')
    const digest = /style-src 'sha256-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1]
    const style = textOf(root, 'style')
    assert.equal(digest, createHash('sha256').update(style).digest('base64'))
    assert.match(style, /prefers-color-scheme:dark/)
    assert.doesNotMatch(style, /url\(|@import|@font-face/)
    assert.doesNotMatch(written(root), /<script|<image|<use|<foreignObject|\son\w+=/)
  })
  test('must be asked about before each use, so that a copy does not stay green', async () => {
    const path = '/security/claims/isolation.rows/badge.svg'
    const first = await ask(path)
    assert.equal(first.headers.get('cache-control'), 'no-cache')
    const etag = first.headers.get('etag') ?? ''
    assert.equal((await ask(path, { headers: { 'if-none-match': etag } })).status, 304)
    const broken = asking(
      one(reportOf(provenClaim('isolation.rows', 'A.'), { verdict: 'refuted', reason: 'refuted', note: '' })),
    )
    assert.equal((await broken(path, { headers: { 'if-none-match': etag } })).status, 200)
  })
  test('an unknown claim gets an image that says so, and not a good one', async () => {
    const { answer, says, verdict } = await badge('/security/claims/no.such/badge.svg')
    assert.equal(answer.status, 404)
    assert.deepEqual([says, verdict], ['No such claim', 'unproven'])
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  })
})

suite('a badge is never green without proof', () => {
  const claim = provenClaim('isolation.rows', 'Rows.')
  const held = { verdict: 'upheld', reason: 'held', since: iso(9_000_000), note: '' } as const
  const path = '/security/claims/isolation.rows/badge.svg'
  const lies: readonly (readonly [string, Partial<TrustReport>, ClaimReport])[] = [
    [
      'evidence that ran out',
      {},
      reportOf(claim, held, { lastRun: { record: runOf(claim, { expires_at: iso(1) }), index: 1 } }),
    ],
    ['no run', {}, reportOf(claim, held)],
    [
      'a record that does not hold',
      { recordFault: 'No.' },
      reportOf(claim, held, { lastRun: { record: runOf(claim), index: 1 } }),
    ],
    ['no checkpoint', { log: undefined }, reportOf(claim, held, { lastRun: { record: runOf(claim), index: 1 } })],
    [
      'a record that cannot be read any more',
      { unread: true },
      reportOf(claim, held, { lastRun: { record: runOf(claim), index: 1 } }),
    ],
  ]
  const page = { ...samplePage, sections: [{ title: 'A', sentences: [{ text: 'Rows.', claims: [claim.id] }] }] }
  for (const [name, change, of] of lies) {
    test(name, async () => {
      const report = async () => ({ ...sampleReport, claims: [of], ...change })
      for (const address of [path, '/security/badge.svg']) {
        const { verdict, says } = await badge(address, { report, page })
        assert.equal(verdict, 'unproven')
        assert.doesNotMatch(says, /^(Upheld|Attested|All|The one)/)
      }
    })
  }
})

suite('the badge of the page', () => {
  test('counts what stands, and is red while an attack comes through', async () => {
    const { says, verdict, who, href } = await badge('/security/badge.svg')
    assert.deepEqual([says, verdict], ['4 of 8 promises stand', 'refuted'])
    assert.equal(who, 'northwind-desk.example · security page')
    assert.equal(href, 'https://northwind-desk.example/security')
  })
  test('is green only while every sentence stands, until the first of them ends', async () => {
    const all = { ...samplePage, sections: samplePage.sections.slice(2) }
    const { says, verdict } = await badge('/security/badge.svg', { page: all })
    assert.deepEqual([says, verdict], ['The one promise stands until 20 Nov 2026, 16:26 UTC', 'upheld'])
  })
  test('a page without a sentence promises nothing', async () => {
    const { says, verdict } = await badge('/security/badge.svg', { page: { ...samplePage, sections: [] } })
    assert.deepEqual([says, verdict], ['0 of 0 promises stand', 'unproven'])
  })
})

suite('names of any kind', () => {
  const names = [
    'x.y',
    'm'.repeat(200),
    '"\'><script>]]>&lt;',
    '机密'.repeat(40),
    '\u202etsurt',
    '💥👩‍👩‍👧‍👦',
    'العربية',
    '\u0000\u0008',
  ]
  for (const name of names) {
    test(`${JSON.stringify(name.slice(0, 30))}: well formed, and set inside its box`, async () => {
      const of = reportOf(provenClaim(name, 'A.'), { verdict: 'refuted', reason: 'refuted', since: iso(0), note: '' })
      const { root, texts } = await badge(`/security/claims/${encodeURIComponent(name)}/badge.svg`, one(of))
      const width = Number(root.getAttribute('width'))
      const spans = texts.map(text => {
        const from = Number(text.getAttribute('x'))
        assert.equal(text.getAttribute('lengthAdjust'), 'spacingAndGlyphs')
        return { from, to: from + Number(text.getAttribute('textLength')) }
      })
      assert.ok(spans[0] !== undefined && spans[1] !== undefined)
      assert.ok(spans[0].from >= 0 && spans[0].to < spans[1].from && spans[1].to < width)
      assert.ok(width < 1_300, String(width))
      for (const { textContent } of texts) assert.doesNotMatch(textContent ?? '', /[\u202a-\u202e]/)
    })
  }
  test('a long name keeps its beginning and its end', () => {
    assert.equal(shortened('abcdefghij', 10), 'abcdefghij')
    assert.equal(shortened('abcdefghijk', 10), 'abc…fghijk')
    assert.ok(widthOf('mmmm', 12) > widthOf('iiii', 12))
    assert.equal(widthOf('👩‍👩‍👧‍👦', 10), 13)
  })
})
