import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { httpsSink, parseAddress, syslogSink } from '../../src/adapters/siem/index.ts'
import { entryOf, type Entry, type Feed, type OwnLog } from '../../src/foundation/audit/search/index.ts'
import {
  deliver,
  formats,
  gapDetector,
  type Cursor,
  type Delivery,
  type GapDetector,
  type Position,
  type Sink,
} from '../../src/foundation/audit/siem/index.ts'
import { httpReceiver, localIdentity, syslogReceiver, type Identity, type Received } from './receivers.ts'
import { leafText, timeAt } from './stage.ts'

/**
 * Attack 23. The receiver is down, slow, full, dies in the middle of a batch, or is sent the same thing twice. What it
 * ends up with is every entry, in order, and it can tell by itself that none is missing.
 */

const refusal = (code: string) => (thrown: unknown) =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code

const logOf = (size: number, more: Partial<OwnLog> = {}): OwnLog => ({
  id: '1',
  origin: 'test.example/upheld/audit/a',
  size,
  minimumIndex: 0,
  signedAt: timeAt(0),
  ...more,
})

const entryAt = (index: number): Entry => entryOf(index, Buffer.from(leafText(index, { object: 'x'.repeat(800) })))

/** Logs made of nothing but their sizes; `without` is an entry that somebody took out. */
function feedOf(logs: readonly OwnLog[], without?: number): Feed & { readonly asked: number[] } {
  const asked: number[] = []
  return {
    asked,
    logs: () => Promise.resolve(logs),
    entries(log, from, most) {
      asked.push(most)
      const all = Array.from({ length: Math.min(most, log.size - from) }, (_, n) => from + n)
      return Promise.resolve(all.filter(index => index !== without).map(entryAt))
    },
    since: (log, at) =>
      Promise.resolve(Math.min(log.size, Math.max(0, Math.ceil((at.getTime() - timeAt(0).getTime()) / 1000)))),
  }
}

function cursorAt(position?: Position): Cursor & { readonly written: Position[] } {
  const written: Position[] = []
  return { written, read: () => written.at(-1) ?? position, write: next => void written.push(next) }
}

const source = { organization: '5f1c2d4e-0000-4000-8000-000000000001', version: '0.1.0' }
const event = z.object({ metadata: z.object({ sequence: z.number(), uid: z.string() }) })

/** What a receiver does with what it got: reads each line, and asks its detector. */
function digest(received: readonly Received[], detector: GapDetector): { fresh: number; again: number } {
  const arrivals = received
    .flatMap(({ body }) => body.trimEnd().split('\n'))
    .map(line => detector.take(event.parse(JSON.parse(line)).metadata))
  return {
    fresh: arrivals.filter(arrival => arrival === 'next').length,
    again: arrivals.filter(arrival => arrival === 'again').length,
  }
}

