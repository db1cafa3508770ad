import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { after, suite, test } from 'node:test'
import { createGzip } from 'node:zlib'
import { lookFromOutside, outsideRules, type OutsideReport } from '../../src/proof/outside/index.ts'
import { authority, openPlain, openRaw, openSite, soundHeaders, type Listening } from './site.ts'

// Servers that do harm to whoever looks. Patience is short here, so that the tests are; what is counted is the same.

const limits = { answerMsMax: 400, lookMsMax: 2_500, bodyBytesMax: 65_536 }
const opened: Listening[] = []
after(async () => {
  await Promise.all(opened.map(one => one.close()))
})

async function raw(onSocket: (socket: Socket) => void): Promise<Listening> {
  const server = await openRaw(onSocket)
  opened.push(server)
  return server
}

const look = (url: string): Promise<OutsideReport> => lookFromOutside(new URL(url), { limits, ca: [authority.cert] })

/** A look that saw no page: one line with a code, and no rule about the page that says it is fine. */
function assertBlind(report: OutsideReport, code: string): void {
  assert.equal(report.fault?.code, code)
  assert.doesNotMatch(report.fault.message, /\n|\bat .*:\d+:\d+/)
  const open = new Set(report.unproven.map(({ rule }) => rule))
  for (const { id, needs } of outsideRules.filter(rule => rule.needs === 'page' || rule.needs === 'absent'))
    assert.ok(open.has(id), `${id} needs ${needs}, and was not said to be open`)
}

const dripped = 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n'

const silent: readonly (readonly [name: string, code: string, onSocket: (socket: Socket) => void])[] = [
  ['accepts and says nothing', 'outside.no_answer', () => undefined],
  ['resets at once', 'outside.broke_off', socket => void socket.resetAndDestroy()],
  ['hangs up at once', 'outside.broke_off', socket => void socket.end()],
  ['speaks something else', 'outside.not_http', socket => void socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
  ['answers with noise', 'outside.not_http', socket => void socket.write(Buffer.alloc(4096, 0xfe))],
  [
    'drips its header for ever',
    'outside.no_answer',
    socket => {
      let at = 0
      const timer = setInterval(() => socket.write(dripped.charAt(at++ % dripped.length)), 20)
      socket.on('close', () => clearInterval(timer))
    },
  ],
  [
    'has a header without an end',
    'outside.not_http',
    socket => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const line = `x-${'a'.repeat(500)}: ${'b'.repeat(1_000)}\r\n`
      for (let count = 0; count < 200; count += 1) socket.write(line)
    },
  ],
]

suite('a server that never becomes a page', { concurrency: 8 }, () => {
  for (const [name, code, onSocket] of silent) {
    test(`${name}: ${code}`, async () => {
      const server = await raw(onSocket)
      assertBlind(await look(`http://localhost:${server.port}/`), code)
    })
    test(`over https, ${name}: one code, and nothing is called fine`, async () => {
      const server = await raw(onSocket)
      const report = await look(`https://localhost:${server.port}/`)
      assertBlind(report, report.fault?.code ?? '')
      assert.match(report.fault?.code ?? '', /^outside\.(no_answer|broke_off|tls_failed)$/)
      assert.deepEqual(report.findings, [])
    })
  }
  test('nobody listens there', async () => {
    assertBlind(await look('http://localhost:1/'), 'outside.no_server')
    assertBlind(await look('https://localhost:1/'), 'outside.no_server')
  })
  test('the name is nobody’s', async () => {
    assertBlind(await look('https://no-such-host.invalid/'), 'outside.unknown_host')
  })
})

