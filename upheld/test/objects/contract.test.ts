import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { all, digest, list, noise, noiseAt } from './bytes.ts'
import { folderStore, s3Store, type Store } from './stores.ts'

// One contract for every store of blobs: what the sealed objects above it rely on.

const mebibyte = 1024 * 1024

for (const open of [folderStore, s3Store]) {
  suite(`a store of blobs: ${open.name}`, () => {
    let store: Store
    before(async () => {
      store = await open()
    })
    after(() => store.close())

    test('what was put is read back, from no byte to three parts of an upload', async () => {
      for (const size of [0, 1, 65_536, 5 * mebibyte, 5 * mebibyte + 1, 11 * mebibyte]) {
        const key = `sizes/${size}`
        assert.equal(await store.blobs.put(key, noise(size)), true)
        assert.equal(await store.blobs.size(key), size)
        assert.equal(digest(await all(await store.blobs.get(key))), digest(await all(noise(size))))
      }
      assert.equal(await store.drafts(), 0)
    })

    test('a part is read, and nothing beside it', async () => {
      await store.blobs.put('parts/one', noise(300_000))
      for (const [start, end] of [
        [0, 1],
        [299_999, 300_000],
        [65_535, 65_537],
        [1, 299_999],
        [7, 7],
      ] as const) {
        const got = await all(await store.blobs.get('parts/one', { start, end }))
        assert.deepEqual(got, noiseAt(start, end - start))
      }
    })

    test('a part beyond the end is an error, not a short answer', async () => {
      await store.blobs.put('parts/short', noise(100))
      for (const range of [
        { start: 50, end: 101 },
        { start: 100, end: 120 },
        { start: 5_000, end: 5_001 },
      ]) {
        await assert.rejects(async () => all(await store.blobs.get('parts/short', range)), { code: 'blobs.cut' })
      }
    })

    test('nothing is replaced unless that was asked for', async () => {
      assert.equal(await store.blobs.put('once', noise(10, 10, 1)), true)
      assert.equal(await store.blobs.put('once', noise(20, 20, 2)), false)
      assert.equal(await store.blobs.put('once', noise(12 * mebibyte)), false)
      assert.deepEqual(await all(await store.blobs.get('once')), noiseAt(0, 10, 1))
      assert.equal(await store.blobs.put('once', noise(30, 30, 3), { replace: true }), true)
      assert.deepEqual(await all(await store.blobs.get('once')), noiseAt(0, 30, 3))
      assert.equal(await store.drafts(), 0)
    })

    test('of twenty who put the same key at once, one does', async () => {
      const done = await Promise.all(
        Array.from({ length: 20 }, (_, seed) => store.blobs.put('race', noise(50_000, 1_000, seed))),
      )
      assert.deepEqual(
        done.filter(stored => stored),
        [true],
      )
      const winner = done.indexOf(true)
      assert.deepEqual(await all(await store.blobs.get('race')), noiseAt(0, 50_000, winner))
    })

    test('a write that fails leaves nothing, neither seen nor unseen', async () => {
      for (const size of [10, 6 * mebibyte, 12 * mebibyte]) {
        const broken = async function* (): AsyncGenerator<Uint8Array> {
          yield* noise(size)
          throw new Error('the source broke')
        }
        await assert.rejects(store.blobs.put('broken', broken()), /the source broke/)
        assert.equal(await store.blobs.size('broken'), undefined)
      }
      assert.equal(await store.drafts(), 0)
      assert.deepEqual(await list(store.blobs.list('broken')), [])
    })

    test('a write that fails leaves what was there before', async () => {
      await store.blobs.put('kept', noise(100))
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield* noise(7 * mebibyte)
        throw new Error('the source broke')
      }
      await assert.rejects(store.blobs.put('kept', broken(), { replace: true }), /the source broke/)
      assert.deepEqual(await all(await store.blobs.get('kept')), noiseAt(0, 100))
    })

    test('a blob is not seen before it is whole', async () => {
      let midway: number | undefined = -1
      const looking = async function* (): AsyncGenerator<Uint8Array> {
        yield* noise(11 * mebibyte)
        midway = await store.blobs.size('whole')
      }
      assert.equal(await store.blobs.put('whole', looking()), true)
      assert.equal(midway, undefined)
      assert.equal(await store.blobs.size('whole'), 11 * mebibyte)
    })

    test('a reader who stops early frees what was open, a hundred times', async () => {
      await store.blobs.put('long', noise(4 * mebibyte))
      for (let turn = 0; turn < 100; turn++) {
        const bytes = await store.blobs.get('long')
        assert.ok(bytes)
        for await (const piece of bytes) {
          assert.ok(piece.length > 0)
          break
        }
      }
      assert.equal(digest(await all(await store.blobs.get('long'))), digest(await all(noise(4 * mebibyte))))
    })

    test('a reader keeps what it opened while another takes its place', async () => {
      await store.blobs.put('stable', noise(3 * mebibyte, 65_536, 1))
      const bytes = await store.blobs.get('stable')
      await store.blobs.put('stable', noise(3 * mebibyte, 65_536, 2), { replace: true })
      assert.equal(digest(await all(bytes)), digest(await all(noise(3 * mebibyte, 65_536, 1))))
    })

    test('what is removed is gone, and removing it again is no error', async () => {
      await store.blobs.put('brief/one', noise(10))
      await store.blobs.remove('brief/one')
      await store.blobs.remove('brief/one')
      await store.blobs.remove('never/there')
      assert.equal(await store.blobs.size('brief/one'), undefined)
      assert.equal(await store.blobs.get('brief/one'), undefined)
      assert.equal(await store.blobs.get('brief/one', { start: 0, end: 5 }), undefined)
    })

    test('a list has every key that begins so, in order, over many pages', async () => {
      const keys = Array.from({ length: 40 }, (_, index) => `lists/a${index % 4}/${index}`)
      for (const key of [...keys, 'lists/a1-x', 'listsother']) await store.blobs.put(key, noise(1))
      assert.deepEqual(await list(store.blobs.list('lists/')), [...keys, 'lists/a1-x'].sort())
      assert.deepEqual(
        await list(store.blobs.list('lists/a1')),
        [...keys.filter(key => key.includes('/a1/')), 'lists/a1-x'].sort(),
      )
      assert.deepEqual(await list(store.blobs.list('lists/a2/')), keys.filter(key => key.includes('/a2/')).sort())
      assert.deepEqual(await list(store.blobs.list('nothing/')), [])
    })

    test('a key that is a path out, a hidden file, or no plain text is refused', async () => {
      const hostile = [
        '',
        '/',
        '..',
        '../up',
        'a/../b',
        'a//b',
        '/a',
        'a/',
        '.drafts',
        'A',
        'a\0b',
        'a\nb',
        'ä',
        '💣',
        'a'.repeat(513),
        'a\\b',
        '%2e%2e',
        'a?b',
        'a#b',
        '-a',
      ]
      for (const key of hostile) {
        const refused = { code: 'blobs.bad_key' }
        await assert.rejects(store.blobs.put(key, noise(1)), refused, key)
        await assert.rejects(store.blobs.get(key), refused, key)
        await assert.rejects(store.blobs.size(key), refused, key)
        await assert.rejects(store.blobs.remove(key), refused, key)
      }
    })
  })
}
