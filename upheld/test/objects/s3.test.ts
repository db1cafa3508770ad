import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { s3Blobs } from '../../src/adapters/objects/s3/index.ts'
import { all, digest, list, noise, noiseAt } from './bytes.ts'
import type { Fault } from './s3-server.ts'
import type { Asked } from './s3-store.ts'
import { s3Store, settingsFor, type S3Store } from './stores.ts'

const mebibyte = 1024 * 1024

suite('a bucket that fails', () => {
  let store: S3Store
  // A client of its own for each: one that has failed often tries less, so that a store in trouble is not stormed.
  beforeEach(async () => {
    store = await s3Store()
    await store.blobs.put('there', noise(100_000))
    store.server.seen.length = 0
  })
  afterEach(() => store.close())

  /** The fault, for the first so many requests of this kind. */
  function failing(fault: Fault, times = Infinity, of: (asked: Asked) => boolean = () => true): void {
    let left = times
    store.server.fault = asked => (of(asked) && left-- > 0 ? fault : undefined)
  }

  const read = async (): Promise<Buffer> => all(await store.blobs.get('there'))

  test('a failure or two is tried again; one that lasts is a code, after a bounded number of requests', async () => {
    for (const [fault, code] of [
      [{ refuse: 500, code: 'InternalError' }, 'blobs.unreachable'],
      [{ refuse: 503, code: 'SlowDown' }, 'blobs.unreachable'],
      [{ silent: 'before' }, 'blobs.unreachable'],
      [{ unanswered: true }, 'blobs.unreachable'],
    ] as const) {
      failing(fault, 2)
      assert.equal((await read()).length, 100_000, JSON.stringify(fault))
      failing(fault)
      store.server.seen.length = 0
      await assert.rejects(read(), { code }, JSON.stringify(fault))
      assert.equal(store.server.seen.length, 3)
    }
    for (const ask of [
      () => store.blobs.size('there'),
      () => store.blobs.put('new', noise(10)),
      () => store.blobs.remove('there'),
      () => list(store.blobs.list('')),
    ]) {
      failing({ refuse: 500, code: 'InternalError' })
      await assert.rejects(ask(), { code: 'blobs.unreachable' })
    }
  })

  test('a refusal is not tried again, and says what it is', async () => {
    for (const [status, name, code] of [
      [403, 'AccessDenied', 'blobs.denied'],
      [403, 'RequestTimeTooSkewed', 'blobs.denied'],
      [404, 'NoSuchBucket', 'blobs.no_place'],
      [507, 'StorageFull', 'blobs.full'],
      [403, 'QuotaExceeded', 'blobs.full'],
      [400, 'InvalidRequest', 'blobs.failed'],
    ] as const) {
      failing({ refuse: status, code: name })
      await assert.rejects(store.blobs.put('refused', noise(10), { replace: true }), { code }, name)
      await assert.rejects(read(), { code }, name)
    }
  })

  test('an answer that is no answer of S3 is a code', async () => {
    for (const nonsense of [
      '',
      '<html>',
      '{"a":1}',
      '<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>',
      '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ]) {
      failing({ nonsense })
      await assert.rejects(
        async () => {
          assert.deepEqual(await list(store.blobs.list('')), [], nonsense)
          throw Object.assign(new Error('an empty list'), {
            code:
              nonsense === '' || nonsense.includes('html') || nonsense.includes('{') || nonsense.includes('DOCTYPE')
                ? 'blobs.failed'
                : 'none',
          })
        },
        { code: 'blobs.failed' },
        nonsense,
      )
    }
  })

  test('a body that is cut is read on where it broke, of the same object; one that is cut always is a code', async () => {
    failing({ cut: 40_000 }, 2)
    const got = await read()
    assert.deepEqual([got.length, digest(got)], [100_000, digest(noiseAt(0, 100_000))])
    const ranges = store.server.seen.map(({ headers }) => headers['range'])
    assert.equal(ranges[0], undefined)
    assert.match(String(ranges[1]), /^bytes=\d+-99999$/)
    assert.ok(store.server.seen.slice(1).every(({ headers }) => headers['if-match'] !== undefined))
    failing({ cut: 10 })
    await assert.rejects(read(), { code: 'blobs.cut' })
  })

  test('a body that is cut, of an object that was replaced meanwhile, is not glued together of two', async () => {
    let cut = false
    store.server.fault = () => {
      if (cut) return undefined
      cut = true
      return { cut: 40_000 }
    }
    const bytes = await store.blobs.get('there')
    assert.ok(bytes)
    const reader = bytes[Symbol.asyncIterator]()
    assert.ok((await reader.next()).value)
    await store.blobs.put('there', noise(100_000, 65_536, 2), { replace: true })
    await assert.rejects(
      async () => {
        for (;;) if ((await reader.next()).done === true) return
      },
      { code: 'blobs.cut' },
    )
    await store.blobs.put('there', noise(100_000), { replace: true })
  })

  test('a length that is not the body’s, a body that falls silent, one that trickles: each has an end', async () => {
    for (const [fault, code] of [
      [{ lengthOff: 5 }, /blobs\.(cut|unreachable)/],
      [{ lengthOff: -5 }, /blobs\.(cut|unreachable)/],
      [{ silent: 'within' }, /blobs\.(cut|unreachable)/],
      [{ trickle: 500 }, 'blobs.unreachable'],
    ] as const) {
      failing(fault)
      const range = { start: 0, end: 50_000 }
      await assert.rejects(
        async () => all(await store.blobs.get('there', range)),
        (thrown: unknown) => {
          assert.match(
            String(thrown instanceof Error && 'code' in thrown ? thrown.code : thrown),
            typeof code === 'string' ? new RegExp(`^${code}$`) : code,
            JSON.stringify(fault),
          )
          return true
        },
      )
    }
  })

  test('an upload whose answer was lost is known again as one’s own, and is no object of somebody else', async () => {
    failing({ unanswered: true }, 1, ({ method }) => method === 'PUT')
    assert.equal(await store.blobs.put('lost/small', noise(1_000)), true)
    failing({ unanswered: true }, 1, ({ method, query }) => method === 'POST' && query.has('uploadId'))
    assert.equal(await store.blobs.put('lost/large', noise(11 * mebibyte)), true)
    assert.equal(digest(await all(await store.blobs.get('lost/large'))), digest(await all(noise(11 * mebibyte))))
    assert.equal(await store.blobs.put('lost/small', noise(1_000)), false)
    assert.equal(await store.drafts(), 0)
  })

  test('an upload that fails at its beginning, in a part or at its end leaves neither object nor parts', async () => {
    const failsAt: readonly (readonly [string, (asked: Asked) => boolean])[] = [
      ['begin', ({ query }) => query.has('uploads')],
      ['first part', ({ query }) => query.get('partNumber') === '1'],
      ['third part', ({ query }) => query.get('partNumber') === '3'],
      ['end', ({ method, query }) => method === 'POST' && query.has('uploadId')],
    ]
    for (const [says, of] of failsAt) {
      failing({ refuse: 500, code: 'InternalError' }, Infinity, of)
      await assert.rejects(store.blobs.put('half', noise(13 * mebibyte)), { code: 'blobs.unreachable' }, says)
      assert.equal(await store.drafts(), 0, says)
      assert.equal(await store.blobs.size('half'), undefined, says)
    }
    // S3 may say 200 and then, in the body, that it failed.
    const late = '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>late</Message></Error>'
    failing({ nonsense: late }, Infinity, ({ method, query }) => method === 'POST' && query.has('uploadId'))
    await assert.rejects(store.blobs.put('half', noise(13 * mebibyte)), { code: 'blobs.unreachable' })
    assert.equal(await store.blobs.size('half'), undefined)
    assert.equal(await store.drafts(), 0)
  })

  test('somebody else who is faster while an upload is under way keeps the place', async () => {
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield* noise(11 * mebibyte)
      assert.equal(await store.blobs.put('contested', noise(9)), true)
    }
    assert.equal(await store.blobs.put('contested', slow()), false)
    assert.equal(await store.blobs.size('contested'), 9)
    assert.equal(await store.drafts(), 0)
  })

  test('a key in the bucket that is not ours is not listed', async () => {
    await store.blobs.put('listed/one', noise(1))
    for (const key of ['upheld/listed/Upper', 'upheld/listed/a b', 'elsewhere/listed/x', 'upheld/listed/..']) {
      store.server.store.objects.set(key, { bytes: Buffer.from('x'), etag: '"x"', mark: '' })
    }
    assert.deepEqual(await list(store.blobs.list('listed/')), ['listed/one'])
  })

  test('credentials that are wrong, a bucket that is not there, a host that does not answer: told when it is opened', async () => {
    const good = settingsFor(store.server)
    const credentials = { accessKeyId: store.server.account.accessKeyId, secretAccessKey: 'wrong' }
    await assert.rejects(s3Blobs({ ...good, credentials }), { code: 'blobs.denied' })
    await assert.rejects(s3Blobs({ ...good, credentials: { ...credentials, accessKeyId: 'nobody' } }), {
      code: 'blobs.denied',
    })
    await assert.rejects(s3Blobs({ ...good, region: 'mars-1' }), { code: 'blobs.denied' })
    await assert.rejects(s3Blobs({ ...good, bucket: 'nowhere' }), { code: 'blobs.no_place' })
    await assert.rejects(s3Blobs({ ...good, endpoint: 'http://127.0.0.1:9' }), { code: 'blobs.unreachable' })
    const deaf = createServer(() => undefined)
    deaf.listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    const address = deaf.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    await assert.rejects(s3Blobs({ ...good, triesMax: 1, endpoint: `http://127.0.0.1:${port}` }), {
      code: 'blobs.unreachable',
    })
    deaf.close()
  })

  test('an option that is misspelt, missing or out of bounds is refused, all at once', async () => {
    const good = settingsFor(store.server)
    const wrong = [
      Object.assign({}, { buckets: 'x' }),
      { partBytes: 1 },
      { triesMax: 0 },
      { keyPrefix: '../' },
      { endpoint: 'file:///etc' },
      { bucket: 'Upper' },
      { region: '' },
    ]
    for (const one of wrong) {
      await assert.rejects(s3Blobs({ ...good, ...one }), { code: 'blobs.bad_options' }, JSON.stringify(one))
    }
  })

  test('no key of an account, no address and no name of a blob stands in an error', async () => {
    failing({ refuse: 500, code: 'InternalError' })
    const thrown: unknown = await store.blobs.size('canary').then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.ok(thrown instanceof Error)
    for (const secret of [
      store.server.account.secretAccessKey,
      store.server.account.accessKeyId,
      'canary',
      '127.0.0.1',
    ]) {
      assert.ok(!thrown.message.includes(secret))
    }
  })
})

