import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { SecurityTxtSource } from '../../proof/claims/index.ts'
import { dayMs, iso, sampleNowMs } from './sample/builders.ts'
import { samplePage } from './sample/page.ts'
import { checkSecurityTxt, securityTxt, securityTxtState, securityTxtWarning } from './security-txt.ts'
import { asking, sampleSurface } from './sample/serving.ts'

/** Fields by the grammar of section 4: no space before the colon, one behind it, every line ended, nothing beyond ASCII. */
function fields(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  assert.match(text, /^([\x20-\x7e]+\n)+$/)
  for (const line of text
    .trimEnd()
    .split('\n')
    .filter(line => !line.startsWith('#'))) {
    const [, name = '', value = ''] = /^([A-Z][A-Za-z-]+): (\S.*)$/.exec(line) ?? []
    assert.notEqual(name, '', `not a field: ${line}`)
    found.set(name, [...(found.get(name) ?? []), value])
  }
  return found
}

const known = [
  'Acknowledgments',
  'Canonical',
  'Contact',
  'Encryption',
  'Expires',
  'Hiring',
  'Policy',
  'Preferred-Languages',
]

suite('security.txt, RFC 9116', () => {
  test('has what is required, once where once is required, as plain text in UTF-8', async () => {
    const response = await asking()('/.well-known/security.txt')
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
    const found = fields(await response.text())
    assert.deepEqual(found.get('Contact'), ['mailto:security@northwind-desk.example'])
    assert.deepEqual(found.get('Canonical'), ['https://northwind-desk.example/.well-known/security.txt'])
    assert.deepEqual(found.get('Policy'), ['https://northwind-desk.example/security'])
    assert.deepEqual(found.get('Preferred-Languages'), ['en'])
    assert.equal(found.get('Expires')?.length, 1)
  })
  test('expires in the future, and in less than a year', async () => {
    const found = fields(await (await asking()('/.well-known/security.txt')).text())
    const ahead = Date.parse(found.get('Expires')?.[0] ?? '') - sampleNowMs
    assert.ok(ahead > 30 * dayMs && ahead < 365 * dayMs)
  })
  test('names no address without TLS as canonical', () => {
    const text = securityTxt(samplePage, 'http://127.0.0.1:4180', sampleNowMs)
    assert.deepEqual([...fields(text).keys()], ['Contact', 'Expires', 'Preferred-Languages'])
  })
})

suite('fields of security.txt that the page gives', () => {
  const all: SecurityTxtSource = {
    expires: iso(-200 * dayMs),
    acknowledgments: ['https://northwind-desk.example/thanks'],
    encryption: ['https://northwind-desk.example/key.asc', 'dns:5d2d37ab76d47d36._openpgpkey.example?type=OPENPGPKEY'],
    hiring: ['https://northwind-desk.example/jobs'],
    languages: ['de', 'en-GB'],
  }
  test('are all in the file, each by its name', async () => {
    const answer = await asking({ page: { ...samplePage, securityTxt: all } })('/.well-known/security.txt')
    const found = fields(await answer.text())
    assert.deepEqual([...found.keys()].toSorted(), known)
    assert.deepEqual(found.get('Expires'), [iso(-200 * dayMs)])
    assert.deepEqual(found.get('Preferred-Languages'), ['de, en-GB'])
    assert.equal(found.get('Encryption')?.length, 2)
  })
  const wrong: readonly (readonly [string, SecurityTxtSource])[] = [
    ['a date that is none', { expires: '2027-06-30' }],
    ['a day that is none', { expires: '2027-02-30T25:00:00Z' }],
    ['more than a year', { expires: iso(-400 * dayMs) }],
    ['a line of its own', { hiring: ['https://a.example/\nContact: mailto:b@c.example'] }],
    ['plain http', { acknowledgments: ['http://a.example/'] }],
    ['a key in place of its address', { encryption: ['-----BEGIN PGP PUBLIC KEY BLOCK-----'] }],
    ['a language that is none', { languages: ['en', 'all of them'] }],
    ['no language', { languages: [] }],
  ]
  for (const [name, source] of wrong) {
    test(`refused at the start: ${name}`, () => {
      const page = { ...samplePage, securityTxt: source }
      assert.throws(() => checkSecurityTxt(page, sampleNowMs), { code: 'trust.bad_security_txt' })
      assert.throws(() => sampleSurface({ page }), { code: 'trust.bad_security_txt' })
    })
  }
})

suite('security.txt runs out', () => {
  const until = (days: number) => ({ ...samplePage, securityTxt: { expires: iso(-days * dayMs) } })
  test('the operator hears of it for 30 days before, and after', () => {
    assert.equal(securityTxtWarning(until(31), sampleNowMs), undefined)
    assert.match(securityTxtWarning(until(30), sampleNowMs) ?? '', /runs out on 2026-12-20\. Check its contact/)
    assert.match(securityTxtWarning(until(0), sampleNowMs) ?? '', /ran out on 2026-11-20/)
    assert.equal(securityTxtWarning(samplePage, sampleNowMs), undefined, 'without a date it moves on by itself')
  })
  test('page and feed say so, the file keeps its date, and everything else goes on', async () => {
    const page = until(-3)
    const ask = asking({ page })
    assert.match(await (await ask('/security')).text(), /<strong>ran out<\/strong> on .*17 November 2026/)
    const feed: unknown = await (await ask('/security/feed.json')).json()
    assert.deepEqual(Reflect.get(Object(feed), 'security_txt'), { expires: iso(3 * dayMs), state: 'expired' })
    assert.match(await (await ask('/.well-known/security.txt')).text(), /^Expires: 2026-11-17T/m)
    assert.equal(securityTxtState(until(20), sampleNowMs).state, 'expiring')
    assert.doesNotMatch(await (await asking()('/security')).text(), /ran out/)
  })
})
