import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { LinkedObjects } from '../../src/foundation/objects/index.ts'
import { all, noise, noiseAt } from './bytes.ts'
import { keysIn, openLab, type Lab } from './lab.ts'

// Who: somebody who can read and write the store of blobs, such as whoever has the disk or the bucket, or another
// organization of the same installation. What it would cost: another customer's files, or files that were made up.

const chunk = 16_384
const sealed = chunk + 16
const head = 56
const type = { contentType: 'image/png' }

suite('attacks on sealed objects', () => {
  let lab: Lab
  before(async () => {
    lab = await openLab()
  })
  after(() => lab.close())

  /** Puts an object and says under which key its blob came to lie. */
  async function planted(objects: LinkedObjects, name: string, size: number, seed = 1): Promise<string> {
    const before = new Set(await keysIn(lab.blobs))
    await objects.put(name, noise(size, 65_536, seed), type)
    const [key] = (await keysIn(lab.blobs)).filter(one => !before.has(one))
    assert.ok(key)
    return key
  }

  async function bytesOf(key: string): Promise<Buffer> {
    return all(await lab.blobs.get(key))
  }

  async function overwrite(key: string, bytes: Buffer): Promise<void> {
    const once = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes
    }
    assert.equal(await lab.blobs.put(key, once(), { replace: true }), true)
  }

  /** What a reader gets before it is stopped, and the code that stops it. */
  async function reading(objects: LinkedObjects, name: string): Promise<{ given: Buffer; code: unknown }> {
    const pieces: Uint8Array[] = []
    try {
      for await (const piece of (await objects.get(name))?.bytes ?? []) pieces.push(piece)
    } catch (thrown) {
      return { given: Buffer.concat(pieces), code: thrown instanceof Error && 'code' in thrown ? thrown.code : thrown }
    }
    return { given: Buffer.concat(pieces), code: 'nothing stopped it' }
  }

  test('fetch, list, remove, copy or overwrite another organization’s object by its name', async () => {
    await lab.alpha.put('contract.pdf', Buffer.from('alpha only'), type)
    assert.equal(await lab.beta.get('contract.pdf'), undefined)
    assert.equal(await lab.beta.head('contract.pdf'), undefined)
    for await (const { name } of lab.beta.list()) assert.notEqual(name, 'contract.pdf')
    await assert.rejects(lab.beta.copy('contract.pdf', 'mine'), { code: 'objects.absent' })
    await lab.beta.remove('contract.pdf')
    await lab.beta.put('contract.pdf', Buffer.from('beta only'), { ...type, replace: true })
    assert.equal(String(await all((await lab.alpha.get('contract.pdf'))?.bytes)), 'alpha only')
    assert.equal(String(await all((await lab.beta.get('contract.pdf'))?.bytes)), 'beta only')
  })

  test('read names, types, owners or contents from the store', async () => {
    const canary = 'canary-4711'
    await lab.alpha.put(`${canary}/salaries.csv`, Buffer.from(`${canary} content`), { contentType: `text/${canary}` })
    const held = readdirSync(join(lab.folder, 'objects'), { recursive: true, withFileTypes: true })
    for (const entry of held) {
      assert.ok(!entry.name.includes(canary))
      assert.ok(!entry.name.includes(lab.alpha.organization.slice(0, 8)))
      if (!entry.isFile()) continue
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      for (const secret of [canary, 'salaries', lab.alpha.organization]) assert.equal(bytes.indexOf(secret), -1)
    }
    assert.ok(held.filter(entry => entry.isFile()).length > 0)
  })

  test('guess where an object lies: a key of the store repeats nothing of its name or owner, for no two organizations', async () => {
    const [one, other] = [await planted(lab.alpha, 'same', 10), await planted(lab.beta, 'same', 10)]
    for (const key of [one, other]) assert.match(key, /^[0-9a-f]{32}\/[0-9a-f]{2}\/[0-9a-f]{62}$/)
    assert.notEqual(one.slice(0, 32), other.slice(0, 32))
    assert.notEqual(one.slice(33), other.slice(33))
    const elsewhere = lab.again({ deployment: 'another' }).of(lab.alpha.organization)
    assert.equal(await elsewhere.get('same'), undefined)
  })

  test('tell the length of a name by the length of a blob', async () => {
    const short = await planted(lab.alpha, 'n', 100)
    const long = await planted(lab.alpha, `n${'o'.repeat(1000)}`, 100)
    assert.equal(await lab.blobs.size(short), await lab.blobs.size(long))
  })

  test('move a blob to another name, another organization, another deployment', async () => {
    const source = await planted(lab.alpha, 'moved/source', 3 * chunk)
    const bytes = await bytesOf(source)
    // The same keys, in an installation of another name.
    const elsewhere = lab.again({ deployment: 'another' }).of(lab.alpha.organization)
    for (const [objects, name] of [
      [lab.alpha, 'moved/target'],
      [lab.beta, 'moved/source'],
      [elsewhere, 'moved/source'],
    ] as const) {
      await overwrite(await planted(objects, name, 3 * chunk, 9), bytes)
      await assert.rejects(objects.get(name), { code: 'objects.altered' })
      await assert.rejects(objects.head(name), { code: 'objects.altered' })
    }
    await assert.rejects(
      async () => {
        for await (const facts of lab.beta.list('moved/')) assert.ok(facts)
      },
      { code: 'objects.altered' },
    )
    await lab.beta.remove('moved/source')
    await lab.alpha.remove('moved/target')
  })

  test('swap, repeat, drop or add chunks: every byte that is given out before was at its place', async () => {
    const size = 4 * chunk + 100
    const name = 'chunks'
    const key = await planted(lab.alpha, name, size)
    const whole = await bytesOf(key)
    const at = (index: number): Buffer => whole.subarray(head + index * sealed, head + (index + 1) * sealed)
    const [lead, last] = [whole.subarray(0, head), whole.subarray(head + 4 * sealed)]
    const forms: readonly (readonly [string, readonly Buffer[], number])[] = [
      ['swapped', [lead, at(0), at(2), at(1), at(3), last], chunk],
      ['repeated in place', [lead, at(0), at(0), at(2), at(3), last], chunk],
      ['of the first place', [lead, at(1), at(1), at(2), at(3), last], 0],
      ['last one repeated', [lead, at(0), at(1), at(2), at(2), last], 3 * chunk],
    ]
    for (const [says, pieces, givenBytes] of forms) {
      await overwrite(key, Buffer.concat(pieces))
      const { given, code } = await reading(lab.alpha, name)
      assert.deepEqual([code, given.length], ['objects.altered', givenBytes], says)
      assert.ok(given.equals(noiseAt(0, givenBytes)))
    }
    const lengths: readonly (readonly [string, readonly Buffer[]])[] = [
      ['dropped', [lead, at(0), at(1), at(2), last]],
      ['added', [lead, at(0), at(0), at(1), at(2), at(3), last]],
      ['cut at a chunk', [lead, at(0), at(1)]],
      ['cut in a chunk', [whole.subarray(0, head + sealed + 100)]],
      ['cut before its trailer', [whole.subarray(0, -4096)]],
      ['cut by one byte', [whole.subarray(0, -1)]],
      ['one byte longer', [whole, Buffer.alloc(1)]],
      ['with a second trailer', [whole, whole.subarray(-4096)]],
      ['empty', []],
    ]
    for (const [says, pieces] of lengths) {
      await overwrite(key, Buffer.concat(pieces))
      const { given, code } = await reading(lab.alpha, name)
      assert.deepEqual([code, given.length], ['objects.altered', 0], says)
    }
    await overwrite(key, whole)
    assert.equal((await reading(lab.alpha, name)).code, 'nothing stopped it')
  })

  test('turn any one bit: of head, of any chunk, of any tag, of the trailer', async () => {
    const size = 2 * chunk + 50
    const key = await planted(lab.alpha, 'bits', size)
    const whole = await bytesOf(key)
    const places = [
      0,
      23,
      24,
      55,
      head,
      head + chunk,
      head + sealed - 1,
      head + sealed,
      head + 2 * sealed + 49,
      head + 2 * sealed + 65,
    ]
    for (let back = 4096; back > 0; back -= 97) places.push(whole.length - back)
    places.push(...Array.from({ length: 32 }, (_, index) => whole.length - 4096 + index), whole.length - 1)
    for (const place of places) {
      const turned = Buffer.from(whole)
      turned[place] = (turned[place] ?? 0) ^ 0x10
      await overwrite(key, turned)
      const { given, code } = await reading(lab.alpha, 'bits')
      assert.equal(code, 'objects.altered', `at ${place}`)
      assert.ok(given.equals(noiseAt(0, given.length)), `at ${place}`)
      const before = Math.max(0, Math.floor((place - head) / sealed)) * chunk
      assert.ok(given.length <= before, `at ${place}: ${given.length}`)
    }
    await overwrite(key, whole)
  })

  test('cut the object while it is read: the end is missed, though every chunk before it was genuine', async () => {
    for (const size of [4 * chunk, 4 * chunk + 1]) {
      const name = `cut/${size}`
      const key = await planted(lab.alpha, name, size)
      const whole = await bytesOf(key)
      const got = await lab.alpha.get(name)
      // After its trailer was read, the blob that is opened is one chunk shorter, and exactly so.
      await overwrite(key, whole.subarray(0, head + 4 * sealed))
      await assert.rejects(
        async () => all(got?.bytes),
        (error: unknown) =>
          error instanceof Error && 'code' in error && ['objects.altered', 'blobs.cut'].includes(String(error.code)),
      )
    }
  })

  test('bring an older copy of the same object back: seen where its version is kept, and only there', async () => {
    const key = await planted(lab.alpha, 'stale', 500, 1)
    const old = await bytesOf(key)
    const now = await lab.alpha.put('stale', noise(500, 500, 2), { ...type, replace: true })
    await overwrite(key, old)
    await assert.rejects(lab.alpha.get('stale', { version: now.version }), { code: 'objects.changed' })
    await assert.rejects(lab.alpha.head('stale', { version: now.version }), { code: 'objects.changed' })
    assert.ok(await lab.alpha.get('stale'))
  })

  test('give the trailer of one version the chunks of another', async () => {
    const key = await planted(lab.alpha, 'mixed', 2 * chunk, 1)
    const old = await bytesOf(key)
    await lab.alpha.put('mixed', noise(2 * chunk, 65_536, 2), { ...type, replace: true })
    const fresh = await bytesOf(key)
    await overwrite(key, Buffer.concat([old.subarray(0, -4096), fresh.subarray(-4096)]))
    assert.deepEqual(await reading(lab.alpha, 'mixed'), { given: Buffer.alloc(0), code: 'objects.altered' })
    const range = await lab.alpha.get('mixed', { range: { start: chunk, end: chunk + 5 } })
    await assert.rejects(async () => all(range?.bytes), { code: 'objects.altered' })
  })

  test('replace an object while it is read: what was begun ends as it was, or says that it changed', async () => {
    await lab.alpha.put('replaced', noise(50 * chunk, 65_536, 1), type)
    const got = await lab.alpha.get('replaced')
    await lab.alpha.put('replaced', noise(50 * chunk, 65_536, 2), { ...type, replace: true })
    await assert.rejects(async () => all(got?.bytes), { code: 'objects.changed' })
    const again = await lab.alpha.get('replaced')
    await lab.alpha.remove('replaced')
    await assert.rejects(async () => all(again?.bytes), { code: 'objects.changed' })
  })
})

