import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { suite, test, type TestContext } from 'node:test'
import { z } from 'zod'
import { openDatabase } from '../../adapters/postgres/database.ts'
import { defineErrors } from '../../core/errors.ts'
import { testServer, until } from '../../testing/index.ts'
import { site, startServer, type Failure, type Handler, type RunningServer, type ServerOptions } from './index.ts'

async function running(
  context: TestContext,
  handle: Handler,
  rest: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    whenTaken: 'refuse',
    handle,
    onFailure: () => undefined,
    ...rest,
  })
  context.after(() => server.close())
  return server
}

/** What the server says to bytes that no HTTP client would send, until it closes the connection. */
async function raw(server: RunningServer, bytes: string): Promise<string> {
  const socket = connect(server.port, '127.0.0.1')
  let said = ''
  socket.on('data', chunk => (said += chunk.toString()))
  socket.on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  return said
}

const hello: Handler = () => new Response('hello')

suite('what every answer carries', () => {
  test('security headers stand on pages, on errors and on what nobody handles', async context => {
    const server = await running(context, request => {
      if (request.url.endsWith('/broken')) throw new Error('broken')
      return new Response('', { status: request.url.endsWith('/') ? 200 : 404 })
    })
    for (const path of ['/', '/missing', '/broken']) {
      const { headers } = await fetch(`${server.origin}${path}`)
      assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('x-frame-options'), 'DENY')
      assert.equal(headers.get('referrer-policy'), 'same-origin')
    }
  })

  test('who asks is told by the connection, whatever headers say', async context => {
    const server = await running(context, (_, { address }) => new Response(address))
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' }
    assert.equal(await (await fetch(server.origin, { headers })).text(), '127.0.0.1')
  })

  test('a page keeps the policy that it set itself', async context => {
    const policy = "default-src 'self'"
    const server = await running(context, () => new Response('', { headers: { 'content-security-policy': policy } }))
    assert.equal((await fetch(server.origin)).headers.get('content-security-policy'), policy)
  })
})

suite('a thrown error', () => {
  const refuse = defineErrors('planted', { closed: { status: 409, public: 'This ticket is closed.' } })

  test('shows a reference and a code, never its message or stack; the operator gets the same reference', async context => {
    const failures: Failure[] = []
    const server = await running(
      context,
      () => {
        throw new Error('password=hunter2')
      },
      { onFailure: failure => failures.push(failure) },
    )
    for (const accept of ['application/json', 'text/html']) {
      const answer = await fetch(`${server.origin}/page?token=secret`, { headers: { accept } })
      const body = await answer.text()
      const failure = failures.shift()
      assert.equal(answer.status, 500)
      assert.ok(failure !== undefined && body.includes(failure.reference.text))
      assert.ok(body.includes('server.unexpected'))
      assert.doesNotMatch(body, /hunter2|at .*\.ts/)
      assert.equal(failure.pathname, '/page')
    }
  })

  test('a coded one keeps its code, status and public words, and hides its detail', async context => {
    const server = await running(context, () => {
      throw refuse.closed({ detail: 'ticket 7 of acme' })
    })
    const answer = await fetch(server.origin)
    const body = await answer.text()
    assert.equal(answer.status, 409)
    assert.match(body, /planted\.closed/)
    assert.doesNotMatch(body, /acme/)
  })
})

