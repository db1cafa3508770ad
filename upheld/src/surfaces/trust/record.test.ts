import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { changesOf, changeTypes, readPage, recordOf } from './record.ts'
import { sampleRecord } from './sample/report.ts'
import { asking } from './sample/serving.ts'

suite('paging through the record', () => {
  test('shows every entry once, newest first, and ends', async () => {
    const seen: number[] = []
    for (let before: number | undefined; ;) {
      const page = await readPage(sampleRecord, { limit: 7, ...(before === undefined ? {} : { before }) })
      seen.push(...page.entries.map(entry => entry.index))
      if (page.older === undefined) break
      before = page.older
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 80 }, (_, place) => 79 - place),
    )
  })
  test('an index beyond the log starts at its end', async () => {
    assert.equal((await readPage(sampleRecord, { limit: 1, before: 1_000_000 })).entries[0]?.index, 79)
  })
  test('the pages link to the older ones', async () => {
    const html = await (await asking()('/security/evidence')).text()
    const older = /href="(\/security\/evidence\?before=\d+)#entries"/.exec(html)?.[1] ?? ''
    const next = await (await asking()(older)).text()
    assert.match(next, /id="entry-29"/)
    assert.doesNotMatch(next, /Older entries/)
  })
})

suite('changes', () => {
  test('are told apart: added, changed, withdrawn, also across the edge of a page', async () => {
    const newest = await readPage(sampleRecord, { types: changeTypes, limit: 2 })
    const changes = await changesOf(newest, sampleRecord)
    assert.deepEqual(
      changes.map(change => [change.claim, change.kind]),
      [
        ['isolation.rows', 'changed'],
        ['status.live', 'withdrawn'],
      ],
    )
    assert.equal(changes[1]?.sentence, 'Our status page is never more than a minute behind.')
    const rest = await changesOf(
      await readPage(sampleRecord, { types: changeTypes, before: 78, limit: 50 }),
      sampleRecord,
    )
    assert.deepEqual(new Set(rest.map(change => change.kind)), new Set(['added']))
  })
  test('an entry of an unknown kind keeps its line', async () => {
    const record = recordOf(async () => [{ value: { type: 'somebody/else@v1' } }])
    assert.match(
      await (await asking({ record })('/security/evidence')).text(),
      /id="entry-0".*of a kind that this page does not know/s,
    )
  })
  test('an empty history says so', async () => {
    const html = await (await asking({ record: async () => [] })('/security/history')).text()
    assert.match(html, /The log holds no change here/)
  })
})
