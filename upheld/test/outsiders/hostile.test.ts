import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, suite, test } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { UpheldError } from '../../src/core/errors.ts'
import {
  contractOf,
  contractDigest,
  fetchContract,
  openLine,
  outsiderPaths,
  parseLimits,
  type Contract,
  type ServiceLine,
} from '../../src/proof/outsiders/index.ts'
import { readGrant } from '../../src/proof/outsiders/grant.ts'
import { takeOrganizations } from '../../src/proof/outsiders/service.ts'
import { certify, testAuthority } from '../outside/certificate.ts'

type Answering = (request: IncomingMessage, response: ServerResponse, origin: string) => void

const signal = new AbortController().signal

suite('a hostile service', () => {
  const open: Server[] = []
  after(() => {
    for (const server of open) {
      server.closeAllConnections()
      server.close()
    }
  })

  function listen(answering: Answering): Promise<string> {
    const server = createServer((request, response) => answering(request, response, originOf(server)))
    open.push(server)
    return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(originOf(server))))
  }
  function originOf(server: Server): string {
    const address = server.address()
    return `http://127.0.0.1:${isBound(address) ? address.port : 0}`
  }
  const lineTo = (origin: string): ServiceLine => openLine(origin, { clock: systemClock, signal, answerSecs: 1 })
  const contractAt = (origin: string): Contract =>
    contractOf({ service: 'Evil', origin, contact: 'mailto:evil@evil.example', limits: parseLimits({}) })
  const says = (body: (origin: string) => unknown): Promise<string> =>
    listen((_, response, origin) => {
      response.setHeader('content-type', 'application/json')
      const said = body(origin)
      response.end(typeof said === 'string' ? said : JSON.stringify(said))
    })
  const refused = async (origin: string, code: string): Promise<UpheldError> => {
    const thrown: unknown = await fetchContract(lineTo(origin)).then(
      () => assert.fail(`${code} was expected`),
      (failed: unknown) => failed,
    )
    assert.ok(thrown instanceof UpheldError, String(thrown))
    assert.equal(thrown.code, code)
    assert.ok(!/[\u0000-\u001f\u007f-\u009f]/.test(thrown.message), 'one line of plain text')
    assert.ok(thrown.message.length < 400)
    return thrown
  }

  test('an endless body ends in one error, after as many bytes as a contract may have', async () => {
    let sent = 0
    const origin = await listen((_, response) => {
      const pour = (): void => {
        while (!response.destroyed && sent < 50_000_000) {
          sent += 16_384
          if (!response.write('x'.repeat(16_384))) return void response.once('drain', pour)
        }
      }
      pour()
    })
    await refused(origin, 'outsiders.too_big')
    assert.ok(sent < 50_000_000)
  })

  test('a body that comes a byte at a time, and one that never comes', async () => {
    const slow = await listen((_, response) => {
      const drip = setInterval(() => void response.write(' '), 100)
      response.on('close', () => clearInterval(drip))
    })
    await refused(slow, 'outsiders.too_slow')
    await refused(await listen(() => undefined), 'outsiders.too_slow')
  })

  test('a redirect elsewhere, or in a loop, is not followed', async () => {
    let met = 0
    const other = await listen((_, response) => {
      met += 1
      response.end('{}')
    })
    const asked: string[] = []
    const origin = await listen((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(302, { location: `${other}${outsiderPaths.contract}` }).end()
    })
    await refused(origin, 'outsiders.led_elsewhere')
    const loop = await listen(
      (request, response) => void response.writeHead(307, { location: request.url ?? '/' }).end(),
    )
    await refused(loop, 'outsiders.led_elsewhere')
    assert.deepEqual([met, asked.length], [0, 1])
  })

  test('a contract that is huge, no JSON, of another schema, of another place, or that raises a limit', async () => {
    const words = (origin: string) => ({
      ...contractAt(origin),
      outsider_agrees: Array<string>(20).fill('x'.repeat(5_000)),
    })
    await refused(await says(words), 'outsiders.too_big')
    for (const body of ['', '<html>', '[]', '{"type":"upheld/feed@v1"}'])
      await refused(await says(() => body), 'outsiders.bad_contract')
    await refused(await says(() => contractAt('https://bank.example')), 'outsiders.bad_contract')
    const limits = { ...parseLimits({}), requests_per_run: 1_000_000 }
    await refused(await says(origin => ({ ...contractAt(origin), limits })), 'outsiders.bad_contract')
    await refused(await says(origin => ({ ...contractAt(origin), surprise: 1 })), 'outsiders.bad_contract')
  })

  test('texts with escape sequences, line breaks or turned letters are refused, and not printed', async () => {
    for (const text of ['\u001b[2J\u001b[31mAll is well', 'one\ntwo', '\u202egnol', 'bell\u0007', '\u009b31m'])
      await refused(await says(origin => ({ ...contractAt(origin), service: text })), 'outsiders.bad_contract')
  })

  test('404 says that nobody is let in; 500 and a refusal name their code alone', async () => {
    const closed = await listen((_, response) => void response.writeHead(404).end('\u001b[2J'))
    await refused(closed, 'outsiders.no_outsiders')
    const broken = await listen(
      (_, response) => void response.writeHead(500).end('{"error":{"code":"evil.\u001b[2J"}}'),
    )
    await refused(broken, 'outsiders.refused')
  })

  test('nobody there, a connection that is cut, an answer that is no HTTP', async () => {
    await refused('http://127.0.0.1:1', 'outsiders.unreachable')
    await refused(await listen(request => void request.socket.destroy()), 'outsiders.unreachable')
    await refused(await listen(request => void request.socket.end('SSH-2.0-evil\r\n')), 'outsiders.unreachable')
  })

  test('only an origin is taken, and only https but for this machine', () => {
    for (const service of [
      'http://desk.example',
      'https://desk.example/path',
      'https://user:pw@desk.example',
      'ftp://desk.example',
      'desk.example',
      '',
      'http://127.0.0.1.evil.example',
      'https://desk.example?x',
      'file:///etc/passwd',
    ])
      // prettier-ignore
      assert.throws(() => openLine(service, { clock: systemClock, signal }), { code: 'outsiders.bad_origin' }, service)
    for (const service of ['https://desk.example', 'https://desk.example/', 'http://localhost:4180', 'http://[::1]:1'])
      assert.equal(typeof openLine(service, { clock: systemClock, signal }).ask, 'function')
  })

  test('a certificate that nobody vouches for ends it before anything is sent; one that is trusted does not', async () => {
    const authority = testAuthority()
    const made = certify({ names: ['localhost', '127.0.0.1'] }, authority)
    let asked = 0
    const server = createSecureServer({ key: made.key, cert: made.cert }, (_, response) => {
      asked += 1
      response.writeHead(404).end()
    })
    await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
    try {
      const address = server.address()
      const origin = `https://localhost:${isBound(address) ? address.port : 0}`
      await refused(origin, 'outsiders.bad_tls')
      assert.equal(asked, 0)
      const trusted = openLine(origin, { clock: systemClock, signal, ca: authority.cert })
      await assert.rejects(fetchContract(trusted), { code: 'outsiders.no_outsiders' })
      assert.equal(asked, 1)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })

  test('what is handed out names no other host, no other header, and no route without end', () => {
    const side = {
      organization: '7e1f0000-0000-4000-8000-00000000000a',
      mark: 'canary0123456789ab',
      ids: { contact: 'one' },
      roles: { key: { headers: { authorization: 'Bearer x' } } },
    }
    const route = { method: 'GET', path: '/contacts', roles: ['key'] }
    const grant = {
      type: 'upheld/outsiders-grant@v1',
      id: '7e1f0000-0000-4000-8000-00000000000b',
      token: 'a'.repeat(43),
      contract: `sha256:${'0'.repeat(64)}`,
      expires_at: '2026-01-01T00:00:00.000Z',
      sign_out: '/sign-out',
      routes: [route],
      a: side,
      b: side,
    }
    assert.equal(readGrant(JSON.stringify(grant)).routes.length, 1)
    const withHeaders = (headers: object) => ({ ...side, roles: { key: { headers } } })
    const bad: readonly object[] = [
      { routes: [{ ...route, path: '//evil.example/x' }] },
      { routes: [{ ...route, path: '/\\evil.example' }] },
      { routes: [{ ...route, path: 'http://evil.example/' }] },
      { routes: [{ ...route, path: '/x\r\nHost: evil.example' }] },
      { routes: [{ ...route, method: 'CONNECT' }] },
      { routes: [{ ...route, headers: { host: 'evil.example' } }] },
      { routes: Array(501).fill(route) },
      { routes: [] },
      { sign_out: '//evil.example' },
      { a: withHeaders({ host: 'evil.example' }) },
      { a: withHeaders({ 'transfer-encoding': 'chunked' }) },
      { a: withHeaders({ cookie: 'a=b\r\nx: y' }) },
      { token: '../../etc' },
      { more: 1 },
    ]
    for (const change of bad)
      assert.throws(
        () => readGrant(JSON.stringify({ ...grant, ...change })),
        { code: 'outsiders.bad_answer' },
        JSON.stringify(change).slice(0, 80),
      )
  })

  test('a service that answers to another contract than was agreed to is not attacked', async () => {
    const origin = await listen(
      (_, response) => void response.writeHead(409).end('{"error":{"code":"probing.other_contract"}}'),
    )
    await assert.rejects(takeOrganizations(lineTo(origin), contractDigest(contractAt(origin))), {
      code: 'outsiders.other_contract',
    })
  })

  test('a client that has used up its requests asks no more', async () => {
    let met = 0
    const origin = await listen((_, response) => {
      met += 1
      response.end('{}')
    })
    const line = lineTo(origin)
    line.bound({ requestsMax: 3, perMinute: 100 })
    for (let at = 0; at < 3; at += 1) await line.ask({ method: 'GET', target: '/', headers: {} })
    await assert.rejects(line.ask({ method: 'GET', target: '/', headers: {} }), { code: 'outsiders.spent' })
    assert.equal(met, 3)
  })
})

function isBound(address: ReturnType<Server['address']>): address is AddressInfo {
  return typeof address === 'object' && address !== null
}
