import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { asking } from './sample/serving.ts'

const asked: string[] = []
const ask = asking({
  evidence: async path => {
    asked.push(path)
    if (path.startsWith('tile/'))
      return { bytes: Buffer.from(path), contentType: 'application/octet-stream', immutable: true }
    return { bytes: Buffer.from(path), contentType: 'text/plain; charset=utf-8', immutable: false }
  },
})

suite('files of the log', () => {
  const served = [
    ['checkpoint', 'text/plain; charset=utf-8', 'no-cache'],
    ['key', 'text/plain; charset=utf-8', 'no-cache'],
    ['bundle', 'text/plain; charset=utf-8', 'no-cache'],
    ['proof/12.tlog-proof', 'text/plain; charset=utf-8', 'no-cache'],
    ['tile/0/000', 'application/octet-stream', 'public, max-age=31536000, immutable'],
    ['tile/0/x001/067.p/255', 'application/octet-stream', 'public, max-age=31536000, immutable'],
    ['tile/entries/x001/x234/067', 'application/octet-stream', 'public, max-age=31536000, immutable'],
  ] as const
  for (const [path, type, cache] of served) {
    test(`${path} is served as the log gives it`, async () => {
      const response = await ask(`/security/evidence/${path}`)
      assert.equal(response.status, 200)
      assert.equal(await response.text(), path)
      assert.equal(response.headers.get('content-type'), type)
      assert.equal(response.headers.get('cache-control'), cache)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    })
  }
  const paths = [
    '..%2f..%2fkeys%2fevidence.key',
    '%2e%2e/keys',
    'tile/../../keys/evidence.key',
    'tile/0/..%2f000',
    'tile/0/000%00',
    'tile/64/000',
    'tile/00/000',
    'tile/0/0',
    'tile/0/1000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000/',
    'checkpoint/',
    'checkpoint%0a',
    'Checkpoint',
    'evidence.key',
    'head',
    'proof/-1.tlog-proof',
    'proof/01.tlog-proof',
    `tile/0/${'x000/'.repeat(6)}000`,
  ]
  for (const path of paths) {
    test(`${path} never reaches the log`, async () => {
      asked.length = 0
      const response = await ask(`/security/evidence/${path}`).catch(() => undefined)
      assert.deepEqual(asked, [])
      if (response !== undefined) assert.equal(response.status, 404)
    })
  }
  test('a file that the log does not have is a 404', async () => {
    assert.equal((await asking()('/security/evidence/tile/0/000')).status, 404)
  })
})