test('the stand-in verifies what it is sent: another body, path, query, header or time is refused', async () => {
  const store = await s3Store()
  try {
    const { endpoint } = store.server
    await store.blobs.put('signed', noise(10))
    const genuine = store.server.seen.find(({ method }) => method === 'PUT')
    assert.ok(genuine)
    const headers = Object.fromEntries(
      Object.entries(genuine.headers)
        .filter(([name]) => !['connection', 'content-length', 'host', 'transfer-encoding', 'expect'].includes(name))
        .map(([name, value]) => [name, String(value)]),
    )
    const send = async (
      path: string,
      body: Uint8Array,
      change: Readonly<Record<string, string>> = {},
    ): Promise<string> => {
      const answer = await fetch(`${endpoint}${path}`, {
        method: 'PUT',
        headers: { ...headers, ...change },
        body: new Uint8Array(body),
      })
      return `${answer.status} ${/<Code>(\w+)</.exec(await answer.text())?.[1] ?? ''}`
    }
    const path = '/sealed-objects/upheld/signed?x-id=PutObject'
    assert.equal(await send(path, genuine.body), '412 PreconditionFailed')
    assert.equal(await send(path, Buffer.from('other body')), '403 XAmzContentSHA256Mismatch')
    assert.equal(await send(path.replace('signed?', 'other?'), genuine.body), '403 SignatureDoesNotMatch')
    assert.equal(await send(`${path}&uploadId=x`, genuine.body), '403 SignatureDoesNotMatch')
    assert.equal(await send(path, genuine.body, { 'if-none-match': 'x' }), '403 SignatureDoesNotMatch')
    assert.equal(await send(path, genuine.body, { 'x-amz-meta-extra': 'x' }), '403 AccessDenied')
    assert.equal(await send(path, genuine.body, { 'x-amz-date': '20200101T000000Z' }), '403 SignatureDoesNotMatch')
    assert.equal(await send(path, genuine.body, { authorization: '' }), '403 AccessDenied')
  } finally {
    await store.close()
  }
})
