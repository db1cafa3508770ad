import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { UpheldError } from '../../src/core/errors.ts'
import type { Guest, GuestBook, Objects } from '../../src/foundation/objects/index.ts'
import { openLab, type Lab } from './lab.ts'

suite('guests among the objects of an organization', () => {
  const told: string[] = []
  let letIn = true
  let monotonicMs = 0
  const clock = { now: () => new Date(), monotonicMs: () => monotonicMs }
  const out = (): UpheldError => new UpheldError('tenancy.no_grant', { status: 403, public: 'No grant.' })
  const guests: GuestBook = {
    async tell(_, { id }, act, name) {
      if (!letIn) throw out()
      told.push(`${id} ${act} ${name}`)
    },
    async ask() {
      if (!letIn) throw out()
    },
  }
  const guest = (writes: boolean): Guest => ({ id: 's-1', grant: randomUUID(), writes })
  let lab: Lab
  let objects: Objects
  before(async () => {
    lab = await openLab()
    objects = lab.again({ guests, clock })
    await lab.alpha.put('a', Buffer.alloc(1_000_000, 7), { contentType: 'text/plain' })
  })
  after(() => lab.close())

  const fetched = (link: string): Promise<Response> => objects.serve(new Request(`http://x${link}`))
  const refused = (code: string) => (thrown: unknown) => thrown instanceof UpheldError && thrown.code === code

  test('whatever a guest does is told before it is done, and not done when it cannot be told', async () => {
    const theirs = objects.of(lab.alpha.organization, guest(true))
    await theirs.put('b', Buffer.from('b'), { contentType: 'text/plain' })
    await theirs.get('b')
    await theirs.head('b')
    await theirs.copy('b', 'c')
    await Array.fromAsync(theirs.list('b'))
    await theirs.remove('c')
    const acts = ['put b', 'read b', 'read b', 'copy b', 'list b', 'remove c']
    assert.deepEqual(
      told.splice(0),
      acts.map(act => `s-1 ${act}`),
    )
    letIn = false
    const asked = lab.asked.length
    await assert.rejects(theirs.put('d', Buffer.from('d'), { contentType: 'text/plain' }), refused('tenancy.no_grant'))
    await assert.rejects(theirs.get('b'), refused('tenancy.no_grant'))
    await assert.rejects(theirs.head('b'), refused('tenancy.no_grant'))
    await assert.rejects(theirs.copy('b', 'e'), refused('tenancy.no_grant'))
    await assert.rejects(theirs.remove('b'), refused('tenancy.no_grant'))
    await assert.rejects(Array.fromAsync(theirs.list()), refused('tenancy.no_grant'))
    await assert.rejects(Array.fromAsync(theirs.renew()), refused('tenancy.no_grant'))
    assert.equal(lab.asked.length, asked, 'the store was asked for nothing')
    letIn = true
  })

  test('read-only staff writing by any function: refused, and nothing is told or touched', async () => {
    const theirs = objects.of(lab.alpha.organization, guest(false))
    const asked = lab.asked.length
    const put = { contentType: 'text/plain', replace: true }
    await assert.rejects(theirs.put('a', Buffer.from('x'), put), refused('objects.reads_only'))
    await assert.rejects(theirs.remove('a'), refused('objects.reads_only'))
    await assert.rejects(theirs.copy('a', 'z'), refused('objects.reads_only'))
    await assert.rejects(Array.fromAsync(theirs.renew()), refused('objects.reads_only'))
    assert.deepEqual([told.length, lab.asked.length], [0, asked])
  })

  test('a link of a guest is told at each use, opens nothing once they are out, and nothing where nobody writes it down', async () => {
    const link = await objects.of(lab.alpha.organization, guest(false)).link('a', { lastsSecs: 300 })
    const answer = await fetched(link)
    assert.equal((await answer.arrayBuffer()).byteLength, 1_000_000)
    assert.deepEqual(told.splice(0), ['s-1 read a'])
    assert.equal((await lab.again({}).serve(new Request(`http://x${link}`))).status, 403)
    letIn = false
    const asked = lab.asked.length
    assert.equal((await fetched(link)).status, 403)
    assert.deepEqual([told.length, lab.asked.length], [0, asked])
    // Of whoever is no guest nothing is asked.
    assert.equal((await fetched(await lab.alpha.link('a', { lastsSecs: 300 }))).status, 200)
    letIn = true
    assert.throws(() => lab.again({}).of(lab.alpha.organization, guest(false)), refused('objects.no_guests'))
  })

  test('let out in the middle of a file: the rest of it does not come', async () => {
    for (const opened of [
      async () => (await objects.of(lab.alpha.organization, guest(false)).get('a'))?.bytes,
      async () => {
        const link = await objects.of(lab.alpha.organization, guest(false)).link('a', { lastsSecs: 300 })
        return (await fetched(link)).body ?? undefined
      },
    ]) {
      const bytes: AsyncIterable<Uint8Array> | undefined = await opened()
      assert.ok(bytes)
      let read = 0
      const reading = (async () => {
        for await (const chunk of bytes) {
          read += chunk.length
          letIn = false
          monotonicMs += 600
        }
      })()
      await assert.rejects(reading)
      assert.ok(read < 100_000, String(read))
      letIn = true
    }
    assert.equal(lab.open(), 0)
  })
})
