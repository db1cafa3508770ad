import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { z } from 'zod'
import { newOrganizationId, type OrganizationId } from '../../core/ids.ts'
import { portsIn, testKeys, type Keys } from '../../../test/vault-keys/keys.ts'
import { killedAtEveryCall, resultOf, run, start } from '../../../test/vault-keys/start.ts'
import { closedFloor, openChain, shred, type KeyPorts, type KeyRecord } from './index.ts'

const domain = 'table:ward.token'

suite('the chain of keys', () => {
  let keys: Keys
  before(() => {
    keys = testKeys()
  })
  after(() => keys.remove())
  const code = (expected: string) => ({ code: expected })

  /** The record with other words around the same wrapped bytes, put past every check of the store that it can pass. */
  const planted = (records: readonly KeyRecord[]): KeyPorts => ({
    ...keys.ports,
    store: {
      ...keys.ports.store,
      list: async (organization, asked) =>
        records.filter(record => record.organization === organization && record.domain === asked),
    },
  })
  const recordOf = async (organization: OrganizationId, asked: string): Promise<KeyRecord> => {
    const [record] = await keys.ports.store.list(organization, asked)
    assert.ok(record)
    return record
  }

  test('an organization that nothing was sealed for has no key, and its first value makes what it needs', async () => {
    const organization = newOrganizationId()
    assert.deepEqual(await keys.ports.store.domains(organization), [])
    const key = await openChain(keys.ports).active(organization, domain)
    assert.equal(key.epoch, 1)
    assert.deepEqual((await keys.ports.store.domains(organization)).toSorted(), ['kek', domain].toSorted())
    const again = await openChain(portsIn(keys.folder)).byId(organization, domain, key.id)
    assert.ok(again.key.equals(key.key))
  })

  test('A5.12 six processes that make the first key at once all get the same one', async () => {
    const organization = newOrganizationId()
    const all = await Promise.all(
      Array.from({ length: 6 }, () => start({ folder: keys.folder, work: 'active', organization, domain })),
    )
    for (const one of all) one.go()
    const ids = new Set((await Promise.all(all.map(one => one.end))).map(end => resultOf(end, z.string())))
    assert.equal(ids.size, 1)
    for (const one of ['kek', domain]) {
      const records = await keys.ports.store.list(organization, one)
      assert.deepEqual(
        records.map(({ epoch, state }) => ({ epoch, state })),
        [{ epoch: 1, state: 'active' }],
      )
    }
  })

  test('a process that is killed at any step of making the first keys leaves what the next one goes on with', async () => {
    const kills = await killedAtEveryCall(async dieAfter => {
      const organization = newOrganizationId()
      const end = await run({ folder: keys.folder, work: 'active', organization, domain, dieAfter })
      const key = await openChain(portsIn(keys.folder)).active(organization, domain)
      assert.equal(key.epoch, 1, `killed after call ${dieAfter}`)
      return end
    })
    assert.ok(kills >= 3, `only ${kills} steps`)
  })

  test('A5.11 the wrapped KEK of one organization in the place of another does not unwrap', async () => {
    const [ours, theirs] = [newOrganizationId(), newOrganizationId()]
    const chain = openChain(keys.ports)
    await chain.active(ours, domain)
    await chain.active(theirs, domain)
    const moved = { ...(await recordOf(ours, 'kek')), organization: theirs }
    // For something that was never sealed before: what was, would be missed first.
    await assert.rejects(openChain(planted([moved])).active(theirs, 'table:ward.first'), code('kms.denied'))
    const place = (organization: string) => join(keys.folder, 'vault', organization, 'kek', '1.key')
    cpSync(place(ours), place(theirs))
    await assert.rejects(openChain(keys.ports).active(theirs, domain), code('keystore.damaged'))
  })

  test('a data key of another organization, domain or epoch, or under another KEK, does not unwrap', async () => {
    const [ours, theirs] = [newOrganizationId(), newOrganizationId()]
    const chain = openChain(keys.ports)
    await chain.active(ours, domain)
    await chain.active(ours, 'index')
    await chain.active(theirs, domain)
    const kek = await recordOf(ours, 'kek')
    const own = await recordOf(ours, domain)
    const wrong: KeyRecord[] = [
      { ...own, epoch: 2 },
      { ...own, id: '00112233445566ff' },
      { ...(await recordOf(ours, 'index')), domain },
      { ...(await recordOf(theirs, domain)), organization: ours, wrappedBy: own.wrappedBy },
    ]
    for (const record of wrong) {
      await assert.rejects(openChain(planted([kek, record])).active(ours, domain), code('vault.key_foreign'))
    }
    await assert.rejects(
      openChain(planted([kek, { ...own, wrappedBy: 'kek:0011223344556677' }])).active(ours, domain),
      code('vault.key_foreign'),
    )
  })

  test('A5.3 two deployments that share a root key do not read the keys of each other', async () => {
    const organization = newOrganizationId()
    await openChain(keys.ports).active(organization, domain)
    const other = openChain({ ...keys.ports, deployment: 'another' })
    await assert.rejects(other.active(organization, domain), code('kms.denied'))
  })

  test('A5.9 a key below the floor opens nothing, though it still exists, and that is told', async () => {
    const organization = newOrganizationId()
    const { id } = await openChain(keys.ports).active(organization, domain)
    await keys.ports.floors.raise(organization, domain, 2)
    keys.events.length = 0
    const chain = openChain(keys.ports)
    for (let times = 0; times < 3; times++) {
      await assert.rejects(chain.byId(organization, domain, id), code('vault.version_too_old'))
      await assert.rejects(chain.active(organization, domain), code('vault.version_too_old'))
    }
    // However often somebody asks, the log is not filled with it.
    assert.deepEqual(keys.events, [{ organization, domain, epoch: 1, id, what: 'refused below floor' }])
    const deaf = openChain({ ...keys.ports, onKeyEvent: () => Promise.reject(new Error('no log')) })
    await assert.rejects(deaf.byId(organization, domain, id), code('vault.version_too_old'))
  })

  test('a key that is switched off neither seals nor opens, and can come back', async () => {
    const organization = newOrganizationId()
    const chain = openChain(keys.ports)
    const { id } = await chain.active(organization, domain)
    const record = await recordOf(organization, domain)
    await keys.ports.store.replace(record, { ...record, state: 'disabled' })
    await assert.rejects(chain.active(organization, domain), code('vault.key_disabled'))
    await assert.rejects(chain.byId(organization, domain, id), code('vault.key_disabled'))
    await keys.ports.store.replace({ ...record, state: 'disabled' }, record)
    assert.equal((await chain.active(organization, domain)).id, id)
  })

  test('a key store that lost the keys of an organization makes no new ones in silence', async () => {
    const organization = newOrganizationId()
    await openChain(keys.ports).active(organization, domain)
    rmSync(join(keys.folder, 'vault', organization), { recursive: true })
    await assert.rejects(openChain(keys.ports).active(organization, domain), code('vault.keys_lost'))
    assert.equal(existsSync(join(keys.folder, 'vault', organization)), false)
  })

  test('a key store of yesterday, without a domain that is younger, makes no new key for it in silence', async () => {
    const organization = newOrganizationId()
    const { id } = await openChain(keys.ports).active(organization, domain)
    rmSync(join(keys.folder, 'vault', organization, 'table=3award.token'), { recursive: true })
    const chain = openChain(portsIn(keys.folder))
    await assert.rejects(chain.active(organization, domain), code('vault.keys_lost'))
    await assert.rejects(chain.byId(organization, domain, id), code('vault.keys_lost'))
    assert.deepEqual(await keys.ports.store.list(organization, domain), [])
    await chain.active(organization, 'table:ward.other')
  })

  test('an id that no key of this organization has is unknown, and what is no domain is refused', async () => {
    const organization = newOrganizationId()
    const chain = openChain(keys.ports)
    await chain.active(organization, domain)
    await assert.rejects(chain.byId(organization, domain, '0011223344556677'), code('vault.key_unknown'))
    for (const wrong of ['', 'kek', 'x'.repeat(201), 'a\0b', '\ud800']) {
      await assert.rejects(chain.active(organization, wrong), code('vault.bad_domain'))
      await assert.rejects(chain.byId(organization, wrong, '0011223344556677'), code('vault.bad_domain'))
    }
  })

  test('a root key that wrapped nothing here is named as what is missing, and nothing is made beside the old keys', async () => {
    const other = testKeys()
    const organization = newOrganizationId()
    await openChain(keys.ports).active(organization, domain)
    const renamed = { ...other.ports.root, uri: 'file:another.key#1' }
    const strange = openChain({ ...keys.ports, root: renamed })
    await assert.rejects(strange.active(organization, domain), code('vault.root_unknown'))
    const key = await openChain({ ...keys.ports, root: renamed, older: [keys.ports.root] }).active(organization, domain)
    assert.equal(key.epoch, 1)
    other.remove()
  })

  test('a root key that cannot be reached is said as it is, and leaves no half-made key', async () => {
    const organization = newOrganizationId()
    const away = new Error('away')
    const root = { ...keys.ports.root, uri: 'file:root.key#1', wrap: () => Promise.reject(away) }
    await assert.rejects(openChain({ ...keys.ports, root }).active(organization, domain), away)
    assert.deepEqual(await keys.ports.store.domains(organization), [])
  })

  test('whoever makes a key while the organization ends has none in the end', async () => {
    const organization = newOrganizationId()
    const end = () => shred({ ...keys.ports, forget: () => undefined, memorySecsMax: 0 }, { organization })
    const own = keys.ports.store
    /** The organization ends right before the first call of one method. */
    const endingBefore = (method: 'list' | 'add'): KeyPorts['store'] => {
      let calls = 0
      const begin = async (name: 'list' | 'add'): Promise<void> => {
        if (name === method && calls++ === 0) await end()
      }
      return {
        ...own,
        list: (...given) => begin('list').then(() => own.list(...given)),
        add: record => begin('add').then(() => own.add(record)),
      }
    }
    for (const method of ['list', 'add'] as const) {
      const store = endingBefore(method)
      await assert.rejects(
        openChain({ ...keys.ports, store }).active(organization, domain),
        code('vault.key_destroyed'),
      )
      for (const one of await keys.ports.store.domains(organization)) {
        const states = (await keys.ports.store.list(organization, one)).map(({ state }) => state)
        assert.deepEqual(new Set(states), new Set(['destroyed']), `${one} after ${method}`)
      }
    }
    assert.equal(await keys.ports.floors.read(organization, 'kek'), closedFloor)
  })

  test('no key stands in clear in anything that was written', async () => {
    const organization = newOrganizationId()
    const { key } = await openChain(keys.ports).active(organization, domain)
    const secret = key.export()
    const files = readdirSync(join(keys.folder, 'vault', organization), { recursive: true, encoding: 'utf8' })
    for (const name of files.filter(one => one.endsWith('.key'))) {
      const text = readFileSync(join(keys.folder, 'vault', organization, name), 'utf8')
      for (const form of ['base64', 'base64url', 'hex'] as const) assert.ok(!text.includes(secret.toString(form)))
    }
    assert.ok(files.length >= 4)
  })
})