suite('a server that gives too much', { concurrency: 8 }, () => {
  test('redirects for ever: it is followed five times to the page and three times to the file, and no more', async () => {
    const paths: string[] = []
    const server = await openPlain((request, response) => {
      paths.push(request.url ?? '')
      response.writeHead(302, { location: `/${paths.length}` }).end()
    })
    opened.push(server)
    assertBlind(await look(`http://localhost:${server.port}/`), 'outside.redirects')
    const others = ['foreign origin', 'OPTIONS', 'TRACE', 'absent path']
    assert.equal(paths.length, 1 + 5 + others.length + 1 + 3)
  })

  test('drips its body for ever: the headers are judged, and what needs the whole page is open', async () => {
    const server = await openPlain((_request, response) => {
      response.writeHead(200, soundHeaders)
      const timer = setInterval(() => response.write('<p>'), 20)
      response.on('close', () => clearInterval(timer))
    })
    opened.push(server)
    const report = await look(`http://localhost:${server.port}/`)
    assert.equal(report.fault, undefined)
    assert.ok(report.findings.some(({ rule }) => rule === 'transport.plain'))
    assert.ok(report.unproven.some(({ rule }) => rule === 'page.mixed-content'))
  })

  test('sends a body without end: it is left where the limit is', async () => {
    let sent = 0
    const site = await openSite({
      before: (_request, response) => {
        response.writeHead(200)
        const more = (): void => {
          const chunk = Buffer.alloc(65_536, 'a')
          while (!response.destroyed && response.write(chunk)) sent += chunk.length
        }
        response.on('drain', more)
        more()
        return true
      },
    })
    const report = await look(site.secure)
    await site.close()
    assert.match(
      report.unproven.find(({ rule }) => rule === 'page.mixed-content')?.why ?? '',
      /larger than 65536 bytes/,
    )
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken`)
  })

  test('sends a bomb that unpacks to a gigabyte: it is unpacked to the limit', async () => {
    const site = await openSite({
      before: (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        const packer = createGzip()
        packer.pipe(response)
        const zeros = Buffer.alloc(1_048_576)
        let left = 1024
        const more = (): void => {
          while (left > 0 && !response.destroyed) {
            left -= 1
            if (!packer.write(zeros)) {
              packer.once('drain', more)
              return
            }
          }
          packer.end()
        }
        more()
        return true
      },
    })
    const before = process.memoryUsage().rss
    const report = await look(site.secure)
    const grown = process.memoryUsage().rss - before
    await site.close()
    assert.match(report.unproven.find(({ rule }) => rule === 'page.mixed-content')?.why ?? '', /larger than/)
    assert.ok(grown < 512 * 1024 * 1024, `${grown} bytes more memory`)
  })

  test('says that it is packed and is not', async () => {
    const site = await openSite({ headers: { 'content-encoding': 'gzip' } })
    const report = await look(site.secure)
    await site.close()
    assert.match(report.unproven.find(({ rule }) => rule === 'page.mixed-content')?.why ?? '', /cannot be unpacked/)
  })

  test('writes what would steer a terminal or a page: it is shown on one line, without control characters', async () => {
    const server = await raw(socket => {
      socket.on('data', () => {
        const lines = [
          'HTTP/1.1 200 OK',
          'server: a/1.0 \u009b2J\u202e<script>',
          'content-type: text/html',
          'content-length: 0',
        ]
        socket.end(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
      })
    })
    const report = await look(`http://localhost:${server.port}/`)
    const banner = report.findings.find(({ rule }) => rule === 'headers.banner')
    assert.ok(banner)
    assert.doesNotMatch(banner.saw, /[\p{Cc}\p{Cf}]/u)
  })
})

suite('how much is asked', () => {
  const allowed = [
    /^GET \/$/,
    /^OPTIONS \/$/,
    /^TRACE \/$/,
    /^GET \/absent-[0-9a-f]{16}$/,
    /^GET \/\.well-known\/security\.txt$/,
  ]

  test('four handshakes and one request for each question, to paths that are not guessed', async () => {
    const site = await openSite()
    const report = await look(site.plain)
    await site.close()
    for (const line of site.requests)
      assert.ok(
        allowed.some(form => form.test(line)),
        line,
      )
    assert.equal(site.requests.length, 6)
    assert.deepEqual(report.population, { requests: 7, handshakes: 4, rules: outsideRules.length })
    assert.equal(site.connections(), 11)
  })

  test('at most nineteen connections, also where everything redirects', async () => {
    const site = await openSite({
      before: (request, response) => {
        const hop = Number(/^\/(\d)$/.exec(request.url ?? '')?.[1] ?? 0)
        if (hop >= 3 && request.url !== '/.well-known/security.txt') return false
        response.writeHead(302, { location: `/${hop + 1}` }).end()
        return true
      },
    })
    await look(site.secure)
    await site.close()
    assert.ok(site.connections() <= 19, String(site.connections()))
  })

  test('a redirect to another site is not followed', async () => {
    const other = await openPlain((_request, response) => void response.end())
    opened.push(other)
    const site = await openSite({
      before: (_request, response) => {
        response.writeHead(302, { location: `http://127.0.0.1:${other.port}/` }).end()
        return true
      },
    })
    const report = await look(site.secure)
    await site.close()
    assert.equal(other.connections(), 0)
    assert.match(report.unproven.find(({ rule }) => rule === 'headers.framing')?.why ?? '', /another site/)
  })

  test('a time that is up leaves the rest unasked, and open', async () => {
    const site = await openSite({ before: () => true })
    const report = await lookFromOutside(new URL(site.secure), {
      limits: { answerMsMax: 300, lookMsMax: 300 },
      ca: [authority.cert],
    })
    await site.close()
    assertBlind(report, 'outside.no_answer')
  })
})
