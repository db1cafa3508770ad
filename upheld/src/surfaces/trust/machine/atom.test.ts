import type { Element } from '@xmldom/xmldom'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { TrustReport } from '../../../proof/claims/index.ts'
import { dayMs, iso, minuteMs, provenClaim, reportOf, sampleNowMs } from '../sample/builders.ts'
import { sampleReport } from '../sample/report.ts'
import { asking } from '../sample/serving.ts'
import { below, parsedXml, textOf, written } from '../../../../test/xml.ts'

const path = '/security/feed.atom'
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

async function read(report: TrustReport = sampleReport): Promise<Element> {
  const answer = await asking({ report: async () => report })(path)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/atom+xml; charset=utf-8')
  return parsedXml(await answer.text())
}

function assertAtom(feed: Element): Element[] {
  assert.equal(feed.namespaceURI, 'http://www.w3.org/2005/Atom')
  assert.equal(feed.nodeName, 'feed')
  const entries = below(feed, 'entry')
  for (const one of [feed, ...entries]) {
    assert.notEqual(textOf(one, 'id'), '')
    assert.ok(URL.canParse(textOf(one, 'id')))
    assert.notEqual(textOf(one, 'title'), '')
    assert.match(textOf(one, 'updated'), rfc3339)
    const alternates = below(one, 'link').filter(link => link.getAttribute('rel') === 'alternate')
    assert.equal(alternates.length, 1)
    assert.ok(alternates[0]?.getAttribute('href')?.startsWith('https://northwind-desk.example/security'))
  }
  const author = below(feed, 'author')[0]
  assert.ok(author !== undefined && textOf(author, 'name') !== '')
  const ids = entries.map(entry => textOf(entry, 'id'))
  assert.equal(new Set(ids).size, ids.length, 'no id stands for two entries')
  return entries
}

function told(entries: readonly Element[]): string[] {
  return entries.map(entry => `${below(entry, 'category')[0]?.getAttribute('term')} ${textOf(entry, 'updated')}`)
}

suite('the Atom feed, RFC 4287', () => {
  test('has what is required, with every red, every return, every lapse and every change, newest first', async () => {
    const feed = await read()
    const entries = assertAtom(feed)
    const said = told(entries)
    for (const one of [
      `refuted ${iso(130 * minuteMs)}`,
      `refuted ${iso(41 * dayMs + 22 * minuteMs)}`,
      `returned ${iso(41 * dayMs)}`,
      `lapsed ${iso(6 * 60 * minuteMs)}`,
      `lapsed ${iso(80 * 60 * minuteMs)}`,
      `proven_again ${iso(79 * 60 * minuteMs)}`,
      `withdrawn ${iso(9 * dayMs)}`,
      `changed ${iso(5 * dayMs)}`,
      `added ${iso(60 * dayMs)}`,
    ])
      assert.ok(said.includes(one), one)
    const times = entries.map(entry => textOf(entry, 'updated'))
    assert.deepEqual(times, times.toSorted().toReversed())
    assert.equal(textOf(feed, 'updated'), times[0])
    const self = below(feed, 'link').find(link => link.getAttribute('rel') === 'self')
    assert.equal(self?.getAttribute('href'), textOf(feed, 'id'))
  })
  test('is the same bytes when it is read again, also later and by another process', async () => {
    const first = await (await asking()(path)).text()
    const later = { now: () => new Date(sampleNowMs + 3 * dayMs), monotonicMs: () => 0 }
    assert.equal(await (await asking()(path)).text(), first)
    assert.equal(await (await asking({ clock: later })(path)).text(), first)
  })
  test('an entry keeps its id and its time when more comes', async () => {
    const [first] = sampleReport.claims
    assert.ok(first !== undefined)
    const red = { from: iso(minuteMs), indexFirst: 12_480, findings: [] }
    const more = { ...first, reds: [red, ...first.reds] }
    const before = assertAtom(await read()).map(entry => written(entry))
    const after = assertAtom(await read({ ...sampleReport, claims: [more, ...sampleReport.claims.slice(1)] }))
    assert.deepEqual(told(after)[0], `refuted ${iso(minuteMs)}`)
    assert.deepEqual(
      after.slice(1).map(entry => written(entry)),
      before,
    )
  })
  test('holds at most 100 entries, the newest', async () => {
    const reds = Array.from({ length: 300 }, (_, place) => ({
      from: iso(place * 60 * minuteMs),
      to: iso(place * 60 * minuteMs - minuteMs),
      indexFirst: 1_000 - place,
      findings: [],
    }))
    const of = reportOf(provenClaim('x.y', 'A.'), { verdict: 'upheld', reason: 'held', note: '' }, { reds })
    const entries = assertAtom(await read({ ...sampleReport, claims: [of] }))
    assert.equal(entries.length, 100)
    assert.equal(told(entries)[99], `refuted ${iso(49 * 60 * minuteMs)}`)
  })
})

suite('an Atom feed with hostile text', () => {
  const hostile = 'a]]>b <script>&amp; "\' \u0000\u0008\u001f\ufffe\ud800 💥 \u202eאבג العربية\r\n'
  test('is well formed, and says it as text', async () => {
    const finding = { attack: hostile, where: hostile, saw: hostile }
    const of = reportOf(
      provenClaim(`x.${hostile.toWellFormed()}`, hostile),
      { verdict: 'refuted', reason: 'refuted', note: hostile },
      { reds: [{ from: hostile, to: hostile, indexFirst: 1, findings: [finding] }] },
    )
    const entries = assertAtom(await read({ ...sampleReport, service: hostile, claims: [of] }))
    const red = entries.find(entry => textOf(entry, 'title').startsWith('Refuted'))
    assert.ok(red !== undefined)
    const content = textOf(red, 'content')
    for (const part of ['a]]>b <script>&amp; "\'', '💥', 'العربية', 'אבג']) assert.ok(content.includes(part), part)
    assert.doesNotMatch(content, /[\u0000\u0008\u202e]/)
  })
})

suite('an Atom feed while the record is of no use', () => {
  test('says that it does not hold, in an entry, and shows none of it', async () => {
    const entries = assertAtom(await read({ ...sampleReport, recordFault: 'Run 12 is missing.' }))
    assert.deepEqual(told(entries), [`notice ${iso(0).slice(0, 10)}T00:00:00.000Z`])
    assert.match(entries[0]?.textContent ?? '', /Run 12 is missing/)
  })
  test('before the first checkpoint it is a feed that says so', async () => {
    assert.match(
      assertAtom(await read({ ...sampleReport, log: undefined }))[0]?.textContent ?? '',
      /no signed checkpoint/,
    )
  })
})
