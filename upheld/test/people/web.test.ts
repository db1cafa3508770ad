import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import { after, before, suite, test } from 'node:test'
import { isPublicAddress, openWeb } from '../../src/adapters/web/index.ts'
import { certify, testAuthority } from '../outside/certificate.ts'

const get = { method: 'GET', headers: {} }

suite('addresses that others name', () => {
  const authority = testAuthority()
  const { key, cert } = certify({ names: ['idp.example', 'localhost', '127.0.0.1'] }, authority)
  let answer: RequestListener = (_, response) => response.end('here')
  const server = createServer({ key, cert }, (request, response) => answer(request, response))
  let at = ''
  const open = (resolve: (host: string) => Promise<readonly string[]>, more = {}) =>
    openWeb(
      { ca: authority.cert, timeoutMs: 1_000, bytesMax: 10_000, dangerouslyAllowLoopback: true, ...more },
      { resolve },
    )
  const web = open(async () => ['127.0.0.1'])

  before(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(typeof address === 'object' && address !== null)
    at = `https://idp.example:${address.port}/x`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  test('R9: loopback, link-local, private, mapped, translated and reserved addresses are not public', () => {
    const inside = [
      ...[
        '127.0.0.1',
        '127.9.9.9',
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
        '169.254.169.254',
        '0.0.0.0',
      ],
      ...['100.64.0.1', '192.0.0.8', '198.18.0.1', '224.0.0.1', '255.255.255.255', '203.0.113.7'],
      ...[
        '::',
        '::1',
        '::ffff:8.8.8.8',
        '::ffff:7f00:1',
        '::127.0.0.1',
        '64:ff9b::7f00:1',
        '64:ff9b:1::1',
        'fe80::1',
        'fe80::1%lo',
      ],
      ...[
        'fc00::1',
        'fd00:ec2::254',
        'ff02::1',
        '2001:db8::1',
        '2002:7f00:1::1',
        '2001:0:1::1',
        '3fff::1',
        '2606:4700::1%eth0',
      ],
      ...['', 'localhost', '1.2.3', '0x7f.1', '::1 ', '8.8.8.8\0'],
    ]
    for (const address of inside) assert.equal(isPublicAddress(address), false, address)
    for (const address of ['8.8.8.8', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])
      assert.equal(isPublicAddress(address), true)
  })

  test('R9: whatever form an inner address takes, it is not called', async () => {
    const real = openWeb(
      {},
      { resolve: async host => (host === 'both.example' ? ['8.8.8.8', '10.0.0.1'] : ['127.0.0.1']) },
    )
    const refused = [
      'http://idp.example/',
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://[::1]/',
      'https://[::ffff:127.0.0.1]/',
      'https://8.8.8.8/',
      'https://localhost/',
      'https://inner.example/',
      'https://both.example/',
      'https://user@idp.example/',
      'https://user:word@idp.example/',
      'https://idp.example/#part',
      'https://idp.example/#',
      'file:///etc/passwd',
      'https://',
      '',
      `https://idp.example/${'a'.repeat(3_000)}`,
    ]
    for (const address of refused) {
      await assert.rejects(real.judge(address), { code: 'web.address_refused' }, address)
      await assert.rejects(real.call(address, get), { code: 'web.address_refused' }, address)
    }
  })

  test('R9: a redirect is an answer, and is not followed', async () => {
    let calls = 0
    answer = (_, response) => {
      calls++
      response.writeHead(302, { location: `${at}/elsewhere` }).end()
    }
    const response = await web.call(at, get)
    assert.equal(response.status, 302)
    assert.equal(calls, 1)
  })

  test('a name that is public when judged and inner when called is called where it was judged', async () => {
    let asked = 0
    const rebinding = openWeb(
      { timeoutMs: 300 },
      { resolve: async () => (asked++ === 0 ? ['8.8.8.8'] : ['127.0.0.1']) },
    )
    await rebinding.judge(at)
    await assert.rejects(rebinding.call(at, get), { code: 'web.address_refused' })
    assert.equal(asked, 2)
  })

  test('a certificate of another name, or of nobody whom we trust, ends the call', async () => {
    answer = (_, response) => response.end('here')
    await assert.rejects(web.call(at.replace('idp.example', 'other.example'), get), { code: 'web.unreachable' })
    await assert.rejects(
      openWeb({ dangerouslyAllowLoopback: true }, { resolve: async () => ['127.0.0.1'] }).call(at, get),
      { code: 'web.unreachable' },
    )
    assert.equal(await (await web.call(at, get)).text(), 'here')
  })

  test('an answer of 10 MB is left at the bound, one that never ends at its time', async () => {
    answer = (_, response) => response.end(Buffer.alloc(10_485_760))
    await assert.rejects(web.call(at, get), { code: 'web.too_big' })
    answer = (_, response) => response.write('never ')
    await assert.rejects(open(async () => ['127.0.0.1'], { timeoutMs: 200 }).call(at, get), { code: 'web.unreachable' })
  })
})
