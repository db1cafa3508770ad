import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { z } from 'zod'
import { openLog } from '../../adapters/log/index.ts'
import { systemClock } from '../../core/clock.ts'
import { defineErrors } from '../../core/errors.ts'
import { requestLog, startServer, type Handler, type RunningServer } from './index.ts'

const secret = 'hunter2-hunter2'
const refuse = defineErrors('planted_requests', { shut: { status: 409, public: 'It is shut.' } })

const line = z.looseObject({ event: z.string(), route: z.string().optional(), status: z.number().optional() })

interface Watched {
  readonly server: RunningServer
  readonly said: readonly string[]
  readonly lines: () => readonly z.infer<typeof line>[]
  readonly text: () => string
}

async function watched(context: TestContext, handle: Handler): Promise<Watched> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-logs-'))
  const log = openLog({ folder: join(folder, 'log'), process: 'web', clock: systemClock })
  const said: string[] = []
  const routes = [
    { method: 'GET', path: '/links/:token' },
    { method: 'POST', path: '/links/:token' },
    { method: 'GET', path: '/look/*' },
  ]
  const told = requestLog(log, routes, text => said.push(text))
  const server = await startServer({ host: '127.0.0.1', port: 0, whenTaken: 'refuse', handle, ...told })
  context.after(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const text = (): string => readFileSync(join(folder, 'log', 'web.log'), 'utf8')
  const lines = () =>
    text()
      .trimEnd()
      .split('\n')
      .map(one => line.parse(JSON.parse(one)))
  return { server, said, lines, text }
}

const everywhere = { headers: { authorization: secret, cookie: `s=${secret}`, 'user-agent': secret, referer: secret } }

suite('what is written of a request', () => {
  test('is its route and not its address; a path that nobody declared is not told at all', async context => {
    const { server, lines, text } = await watched(context, () => new Response('fine'))
    for (const path of [`/links/${secret}`, `/${secret}`, `/look/${secret}/${secret}`, `/links/a?token=${secret}`])
      await fetch(`${server.origin}${path}`, everywhere)
    await fetch(`${server.origin}/links/${secret}`, { method: 'DELETE', ...everywhere })
    await fetch(`${server.origin}/links/x`, { method: 'HUNTER', ...everywhere })
    assert.deepEqual(
      lines().map(({ event, route, method, status }) => [event, route, method, status]),
      [
        ['request.answered', '/links/:token', 'GET', 200],
        ['request.answered', undefined, 'GET', 200],
        ['request.answered', '/look/*', 'GET', 200],
        ['request.answered', '/links/:token', 'GET', 200],
        ['request.answered', '/links/:token', 'DELETE', 200],
        ['request.unread', undefined, undefined, 400],
      ],
    )
    assert.doesNotMatch(text(), /hunter2/i)
  })

  test('that failed is a code, a reference and a place in the code; the terminal is told no more', async context => {
    const { server, said, lines, text } = await watched(context, async request => {
      const body = await request.text()
      throw body === '' ? new TypeError(`cannot read ${secret}`) : refuse.shut({ detail: body })
    })
    const first = await fetch(`${server.origin}/links/${secret}?q=${secret}`, everywhere)
    const second = await fetch(`${server.origin}/links/${secret}`, { method: 'POST', body: secret, ...everywhere })
    const form = z.object({ error: z.object({ reference: z.uuid() }) })
    const references = [first, second].map(async one => form.parse(await one.json()).error.reference)
    const written = lines().filter(({ event }) => event === 'request.failed')
    assert.deepEqual(
      written.map(({ reference, code, status, fault, route }) => [reference, code, status, fault, route]),
      [
        [await references[0], 'server.unexpected', 500, 'TypeError', '/links/:token'],
        [await references[1], 'planted_requests.shut', 409, 'UpheldError', '/links/:token'],
      ],
    )
    assert.match(JSON.stringify(written[0]?.['at']), /request-log\.test\.ts:\d+/)
    assert.match(
      said[0] ?? '',
      /^GET \/links\/:token failed: server\.unexpected, reference [0-9a-f-]{36} \(TypeError at /,
    )
    assert.equal(said.length, 1, 'a refusal is nobody’s trouble')
    assert.doesNotMatch(text() + said.join('\n'), /hunter2/)
  })

  test('whose answer breaks off reaches neither the visitor nor the terminal with its text', async context => {
    const printed: string[] = []
    context.mock.method(process.stderr, 'write', (text: string | Uint8Array) => printed.push(String(text)) > 0)
    const breaking = (before: string): Response =>
      new Response(
        new ReadableStream({
          start: controller => {
            if (before !== '') controller.enqueue(Buffer.from(before))
          },
          pull: () => Promise.reject(new Error(`row of ${secret}`)),
        }),
      )
    const { server, lines, text } = await watched(context, request => breaking(new URL(request.url).search.slice(1)))
    for (const query of ['', '?begun']) {
      const answer = await fetch(`${server.origin}/links/a${query}`).then(
        one => one.text().catch(String),
        (thrown: unknown) => String(thrown),
      )
      assert.doesNotMatch(answer, /hunter2/)
    }
    assert.doesNotMatch(printed.join('\n') + text(), /hunter2/)
    assert.equal(lines().filter(({ event }) => event === 'request.failed').length, 2)
  })

  test('that is none is told by the parser’s own word', async context => {
    const { server, lines, text } = await watched(context, () => new Response('fine'))
    const bytes = [
      `${secret} / HTTP/1.1\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: a\r\n${secret}\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: a ${secret}\r\nConnection: close\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${secret.repeat(4000)}\r\n\r\n`,
    ]
    for (const one of bytes) {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => undefined).resume()
      socket.write(one)
      await once(socket, 'close')
    }
    assert.deepEqual(
      lines().map(({ event, status, system }) => [event, status, system]),
      [
        ['request.unread', 400, 'HPE_INVALID_METHOD'],
        ['request.unread', 400, 'HPE_INVALID_HEADER_TOKEN'],
        ['request.unread', 400, undefined],
        ['request.unread', 431, 'HPE_HEADER_OVERFLOW'],
      ],
    )
    assert.doesNotMatch(text(), /hunter2/)
  })
})
