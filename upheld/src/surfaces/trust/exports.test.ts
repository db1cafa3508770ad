import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { exported, formats, openFormats } from '../../proof/exports/index.ts'
import { exportFiles } from './exports.ts'
import { sampleReport } from './sample/report.ts'
import { asking } from './sample/serving.ts'

const ask = asking()

suite('exports of the page', () => {
  for (const format of openFormats) {
    test(`${format} is served under the name that other files call it by, to any origin`, async () => {
      const { file, media } = formats[format]
      const response = await ask(`/security/exports/${file}`)
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('content-type'), media)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      assert.equal(await response.text(), exported(format, sampleReport))
      const etag = response.headers.get('etag') ?? ''
      const again = await ask(`/security/exports/${file}`, { headers: { 'if-none-match': etag } })
      assert.equal(again.status, 304)
    })
  }

  test('the page on checking for oneself links to each of them', async () => {
    const page = await (await ask('/security/verify')).text()
    assert.equal(exportFiles.length, openFormats.length)
    for (const file of exportFiles) assert.ok(page.includes(`href="/security/exports/${file}"`), file)
  })

  test('a file that is none is not found', async () => {
    for (const name of ['in-toto', 'caiq.xlsx', 'oscal', '..%2Ffeed.json', ''])
      assert.equal((await ask(`/security/exports/${name}`)).status, 404, name)
  })

  test('a report that promises what its evidence does not carry is taken back here as on the page', async () => {
    const stale = asking({ report: async () => ({ ...sampleReport, recordFault: 'Run 2 is gone.' }) })
    const text = await (await stale(`/security/exports/${formats.cyclonedx.file}`)).text()
    assert.doesNotMatch(text, /"score": 1\b/)
    assert.ok(text.includes('Run 2 is gone.'))
  })
})