suite('attack 23: every entry reaches the receiver at least once, and a gap is seen', () => {
  let identity: Identity
  before(() => {
    identity = localIdentity()
  })
  const open: { close(): Promise<void> }[] = []
  after(async () => {
    for (const one of open) await one.close()
  })
  const kept = <T extends { close(): Promise<void> }>(one: T): T => {
    open.push(one)
    return one
  }

  const to = (sink: Sink, more: Partial<Delivery> = {}): Delivery => ({
    feed: feedOf([logOf(1_000)]),
    format: formats.ocsf,
    source,
    sink,
    cursor: cursorAt(),
    waitFirstMs: 1,
    ...more,
  })

  test('a thousand entries over TLS, in bounded parts, with a key for each', async () => {
    const receiver = kept(await httpReceiver(() => 204, identity))
    const sink = kept(httpsSink({ url: receiver.url, ca: receiver.ca, authorization: 'Bearer secret' }))
    const feed = feedOf([logOf(1_000)])
    const cursor = cursorAt()
    assert.equal(await deliver(to(sink, { feed, cursor })), 1_000)
    const detector = gapDetector()
    assert.deepEqual(digest(receiver.received, detector), { fresh: 1_000, again: 0 })
    assert.deepEqual([detector.next, detector.gaps()], [1_000, []])
    assert.deepEqual(cursor.written.at(-1), { origin: 'test.example/upheld/audit/a', next: 1_000 })
    assert.ok(Math.max(...feed.asked) <= 256)
    for (const { body, headers } of receiver.received) {
      assert.ok(body.length <= 1_100_000)
      assert.deepEqual([headers.authorization, headers['content-type']], ['Bearer secret', 'application/x-ndjson'])
    }
    const keys = receiver.received.map(({ headers }) => headers['idempotency-key'])
    assert.equal(new Set(keys).size, receiver.received.length)
    assert.equal(await deliver(to(sink, { feed, cursor })), 0, 'what was taken is not sent again')
  })

  test('a receiver that answers 500, 503, 429, dies, dies after it took, or hangs gets everything in the end', async () => {
    const manners = [
      500,
      'die',
      204,
      { status: 503, retryAfter: '0' },
      'die after it took',
      204,
      429,
      'hang',
      204,
    ] as const
    const receiver = kept(await httpReceiver(request => manners[request] ?? 204))
    const sink = kept(httpsSink({ url: receiver.url, timeoutMs: 400 }))
    const delays: string[] = []
    assert.equal(await deliver(to(sink, { onDelay: why => void delays.push(why) })), 1_000)
    const detector = gapDetector()
    const { fresh, again } = digest(receiver.received, detector)
    assert.equal(fresh, 1_000)
    assert.ok(again > 0, 'what it took and did not say so, it gets again')
    assert.deepEqual([detector.next, detector.gaps()], [1_000, []])
    assert.equal(delays.length, 6)
    assert.deepEqual([delays[0], delays[2], delays[4]], ['it answers 500', 'it answers 503', 'it answers 429'])
    assert.match(delays[5] ?? '', /no answer within 400 ms/)
  })

  test('a receiver that stays down is asked a few times, then the export ends and can go on', async () => {
    const receiver = await httpReceiver(() => 204)
    await receiver.close()
    const cursor = cursorAt({ origin: 'test.example/upheld/audit/a', next: 5 })
    let delays = 0
    const sink = kept(httpsSink({ url: receiver.url }))
    await assert.rejects(deliver(to(sink, { cursor, onDelay: () => void (delays += 1) })), refusal('siem.not_taken'))
    assert.deepEqual([delays, cursor.written], [5, []])
  })

  test('an export that is killed between two batches goes on with the same bytes', async () => {
    const receiver = kept(await httpReceiver(() => 200))
    const sink = kept(httpsSink({ url: receiver.url }))
    const cursor = cursorAt()
    const abort = new AbortController()
    const delivered = await deliver(to(sink, { cursor, signal: abort.signal, onProgress: () => abort.abort() }))
    assert.ok(delivered > 0 && delivered < 1_000)
    // The cursor of the last batch was not written any more: the batch comes again, byte for byte.
    const resumed = cursorAt()
    await deliver(to(sink, { cursor: resumed }))
    const [first, second] = receiver.received
    assert.equal(second?.body, first?.body)
    assert.equal(second?.headers['idempotency-key'], first?.headers['idempotency-key'])
    const detector = gapDetector()
    assert.deepEqual(digest(receiver.received, detector), { fresh: 1_000, again: delivered })
  })

  test('what would not become better is not tried again: 401, 413, a redirect', async () => {
    for (const status of [401, 413, 302]) {
      const receiver = kept(await httpReceiver(() => status))
      const sink = kept(httpsSink({ url: receiver.url, authorization: 'Bearer secret' }))
      const cursor = cursorAt()
      await assert.rejects(deliver(to(sink, { cursor })), refusal('siem.refused'))
      assert.deepEqual([receiver.received.length, cursor.written.map(({ next }) => next)], [1, [0]])
    }
  })

  test('a receiver with a certificate that nobody vouches for, or for another name, is given nothing', async () => {
    const stranger = localIdentity(['siem.example'])
    for (const [offered, believed] of [
      [identity, undefined],
      [identity, localIdentity().ca],
      [stranger, stranger.ca],
    ] as const) {
      const receiver = kept(await httpReceiver(() => 200, offered))
      const sink = kept(httpsSink({ url: receiver.url, ...(believed === undefined ? {} : { ca: believed }) }))
      await assert.rejects(deliver(to(sink)), refusal('siem.not_taken'))
      assert.equal(receiver.received.length, 0)
    }
  })

  test('an entry that was taken out of the log is not passed over', async () => {
    const receiver = kept(await httpReceiver(() => 200))
    const sink = kept(httpsSink({ url: receiver.url }))
    const cursor = cursorAt()
    await assert.rejects(deliver(to(sink, { feed: feedOf([logOf(1_000)], 300), cursor })), refusal('siem.log_gap'))
    const detector = gapDetector()
    digest(receiver.received, detector)
    assert.deepEqual([detector.next, cursor.written.at(-1)?.next], [300, 300])
  })

  test('a log that is shorter than what was exported, or gone, or pruned too early is told', async () => {
    const receiver = kept(await httpReceiver(() => 200))
    const sink = kept(httpsSink({ url: receiver.url }))
    const at = (next: number, origin = 'test.example/upheld/audit/a') => ({ cursor: cursorAt({ origin, next }) })
    await assert.rejects(deliver(to(sink, at(1_001))), refusal('siem.turned_back'))
    await assert.rejects(deliver(to(sink, at(5, 'other'))), refusal('siem.turned_back'))
    const pruned = feedOf([logOf(1_000, { minimumIndex: 512 })])
    await assert.rejects(deliver(to(sink, { ...at(511), feed: pruned })), refusal('siem.pruned'))
    assert.equal(receiver.received.length, 0)
    assert.equal(await deliver(to(sink, { feed: pruned })), 488)
  })

  test('since begins at its moment; a log that had to begin anew follows the one before it, from 0', async () => {
    const receiver = kept(await httpReceiver(() => 200))
    const sink = kept(httpsSink({ url: receiver.url }))
    const cursor = cursorAt()
    const logs = [logOf(300), logOf(20, { id: '2', origin: 'test.example/upheld/audit/b' })]
    assert.equal(await deliver(to(sink, { feed: feedOf(logs), cursor, since: timeAt(290) })), 30)
    assert.deepEqual(cursor.written.at(-1), { origin: 'test.example/upheld/audit/b', next: 20 })
    const detectors = [gapDetector(290), gapDetector()]
    const byLog = receiver.received.map(one =>
      digest([one], detectors[one.body.includes('audit/b#') ? 1 : 0] ?? gapDetector()),
    )
    assert.deepEqual(byLog, [
      { fresh: 10, again: 0 },
      { fresh: 20, again: 0 },
    ])
  })

  test('syslog over TLS and TCP: frames by their length, nothing lost when a connection is reset', async () => {
    for (const tls of [true, false]) {
      const receiver = kept(
        await syslogReceiver(connection => (connection === 0 ? 'reset' : 'good'), tls ? identity : undefined),
      )
      const sink = kept(syslogSink({ host: '127.0.0.1', port: receiver.port, tls, ca: identity.ca }))
      const feed = feedOf([logOf(400)])
      assert.equal(await deliver(to(sink, { feed, format: formats.cef })), 400)
      const detector = gapDetector()
      const form =
        /^<110>1 2026-\S+Z - upheld - audit \[meta sequenceId="(\d+)"\] CEF:0\|.* externalId=(\S+) .* cn1=(\d+) /
      for (const message of receiver.messages) {
        const [, id, uid = '', sequence] = form.exec(message) ?? []
        assert.equal(Number(id), Number(sequence) + 1)
        assert.notEqual(detector.take({ sequence: Number(sequence), uid }), 'conflict')
      }
      assert.deepEqual([detector.next, detector.gaps()], [400, []])
    }
  })

  test('a syslog receiver that never says goodbye has taken nothing', async () => {
    const receiver = kept(await syslogReceiver(() => 'deaf'))
    const sink = kept(syslogSink({ host: '127.0.0.1', port: receiver.port, tls: false, timeoutMs: 100 }))
    const cursor = cursorAt()
    await assert.rejects(deliver(to(sink, { feed: feedOf([logOf(3)]), cursor })), refusal('siem.not_taken'))
    assert.deepEqual(
      cursor.written.map(({ next }) => next),
      [0],
    )
  })

  test('nothing leaves this machine without TLS, and no address carries a password', () => {
    const good = [
      'https://siem.example/x?y=1',
      'http://127.0.0.1:80/',
      'http://[::1]/',
      'syslog+tls://siem.example',
      'syslog+tcp://127.0.0.1:601',
    ]
    for (const address of good) parseAddress(address)
    const bad = [
      'http://siem.example/',
      'http://localhost/',
      'http://127.0.0.1.siem.example/',
      'http://0.0.0.0/',
      'syslog+tcp://siem.example',
      'syslog+tls://siem.example/path',
      'https://user:secret@siem.example/',
      'https://siem.example/#token',
      'ftp://siem.example/',
      'file:///tmp/x',
      'siem.example',
      '',
    ]
    for (const address of bad) assert.throws(() => parseAddress(address), refusal('siem_sink.bad_address'), address)
  })
})

