import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ObjectFacts } from '../../src/foundation/objects/index.ts'
import { rotateDataKeys } from '../../src/foundation/vault/index.ts'
import { all, digest, noise, noiseAt } from './bytes.ts'
import { keysIn, openLab, type Lab } from './lab.ts'

const chunk = 16_384
const sealedChunk = chunk + 16
const trailer = 4096
const type = { contentType: 'application/octet-stream' }

async function facts(found: AsyncIterable<ObjectFacts>): Promise<ObjectFacts[]> {
  const listed: ObjectFacts[] = []
  for await (const one of found) listed.push(one)
  return listed
}

suite('sealed objects', () => {
  let lab: Lab
  before(async () => {
    lab = await openLab()
  })
  after(() => lab.close())

  test('what was put is read back, at every edge of a chunk, whatever pieces it came in', async () => {
    for (const size of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk + 77]) {
      for (const piece of [1_000, chunk, 65_536]) {
        const put = await lab.alpha.put('sizes', noise(size, piece), { ...type, replace: true })
        assert.deepEqual([put.length, put.name, put.contentType], [size, 'sizes', 'application/octet-stream'])
        const got = await lab.alpha.get('sizes')
        assert.deepEqual(got?.facts, put)
        assert.equal(digest(await all(got.bytes)), digest(noiseAt(0, size)))
      }
    }
    const single = await lab.alpha.put('bytes', Buffer.from('once'), { contentType: 'Text/Plain; charset=UTF-8' })
    assert.equal(single.contentType, 'text/plain;charset=utf-8')
    assert.equal(String(await all((await lab.alpha.get('bytes'))?.bytes)), 'once')
  })

  test('a range gives its bytes, and asks the store for the trailer and its own chunks alone', async () => {
    const size = 40 * chunk + 5
    await lab.alpha.put('ranged', noise(size), type)
    const cases = [
      { start: 0, end: 1, chunks: 1 },
      { start: chunk - 1, end: chunk, chunks: 1 },
      { start: chunk - 1, end: chunk + 1, chunks: 2 },
      { start: 20 * chunk, end: 21 * chunk, chunks: 1 },
      { start: 20 * chunk + 9, end: 23 * chunk + 1, chunks: 4 },
      { start: 39 * chunk, end: 40 * chunk, chunks: 1 },
    ]
    for (const { start, end, chunks } of cases) {
      lab.asked.length = 0
      const got = await lab.alpha.get('ranged', { range: { start, end } })
      assert.deepEqual(await all(got?.bytes), noiseAt(start, end - start))
      const bytes = lab.asked.flatMap(({ range }) => (range === undefined ? [] : [range.end - range.start]))
      const lead = start < chunk ? 56 : 0
      assert.deepEqual(bytes, [trailer, lead + chunks * sealedChunk])
      assert.deepEqual(
        lab.asked.map(({ verb }) => verb),
        ['size', 'get', 'get'],
      )
    }
    const last = await lab.alpha.get('ranged', { range: { start: 40 * chunk, end: size } })
    assert.deepEqual(await all(last?.bytes), noiseAt(40 * chunk, 5))
  })

  test('a range that is none, or that no number can hold, is refused', async () => {
    for (const [start, end] of [
      [-1, 1],
      [2, 1],
      [0, 6],
      [5, 7],
      [0.5, 1],
      [NaN, 1],
      [0, Infinity],
      [0, 2 ** 53],
    ] as const) {
      await lab.alpha.put('five', Buffer.from('12345'), { ...type, replace: true })
      await assert.rejects(lab.alpha.get('five', { range: { start, end } }), { code: 'objects.bad_range' })
    }
    assert.deepEqual(await all((await lab.alpha.get('five', { range: { start: 5, end: 5 } }))?.bytes), Buffer.alloc(0))
  })

  test('nothing is open before the first byte is asked for, nor after the reader stopped, at whatever byte', async () => {
    await lab.alpha.put('left', noise(30 * chunk), type)
    for (const stops of [0, 1, 2, 17, 30]) {
      const got = await lab.alpha.get('left')
      assert.ok(got)
      assert.equal(lab.open(), 0)
      let seen = 0
      if (stops > 0) {
        for await (const piece of got.bytes) {
          assert.equal(piece.length, chunk)
          if (++seen === stops) break
        }
      }
      assert.equal(seen, stops)
      assert.equal(lab.open(), 0)
    }
  })

  test('nothing takes the place of an object unless that was asked for, and each has a version of its own', async () => {
    const first = await lab.alpha.put('kept', Buffer.from('first'), type)
    await assert.rejects(lab.alpha.put('kept', Buffer.from('second'), type), { code: 'objects.exists' })
    assert.equal((await lab.alpha.head('kept'))?.version, first.version)
    const second = await lab.alpha.put('kept', Buffer.from('first'), { ...type, replace: true })
    assert.match(second.version, /^[0-9a-f]{32}$/)
    assert.notEqual(second.version, first.version)
    await assert.rejects(lab.alpha.get('kept', { version: first.version }), { code: 'objects.changed' })
  })

  test('an object that is larger than was allowed is not stored, and its sender is heard no further', async () => {
    let given = 0
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += 1
        yield Buffer.alloc(10_000)
      }
    }
    await assert.rejects(lab.alpha.put('large', endless(), { ...type, bytesMax: 100_000 }), {
      code: 'objects.too_large',
    })
    assert.equal(given, 11)
    assert.equal(await lab.alpha.head('large'), undefined)
    const exact = await lab.alpha.put('large', noise(100_000, 10_000), { ...type, bytesMax: 100_000 })
    assert.equal(exact.length, 100_000)
  })

  test('an upload that breaks leaves no object and no blob, and its error is the sender’s own', async () => {
    const before = (await keysIn(lab.blobs)).length
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* noise(3 * chunk)
      throw new Error('the line broke')
    }
    await assert.rejects(lab.alpha.put('broken', broken(), type), /the line broke/)
    assert.equal(await lab.alpha.head('broken'), undefined)
    assert.equal((await keysIn(lab.blobs)).length, before)
  })

  test('a list has the names that begin so, of one organization alone', async () => {
    for (const name of ['a/1', 'a/2', 'b/1']) await lab.beta.put(name, Buffer.from(name), type)
    assert.deepEqual((await facts(lab.beta.list('a/'))).map(({ name }) => name).sort(), ['a/1', 'a/2'])
    assert.deepEqual((await facts(lab.beta.list())).map(({ name }) => name).sort(), ['a/1', 'a/2', 'b/1'])
    assert.deepEqual(await facts(lab.beta.list('c')), [])
  })

  test('a copy is an object of its own, sealed for its own name', async () => {
    const original = await lab.alpha.put('original', noise(2 * chunk + 3), { contentType: 'image/png' })
    const copy = await lab.alpha.copy('original', 'copied')
    assert.deepEqual([copy.length, copy.contentType], [original.length, 'image/png'])
    assert.notEqual(copy.version, original.version)
    await lab.alpha.remove('original')
    await lab.alpha.remove('original')
    assert.equal(await lab.alpha.get('original'), undefined)
    assert.equal(digest(await all((await lab.alpha.get('copied'))?.bytes)), digest(noiseAt(0, 2 * chunk + 3)))
    await assert.rejects(lab.alpha.copy('original', 'other'), { code: 'objects.absent' })
    await assert.rejects(lab.alpha.copy('copied', 'copied'), { code: 'objects.exists' })
  })
})