suite('bounds', () => {
  test('a body that announces too much is refused before it is read', async context => {
    const server = await running(context, async request => new Response(await request.text()), {
      limits: { bodyBytesMax: 1024 },
    })
    const answer = await fetch(server.origin, { method: 'POST', body: 'x'.repeat(1025) })
    assert.equal(answer.status, 413)
    assert.equal((await fetch(server.origin, { method: 'POST', body: 'x'.repeat(1024) })).status, 200)
  })

  test('a body that announces nothing is cut where the bound is', async context => {
    const server = await running(context, async request => new Response(await request.text()), {
      limits: { bodyBytesMax: 1024 },
    })
    const chunk = `400\r\n${'x'.repeat(1024)}\r\n`
    const said = await raw(
      server,
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}${chunk}0\r\n\r\n`,
    )
    assert.match(said, /^HTTP\/1\.1 413 /)
  })

  test('whoever is refused in the middle of a large body gets the answer, also when they read it late', async context => {
    const handle: Handler = async request => {
      const reader = request.body?.getReader()
      const first = await reader?.read()
      return new Response(`refused after ${first?.done === false ? 'some' : 'no'} of it`, { status: 413 })
    }
    const server = await running(context, handle, { limits: { bodyBytesMax: 100_000 } })
    const socket = connect({ port: server.port, host: '127.0.0.1' })
    socket.on('error', () => undefined)
    socket.pause()
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    for (let count = 0; count < 4; count++) {
      socket.write(chunk)
      await pause(50)
    }
    let said = ''
    socket.on('data', part => (said += part.toString()))
    socket.resume()
    await once(socket, 'close')
    assert.match(said, /^HTTP\/1\.1 413 .*refused after some of it/s)
  })

  test('a connection ends with the last request that it may bring, or with the next when that one was still coming in', async context => {
    const server = await running(context, hello, { limits: { requestsPerConnectionMax: 3 } })
    const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n'
    const answers = (said: string) => said.match(/HTTP\/1\.1 \d+|connection: [a-z-]+/gi)?.map(one => one.toLowerCase())
    const kept = ['http/1.1 200', 'connection: keep-alive']
    const ended = ['http/1.1 200', 'connection: close']
    assert.deepEqual(answers(await raw(server, get.repeat(3))), [...kept, ...kept, ...ended])
    const socket = connect(server.port, '127.0.0.1')
    let said = ''
    socket.on('data', chunk => (said += chunk.toString()))
    socket.write(`${get}${get}${post}`)
    await until(() => answers(said)?.length === 6, 'three answers')
    socket.write(`12345${get}`)
    await once(socket, 'close')
    assert.deepEqual(answers(said), [...kept, ...kept, ...kept, ...ended])
  })

  test('whoever hangs up in the middle of a body is no fault of ours', async context => {
    const failures: Failure[] = []
    const handle: Handler = async request => new Response(await request.text())
    const server = await running(context, handle, { onFailure: failure => failures.push(failure) })
    const socket = connect(server.port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n12')
    await pause(50)
    socket.destroy()
    await until(() => failures.length > 0, 'the failure is told')
    assert.deepEqual(
      failures.map(({ code, status }) => [code, status]),
      [['server.gone', 400]],
    )
  })

  test('a text that Postgres refuses for its characters was sent to us: 400, whichever field it came in by', async context => {
    const database = openDatabase((await testServer()).adminUrl)
    context.after(() => database.close())
    const server = await running(context, async request => {
      const { statement, value } = z.object({ statement: z.string(), value: z.unknown() }).parse(await request.json())
      return Response.json((await database.query(statement, [value])).rows)
    })
    for (const [statement, value] of [
      ['select $1::text', 'nul \0 byte'],
      ['select $1::jsonb', '"nul \\u0000 byte"'],
      ['select $1::xml', '\0'],
    ]) {
      const answer = await fetch(server.origin, { method: 'POST', body: JSON.stringify({ statement, value }) })
      assert.equal(answer.status, 400, String(value))
      assert.match(await answer.text(), /server\.no_text/)
    }
  })

  test('headers past the bound are refused', async context => {
    const server = await running(context, hello, { limits: { headerBytesMax: 2048 } })
    assert.match(await raw(server, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(4096)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
  })

  test('a client that sends its headers drop by drop is cut off', async context => {
    const server = await running(context, hello, { limits: { headersSecsMax: 1 } })
    assert.match(await raw(server, 'GET / HTTP/1.1\r\nHost: a\r\n'), /^HTTP\/1\.1 408 /)
  })

  test('a request whose address cannot be read is refused, and the server lives on', async context => {
    const server = await running(context, hello)
    assert.match(await raw(server, 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /)
    assert.equal((await fetch(server.origin)).status, 200)
  })
})

suite('ports', () => {
  test('a port that was asked for and is taken is refused', async context => {
    const first = await running(context, hello)
    await assert.rejects(running(context, hello, { port: first.port }), { code: 'server.port_taken' })
  })

  test('a port that was not asked for moves to the next free one', async context => {
    const first = await running(context, hello)
    const second = await running(context, hello, { port: first.port, whenTaken: 'next' })
    assert.ok(second.port > first.port)
    assert.equal(await (await fetch(second.origin)).text(), 'hello')
  })

  test('an address that is not ours is refused', async context => {
    await assert.rejects(running(context, hello, { host: '192.0.2.1' }), { code: 'server.address_refused' })
  })

  test('closing lets a request under way end', async context => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<undefined>()
    const { promise: open, resolve: release } = Promise.withResolvers<undefined>()
    const server = await running(context, async () => {
      arrive(undefined)
      await open
      return new Response('late')
    })
    const answer = fetch(server.origin)
    await arrived
    const closed = server.close()
    release(undefined)
    assert.equal(await (await answer).text(), 'late')
    await closed
    await assert.rejects(fetch(server.origin))
  })
})

test('a part of the site answers what is its own and the application takes the rest', async () => {
  const trust = (request: Request): Response | undefined =>
    new URL(request.url).pathname.startsWith('/security/') ? new Response('trust') : undefined
  const handle = site([trust], () => new Response('desk'))
  for (const [path, name] of [
    ['/security/feed.json', 'trust'],
    ['/securityguard', 'desk'],
    ['/', 'desk'],
  ] as const) {
    assert.equal(await (await handle(new Request(`http://a${path}`), { address: '127.0.0.1' })).text(), name)
  }
})