suite('a receiver sees by itself what is missing', () => {
  const uid = String
  test('gaps are named, filled, and gone', () => {
    const detector = gapDetector()
    const arrivals = [0, 1, 4, 5, 9, 4, 2, 3].map(sequence => detector.take({ sequence, uid: uid(sequence) }))
    assert.deepEqual(arrivals, ['next', 'next', 'ahead', 'ahead', 'ahead', 'again', 'next', 'next'])
    assert.deepEqual([detector.next, detector.gaps()], [6, [[6, 8]]])
  })

  test('another event in a place that is taken is a conflict, not a repetition', () => {
    const detector = gapDetector()
    detector.take({ sequence: 0, uid: 'a' })
    detector.take({ sequence: 2, uid: 'c' })
    assert.deepEqual(
      [
        { sequence: 0, uid: 'b' },
        { sequence: 2, uid: 'd' },
        { sequence: -1, uid: 'e' },
        { sequence: 1.5, uid: 'f' },
      ].map(one => detector.take(one)),
      ['conflict', 'conflict', 'conflict', 'conflict'],
    )
    assert.equal(detector.next, 1)
  })

  test('its memory is bounded, whatever it is sent', () => {
    const detector = gapDetector()
    for (let sequence = 1; sequence <= 10_000; sequence += 1) detector.take({ sequence, uid: uid(sequence) })
    assert.equal(detector.take({ sequence: 10_001, uid: 'x' }), 'too far')
    assert.deepEqual(detector.gaps(), [[0, 0]])
    assert.equal(detector.take({ sequence: 0, uid: uid(0) }), 'next')
    assert.deepEqual([detector.next, detector.gaps()], [10_001, []])
  })
})