test('a key that was rotated away opens what it sealed until all of it is renewed, which may be ended at any point', async () => {
  const lab = await openLab()
  try {
    const { organization } = lab.alpha
    for (let index = 0; index < 6; index++) await lab.alpha.put(`old/${index}`, noise(chunk + index), type)
    const done = await rotateDataKeys(lab.keyPorts, {
      since: new Date(Date.now() + 1_000).toISOString(),
      settleMs: 0,
      organization,
      domains: domain => domain === 'objects',
      emptied: async () => false,
    })
    assert.equal(done.turned, 1)
    const newer = lab.again({}).of(organization)
    assert.equal(digest(await all((await newer.get('old/3'))?.bytes)), digest(noiseAt(0, chunk + 3)))
    await assert.rejects(newer.put('old/3', Buffer.from('x'), type), { code: 'objects.exists' })
    await newer.put('old/3', Buffer.from('replaced'), { ...type, replace: true })
    await newer.remove('old/4')
    assert.deepEqual((await facts(newer.list())).map(({ name }) => name).sort(), [
      'old/0',
      'old/1',
      'old/2',
      'old/3',
      'old/5',
    ])
    for await (const { name } of newer.renew()) {
      assert.match(name, /^old\//)
      break
    }
    const rest = await facts(newer.renew())
    assert.equal(rest.length, 3)
    assert.deepEqual(await facts(newer.renew()), [])
    const prefixes = new Set((await keysIn(lab.blobs)).map(key => key.slice(0, 32)))
    assert.equal(prefixes.size, 1)
    assert.equal(String(await all((await newer.get('old/3'))?.bytes)), 'replaced')
    assert.equal(digest(await all((await newer.get('old/0'))?.bytes)), digest(noiseAt(0, chunk)))
    assert.equal(await newer.get('old/4'), undefined)
  } finally {
    lab.close()
  }
})
