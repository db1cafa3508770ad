import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { addressThrough, startServer } from './index.ts'

const ours = addressThrough(['127.0.0.1', '10.0.0.0/8', '2001:db8:1::/48'])

suite('who asks, behind a proxy', () => {
  const asked: readonly (readonly [attack: string, peer: string, forwarded: string | null, address: string])[] = [
    ['the connection alone', '203.0.113.7', null, '203.0.113.7'],
    ['a header that somebody wrote who is no proxy of ours', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['the address of a proxy of ours, written by somebody else', '203.0.113.7', '10.0.0.1', '203.0.113.7'],
    ['what our proxy wrote', '127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['one more in front of what our proxy wrote', '127.0.0.1', '192.0.2.66, 198.51.100.1', '198.51.100.1'],
    ['proxies of ours in front of what our proxy wrote', '127.0.0.1', '10.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['two proxies of ours', '127.0.0.1', '192.0.2.66, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['proxies of ours and nobody else', '127.0.0.1', '10.0.0.2, 10.0.0.3', '10.0.0.2'],
    ['no header from our proxy', '127.0.0.1', null, '127.0.0.1'],
    ['an empty header', '127.0.0.1', '', '127.0.0.1'],
    ['a word', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['a word behind an address', '127.0.0.1', '198.51.100.1, unknown', '127.0.0.1'],
    ['a word behind what our second proxy wrote', '127.0.0.1', 'garbage, 10.0.0.2', '10.0.0.2'],
    ['a comma at the end', '127.0.0.1', '198.51.100.1,', '127.0.0.1'],
    ['numbers that are too large', '127.0.0.1', '300.1.1.1', '127.0.0.1'],
    ['numbers of a base that another reader takes for one', '127.0.0.1', '0x7f.1, 017.0.0.1', '127.0.0.1'],
    ['a script', '127.0.0.1', '<script>alert(1)</script>', '127.0.0.1'],
    ['a text without end', '127.0.0.1', '1'.repeat(8000), '127.0.0.1'],
    ['a port behind the address', '127.0.0.1', '198.51.100.1:50123', '198.51.100.1'],
    ['IPv6', '127.0.0.1', '2001:db8:9::1', '2001:db8:9::1'],
    ['IPv6 in brackets, with a port', '127.0.0.1', '[2001:db8:9::1]:443', '2001:db8:9::1'],
    ['IPv6 through a proxy of ours', '2001:db8:1::5', '2001:DB8:9::1', '2001:db8:9::1'],
    ['a proxy of ours as a mapped address', '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the same in hexadecimal', '::ffff:7f00:1', '198.51.100.1', '198.51.100.1'],
    ['a mapped address of a visitor', '127.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['somebody else who is mapped', '::ffff:203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['a proxy of ours in the middle, mapped', '127.0.0.1', '198.51.100.1, ::ffff:10.0.0.2', '198.51.100.1'],
    ['a neighbor of a proxy of ours', '127.0.0.2', '198.51.100.1', '127.0.0.2'],
    ['nobody', '', '198.51.100.1', ''],
  ]
  for (const [attack, peer, forwarded, address] of asked) {
    test(attack, () => assert.equal(ours(peer, forwarded), address))
  }

  test('a chain longer than any real one is believed no further', () => {
    const chain = ['198.51.100.1', ...Array.from({ length: 100 }, (_, at) => `10.0.1.${at}`)].join(',')
    assert.equal(ours('127.0.0.1', chain), '10.0.1.68')
  })

  test('nobody is believed unless told, and an address stays as the connection gave it', () => {
    const nobody = addressThrough([])
    assert.equal(nobody('127.0.0.1', '198.51.100.1'), '127.0.0.1')
    assert.equal(nobody('::ffff:127.0.0.1', '198.51.100.1'), '::ffff:127.0.0.1')
  })

  for (const all of ['0.0.0.0/0', '::/0', '*', '', 'proxy.example', '10.0.0.0/33', '10.0.0/8', '1.2.3.4-1.2.3.9'])
    test(`${JSON.stringify(all)} is no proxy to be trusted`, () => {
      assert.throws(() => addressThrough(['127.0.0.1', all]), { code: 'server.bad_proxy' })
    })
})

suite('on a socket', () => {
  async function heard(trustedProxies: readonly string[], headers: readonly (readonly [string, string])[]) {
    const server = await startServer({
      host: '127.0.0.1',
      port: 0,
      whenTaken: 'refuse',
      trustedProxies,
      handle: (_, { address }) => new Response(address),
      onFailure: () => undefined,
    })
    try {
      return await (await fetch(server.origin, { headers: headers.map(([name, value]) => [name, value]) })).text()
    } finally {
      await server.close()
    }
  }

  test('a proxy that is not trusted writes what it likes', async () => {
    assert.equal(await heard(['10.0.0.0/8'], [['x-forwarded-for', '198.51.100.1']]), '127.0.0.1')
  })

  test('of several headers the last one counts, which is the one of our proxy', async () => {
    const headers = [
      ['X-Forwarded-For', '192.0.2.66'],
      ['x-forwarded-for', '198.51.100.1'],
      ['forwarded', 'for=192.0.2.77'],
      ['x-real-ip', '192.0.2.88'],
    ] as const
    assert.equal(await heard(['127.0.0.1'], headers), '198.51.100.1')
  })

  test('a server does not start with a proxy that is none', async () => {
    await assert.rejects(heard(['everybody'], []), { code: 'server.bad_proxy' })
  })
})
