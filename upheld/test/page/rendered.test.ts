import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { application as desk } from '../../../desk/upheld.ts'
import { catalogueWith, type Claim, type ClaimReport } from '../../src/proof/claims/index.ts'
import { checkSource, pageKinds, pageTemplate, readSource } from '../../src/proof/page/index.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { reportOf, runOf } from '../../src/surfaces/trust/sample/builders.ts'
import { sampleReport } from '../../src/surfaces/trust/sample/report.ts'
import { asking } from '../../src/surfaces/trust/sample/serving.ts'

// Sources as they become pages: everything that is proven holds here, the rest is planned.

const claims = catalogueWith(provenClaims)

function reported(claim: Claim): ClaimReport {
  if (claim.kind !== 'proven') return reportOf(claim, { verdict: 'planned', reason: 'planned', note: '' })
  const of = reportOf(claim, { verdict: 'upheld', reason: 'held', note: '' })
  return { ...of, lastRun: { index: 7, record: runOf(claim, { claim_digest: of.digest }) } }
}

async function rendered(source: Buffer) {
  const checked = checkSource(source, claims)
  assert.deepEqual(checked.problems, [])
  const report = async () => ({ ...sampleReport, claims: claims.map(reported) })
  const answer = await asking({ report, page: checked.page })('/security')
  assert.equal(answer.status, 200)
  const body = await answer.text()
  const said = [...body.matchAll(/<p class="sentence"[^>]*>([^<]*)<\/p>/g)].map(([, text = '']) => text)
  return { ...checked, body, said }
}

suite('a page renders from its source', () => {
  const sources = [
    ['the desk', readSource(desk.page)],
    ...pageKinds.map(kind => [`the template ${kind}`, pageTemplate(kind)] as const),
  ] as const
  for (const [name, source] of sources) {
    test(`${name}: each promise once, what waits not at all, and every plan in the catalogue’s words`, async () => {
      const { page, heldBack, body, said } = await rendered(source)
      assert.deepEqual(
        said,
        page.sections.flatMap(({ sentences }) => sentences.map(({ text }) => text)),
      )
      assert.ok(said.length > 0)
      const coming = body.slice(body.indexOf('What we are working on'))
      for (const claim of claims.filter(({ kind }) => kind === 'planned')) {
        assert.ok(coming.includes(`data-claim="${claim.id}" data-verdict="planned"`), claim.id)
        assert.ok(coming.includes(claim.sentence), claim.sentence)
      }
      const words = new Set(claims.map(({ sentence }) => sentence))
      for (const { text } of heldBack.filter(one => !words.has(one.text))) assert.ok(!body.includes(text), text)
    })
  }

  test('the page shows of each claim what its population is, and whether that is the whole', async () => {
    const { body } = await rendered(readSource(desk.page))
    for (const { population, extent } of provenClaims)
      assert.ok(body.includes(`${extent === 'whole' ? 'The whole' : 'A part'}: ${population}`), population)
  })

  test('a note is labeled by the page, its links lead where they say, and right-to-left text finds its direction', async () => {
    const source = `# Security\n\n> **Contact:** <mailto:a@house.example>\n\n## שורות\n\n[השורות נשארות כאן.](claim:isolation.rows)\n\n> **Note:** See [a & b](/status?a=1&b="2) <mailto:c@house.example>\n`
    const { body } = await rendered(Buffer.from(source))
    assert.match(body, /<h2 dir="auto">שורות<\/h2>/)
    assert.match(body, /<p class="sentence" dir="auto">השורות נשארות כאן\.<\/p>/)
    const note = /<p class="aside remark" dir="auto">([\s\S]*?)<\/p>/.exec(body)?.[1] ?? ''
    assert.match(note, /A note, not a promise:<\/b>\s+See /)
    assert.match(note, /<a href="\/status\?a=1&amp;b=&quot;2">a &amp; b<\/a>/)
    assert.match(note, /<a href="mailto:c@house\.example">/)
  })
})
