import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { newOrganizationId } from '../../src/core/ids.ts'
import type { LinkedObjects } from '../../src/foundation/objects/index.ts'
import { rotateDataKeys } from '../../src/foundation/vault/index.ts'
import { fromNowOn, testKeys, type Keys } from './keys.ts'
import { objectsIn } from './objects.ts'
import { killedAtEveryCall, run } from './start.ts'

suite('the key of objects is rotated', () => {
  let keys: Keys
  before(() => {
    keys = testKeys()
  })
  after(() => keys.remove())

  const type = { contentType: 'text/plain' }
  /** Through a vault that remembers nothing. */
  const fresh = async (organization: ReturnType<typeof newOrganizationId>): Promise<LinkedObjects> =>
    (await objectsIn(keys.folder, keys.vault())).of(organization)
  const text = async (objects: LinkedObjects, name: string, version?: string): Promise<string | undefined> => {
    const found = await objects.get(name, { version })
    return found && Buffer.concat(await Array.fromAsync(found.bytes)).toString()
  }

  test('killed after any change, every object opens as the version that it was, and the next run finishes', async () => {
    const kills = await killedAtEveryCall(async dieAfter => {
      const organization = newOrganizationId()
      const before = await fresh(organization)
      const put = [await before.put('a', Buffer.from('of a'), type), await before.put('b', Buffer.from('of b'), type)]
      const since = await fromNowOn()
      const end = await run({ folder: keys.folder, work: 'rotate objects', organization, since, dieAfter })
      const all = async (): Promise<void> => {
        const objects = await fresh(organization)
        for (const facts of put)
          assert.equal(await text(objects, facts.name, facts.version), `of ${facts.name}`, `after change ${dieAfter}`)
      }
      await all()
      await rotateDataKeys(keys.ports, {
        since,
        settleMs: 0,
        organization,
        domains: domain => domain === 'objects',
        emptied: async () => (await Array.fromAsync((await fresh(organization)).renew())).length >= 0,
      })
      await all()
      const records = await keys.ports.store.list(organization, 'objects')
      assert.deepEqual(
        records.map(({ epoch, state }) => `${epoch} ${state}`),
        ['1 destroyed', '2 active'],
      )
      return end
    })
    assert.ok(kills >= 9, `only ${kills} changes`)
  })

  test('what the application puts, replaces or removes meanwhile stands', async () => {
    const organization = newOrganizationId()
    const before = await fresh(organization)
    for (const name of ['replaced', 'removed', 'kept']) await before.put(name, Buffer.from(`old ${name}`), type)
    const rotation = { since: await fromNowOn(), settleMs: 0, organization }
    await rotateDataKeys(keys.ports, { ...rotation, domains: one => one === 'objects', emptied: async () => false })
    // Each at the moment when the old object was found and is about to be read.
    const meanwhile = await fresh(organization)
    const touched = new Set<string>()
    const under = await objectsIn(keys.folder, keys.vault(), blobs => ({
      ...blobs,
      async put(key, bytes, options) {
        if (options?.replace === false && !touched.has(key)) {
          touched.add(key)
          await meanwhile.put('replaced', Buffer.from('new'), { ...type, replace: true })
          await meanwhile.remove('removed')
        }
        return blobs.put(key, bytes, options)
      },
    }))
    await Array.fromAsync(under.of(organization).renew())
    const after = await fresh(organization)
    assert.equal(await text(after, 'replaced'), 'new')
    assert.equal(await text(after, 'removed'), undefined)
    assert.equal(await text(after, 'kept'), 'old kept')
    assert.deepEqual(await Array.fromAsync(after.renew()), [])
  })

  test('an upload that ends under a key that was replaced while it lasted is not left under it', async () => {
    const organization = newOrganizationId()
    const vault = keys.vault()
    const objects = (await objectsIn(keys.folder, vault)).of(organization)
    await objects.put('first', Buffer.from('x'), type)
    const rotation = { since: await fromNowOn(), settleMs: 0, organization }
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('slow ')
      await rotateDataKeys(keys.ports, {
        ...rotation,
        domains: one => one === 'objects',
        emptied: async () => (await Array.fromAsync((await fresh(organization)).renew())).length >= 0,
      })
      // As the watch of keys does when it hears of it.
      vault.forget(organization)
      yield Buffer.from('upload')
    }
    const { version } = await objects.put('slow', slow(), type)
    const after = await fresh(organization)
    assert.equal(await text(after, 'slow', version), 'slow upload')
    assert.equal(await text(after, 'first'), 'x')
  })

  test('what a process puts that has not heard of a rotation is not lost with the key that it remembers', async () => {
    const organization = newOrganizationId()
    const vault = keys.vault()
    const objects = (await objectsIn(keys.folder, vault)).of(organization)
    await objects.put('first', Buffer.from('x'), type)
    await rotateDataKeys(keys.ports, {
      since: await fromNowOn(),
      settleMs: 0,
      organization,
      domains: one => one === 'objects',
      emptied: async () => (await Array.fromAsync((await fresh(organization)).renew())).length >= 0,
    })
    // It still seals under the key that is destroyed by now.
    const { version } = await objects.put('late', Buffer.from('late'), type)
    assert.equal(await text(await fresh(organization), 'late', version), 'late')
    assert.equal(await text(objects, 'late', version), 'late')
    assert.deepEqual(await Array.fromAsync(objects.renew()), [], 'nothing goes back under the key that it remembers')
    assert.equal(await text(await fresh(organization), 'late', version), 'late')
  })
})
