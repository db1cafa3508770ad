import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { sampleClock, sampleNowMs } from './sample/builders.ts'
import { samplePage } from './sample/page.ts'
import { securityTxt } from './security-txt.ts'
import { asking } from './sample/serving.ts'

const dayMs = 24 * 60 * 60 * 1000

function fields(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of text.split('\n').filter(line => line !== '' && !line.startsWith('#'))) {
    const [, name = '', value = ''] = /^([A-Za-z-]+): (\S.*)$/.exec(line) ?? []
    assert.notEqual(name, '', `not a field: ${line}`)
    found.set(name, [...(found.get(name) ?? []), value])
  }
  return found
}

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
    const text = securityTxt({ contact: samplePage.contact, origin: 'http://127.0.0.1:4180', clock: sampleClock })
    assert.deepEqual([...fields(text).keys()], ['Contact', 'Expires', 'Preferred-Languages'])
  })
})