suite('hostile names', () => {
  let lab: Lab
  before(async () => {
    lab = await openLab()
  })
  after(() => lab.close())

  const strange = [
    '..',
    '../../etc/passwd',
    '/',
    '//',
    'a/../b',
    '.',
    '.drafts',
    'con',
    'C:\\x',
    '%00',
    '%2e%2e/',
    ' ',
    '💣/🔑',
    '\u202egpj.exe',
    'ﬁle',
    'é',
    'e\u0301',
    '"; filename="x',
    "'",
    '<script>',
    '__proto__',
    'x'.repeat(1024),
    '💣'.repeat(256),
  ]

  test('each is one object of its own, inside the store, whatever it looks like', async () => {
    await lab.alpha.put('plain', Buffer.from('plain'), type)
    const outside = readdirSync(lab.folder)
    for (const name of strange) await lab.alpha.put(name, Buffer.from(name), type)
    for (const name of strange) {
      const got = await lab.alpha.get(name)
      assert.equal(got?.facts.name, name)
      assert.equal(String(await all(got.bytes)), name)
    }
    const keys = await keysIn(lab.blobs)
    assert.equal(keys.length, strange.length + 1)
    assert.deepEqual(readdirSync(lab.folder), outside)
  })

  test('control characters, half characters, nothing, and too much are refused before anything is stored', async () => {
    const before = (await keysIn(lab.blobs)).length
    for (const name of [
      '',
      'a\0b',
      'a\r\nSet-Cookie: x',
      '\n',
      'a\u0085b',
      '\u007f',
      '\ud800',
      'x\udc00',
      'x'.repeat(1025),
      '💣'.repeat(257),
    ]) {
      const refused = { code: 'objects.bad_name' }
      await assert.rejects(lab.alpha.put(name, Buffer.from('x'), type), refused)
      await assert.rejects(lab.alpha.get(name), refused)
      await assert.rejects(lab.alpha.head(name), refused)
      await assert.rejects(lab.alpha.remove(name), refused)
      await assert.rejects(lab.alpha.link(name, { lastsSecs: 60 }), refused)
    }
    for (const contentType of [
      '',
      'html',
      'text/html\r\nx: y',
      'a/b;c=d',
      'text/plain; charset="utf-8"',
      '*/*',
      'a/b/c',
      `a/${'b'.repeat(70)}`,
    ]) {
      await assert.rejects(lab.alpha.put('typed', Buffer.from('x'), { contentType }), { code: 'objects.bad_type' })
    }
    assert.equal((await keysIn(lab.blobs)).length, before)
  })
})
