import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startServer, type RunningServer } from '../../src/surfaces/server/index.ts'
import { noise, noiseAt } from './bytes.ts'
import { openLab, type Lab } from './lab.ts'

// Over the real server and a real connection: what a browser asks, and what somebody asks who wants it to cost much.

const size = 100_000

suite('objects over HTTP', () => {
  let lab: Lab
  let server: RunningServer
  let path: string
  const failures: string[] = []
  before(async () => {
    lab = await openLab()
    server = await startServer({
      host: '127.0.0.1',
      port: 0,
      whenTaken: 'refuse',
      handle: lab.objects.serve,
      onFailure: ({ code }) => failures.push(code),
    })
    await lab.alpha.put('film.mp4', noise(size), { contentType: 'video/mp4' })
    path = await lab.alpha.link('film.mp4', { lastsSecs: 600 })
  })
  after(async () => {
    await server.close()
    lab.close()
  })

  const ask = (headers: Readonly<Record<string, string>> = {}, method = 'GET', at = path): Promise<Response> =>
    fetch(server.origin + at, { method, headers })

  async function body(answer: Response): Promise<Buffer> {
    return Buffer.from(await answer.arrayBuffer())
  }

  test('the whole: its length, its tag, and headers that let nothing of it run', async () => {
    const answer = await ask()
    assert.equal(answer.status, 200)
    assert.ok((await body(answer)).equals(noiseAt(0, size)))
    const said = Object.fromEntries(answer.headers)
    assert.equal(said['content-length'], String(size))
    assert.equal(said['accept-ranges'], 'bytes')
    assert.match(said['etag'] ?? '', /^"[0-9a-f]{32}"$/)
    assert.equal(said['content-type'], 'video/mp4')
    assert.equal(said['content-disposition'], `attachment; filename="film.mp4"; filename*=UTF-8''film.mp4`)
    assert.match(said['content-security-policy'] ?? '', /default-src 'none'.*sandbox/)
    assert.equal(said['x-content-type-options'], 'nosniff')
    assert.equal(said['cache-control'], 'private, no-store')
    assert.equal(said['referrer-policy'], 'no-referrer')
  })

  test('HEAD says the same and sends nothing, and takes no range (RFC 9110 section 14.2)', async () => {
    const [get, head] = [await ask(), await ask({ range: 'bytes=0-9' }, 'HEAD')]
    assert.equal(head.status, 200)
    await get.body?.cancel()
    for (const name of ['content-length', 'etag', 'content-type', 'content-disposition', 'accept-ranges']) {
      assert.equal(head.headers.get(name), get.headers.get(name), name)
    }
    assert.equal((await body(head)).length, 0)
  })

  test('one range, from the front, the end, or the middle', async () => {
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=0-', 0, size],
      ['bytes=16383-16384', 16_383, 16_385],
      ['bytes=99999-', size - 1, size],
      ['bytes=-1', size - 1, size],
      ['bytes=-500', size - 500, size],
      ['bytes=-999999999999', 0, size],
      ['bytes=50000-99999999', 50_000, size],
      ['bytes=50000-9999999999999999999999999999', 50_000, size],
      ['BYTES = 5-6', 5, 7],
      ['bytes=0000000000000000000000000005-6', 5, 7],
    ] as const) {
      const answer = await ask({ range })
      assert.equal(answer.status, 206, range)
      assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end - 1}/${size}`, range)
      assert.equal(answer.headers.get('content-length'), String(end - start), range)
      assert.ok((await body(answer)).equals(noiseAt(start, end - start)), range)
    }
  })

  test('a range beyond the end is 416, and says how long the object is', async () => {
    for (const range of [
      'bytes=100000-',
      'bytes=100000-100001',
      'bytes=-0',
      'bytes=18446744073709551616-',
      `bytes=${'9'.repeat(400)}-`,
    ]) {
      const answer = await ask({ range })
      assert.equal(answer.status, 416, range)
      assert.equal(answer.headers.get('content-range'), `bytes */${size}`, range)
      assert.match((await body(answer)).toString(), /objects\.bad_range/)
    }
  })

  test('a thousand ranges, other units, and what is no range at all cost one whole answer and no more', async () => {
    const many = `bytes=${Array.from({ length: 1000 }, (_, index) => `${index}-${index + 1}`).join(',')}`
    for (const range of [
      many,
      'bytes=0-1,2-3',
      'bytes=0-,0-,0-,0-',
      'lines=0-1',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=5-2',
      'bytes=a-b',
      'bytes=1-2=3',
      'bytes=1e1-20',
      'bytes=0x1-2',
      'bytes=+1-2',
      'bytes=--1',
    ]) {
      lab.asked.length = 0
      const answer = await ask({ range })
      assert.equal(answer.status, 200, range)
      assert.equal((await body(answer)).length, size, range)
      assert.ok(lab.asked.length <= 5, range)
    }
  })

  test('If-Range: a part of this version, the whole of any other (RFC 9110 section 13.1.5)', async () => {
    const etag = (await ask({}, 'HEAD')).headers.get('etag') ?? ''
    for (const [ifRange, status] of [
      [etag, 206],
      ['"other"', 200],
      [`W/${etag}`, 200],
      ['Wed, 21 Oct 2026 07:28:00 GMT', 200],
      ['', 200],
    ] as const) {
      const answer = await ask({ range: 'bytes=0-9', 'if-range': ifRange })
      assert.equal(answer.status, status, ifRange)
      await body(answer)
    }
  })

  test('If-None-Match and If-Match, in that order of weight (RFC 9110 section 13.2.2)', async () => {
    const etag = (await ask({}, 'HEAD')).headers.get('etag') ?? ''
    const cases: readonly (readonly [Record<string, string>, number])[] = [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `"a", W/${etag}` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-match': etag }, 200],
      [{ 'if-match': '*' }, 200],
      [{ 'if-match': `W/${etag}` }, 412],
      [{ 'if-match': '"other"', 'if-none-match': etag }, 412],
      [{ 'if-modified-since': 'Wed, 21 Oct 2099 07:28:00 GMT' }, 200],
    ]
    for (const [headers, status] of cases) {
      const answer = await ask(headers)
      assert.equal(answer.status, status, JSON.stringify(headers))
      assert.equal((await body(answer)).length, status === 200 ? size : 0)
    }
  })

  test('other methods are refused, and say which are not', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await ask({}, method)
      assert.equal(answer.status, 405, method)
      assert.equal(answer.headers.get('allow'), 'GET, HEAD')
      await body(answer)
    }
  })

  test('an empty object is answered whole, whatever part of it is asked for', async () => {
    await lab.alpha.put('empty', Buffer.alloc(0), { contentType: 'text/plain' })
    const empty = await lab.alpha.link('empty', { lastsSecs: 60 })
    for (const range of ['bytes=0-', 'bytes=-5', 'bytes=0-0']) {
      const answer = await ask({ range }, 'GET', empty)
      assert.deepEqual([answer.status, answer.headers.get('content-length')], [200, '0'], range)
      await body(answer)
    }
  })

  test('show a page, a script or a drawing in the place of a picture: what could run is a download without a type', async () => {
    const types: readonly (readonly [string, string, 'inline' | 'attachment'])[] = [
      ['image/png', 'image/png', 'inline'],
      ['text/plain', 'text/plain', 'inline'],
      ['text/html', 'application/octet-stream', 'attachment'],
      ['text/html;charset=utf-7', 'application/octet-stream', 'attachment'],
      ['image/svg+xml', 'application/octet-stream', 'attachment'],
      ['application/xhtml+xml', 'application/octet-stream', 'attachment'],
      ['text/xml', 'application/octet-stream', 'attachment'],
      ['text/javascript', 'application/octet-stream', 'attachment'],
      ['application/pdf', 'application/pdf', 'attachment'],
      ['text/plain;charset=utf-16', 'application/octet-stream', 'attachment'],
      ['x/unknown', 'application/octet-stream', 'attachment'],
    ]
    for (const [contentType, sent, kind] of types) {
      await lab.alpha.put('shown', Buffer.from('<script>alert(1)</script>'), { contentType, replace: true })
      const answer = await ask({}, 'GET', await lab.alpha.link('shown', { lastsSecs: 60, disposition: 'inline' }))
      assert.equal(answer.headers.get('content-type'), sent, contentType)
      assert.ok(answer.headers.get('content-disposition')?.startsWith(`${kind};`), contentType)
      await body(answer)
    }
  })

  test('break out of a header, of a folder, or of the direction of writing by a name', async () => {
    const names: readonly (readonly [string, string])[] = [
      ['a"; filename="b.exe', `attachment; filename="a_; filename=_b.exe"; filename*=UTF-8''a_%3B%20filename%3D_b.exe`],
      ['../../etc/passwd', `attachment; filename="passwd"; filename*=UTF-8''passwd`],
      ['x\\..\\boot.ini', `attachment; filename="boot.ini"; filename*=UTF-8''boot.ini`],
      ['invoice\u202Efdp.exe', `attachment; filename="invoice_fdp.exe"; filename*=UTF-8''invoice_fdp.exe`],
      ['..', `attachment; filename="file"; filename*=UTF-8''file`],
      ['.htaccess', `attachment; filename="htaccess"; filename*=UTF-8''htaccess`],
      ['a/', `attachment; filename="file"; filename*=UTF-8''file`],
      [
        'Rechnung für 💣.pdf',
        `attachment; filename="Rechnung f_r _.pdf"; filename*=UTF-8''Rechnung%20f%C3%BCr%20%F0%9F%92%A3.pdf`,
      ],
      ["it's (1)*.txt", `attachment; filename="it's (1)_.txt"; filename*=UTF-8''it%27s%20%281%29_.txt`],
    ]
    for (const [name, disposition] of names) {
      await lab.alpha.put(name, Buffer.from('x'), { contentType: 'image/png', replace: true })
      for (const link of [
        await lab.alpha.link(name, { lastsSecs: 60 }),
        await lab.alpha.link('film.mp4', { lastsSecs: 60, fileName: name }),
      ]) {
        const answer = await ask({}, 'GET', link)
        assert.equal(answer.headers.get('content-disposition'), disposition)
        await body(answer)
      }
    }
  })

  test('leave while it is sent: the blob is let go', async () => {
    await lab.alpha.put('long', noise(20_000_000), { contentType: 'video/mp4' })
    const long = await lab.alpha.link('long', { lastsSecs: 60 })
    for (let turn = 0; turn < 5; turn++) {
      const leave = new AbortController()
      const answer = await fetch(server.origin + long, { signal: leave.signal })
      const reader = answer.body?.getReader()
      assert.ok((await reader?.read())?.value)
      leave.abort()
    }
    while (lab.open() > 0) await new Promise(resolve => setTimeout(resolve, 10))
    assert.equal(lab.open(), 0)
  })

  test('alter what is sent: the connection ends short of the length that was announced', async () => {
    await lab.alpha.put('altered', noise(10 * 16_384), { contentType: 'video/mp4' })
    const link = await lab.alpha.link('altered', { lastsSecs: 60 })
    const put = lab.asked.findLast(({ verb }) => verb === 'put')?.key ?? ''
    const whole = Buffer.concat(await Array.fromAsync((await lab.blobs.get(put)) ?? []))
    whole[56 + 5 * 16_400 + 9] = (whole[56 + 5 * 16_400 + 9] ?? 0) ^ 1
    const once = async function* (): AsyncGenerator<Uint8Array> {
      yield whole
    }
    await lab.blobs.put(put, once(), { replace: true })
    const answer = await ask({}, 'GET', link)
    assert.deepEqual([answer.status, answer.headers.get('content-length')], [200, String(10 * 16_384)])
    await assert.rejects(body(answer))
  })
})
