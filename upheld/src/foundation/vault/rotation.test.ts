import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { destroyRootKeyVersion, rotateRootKeyFile } from '../../adapters/kms/index.ts'
import { pause, systemClock } from '../../core/clock.ts'
import { newOrganizationId, type OrganizationId } from '../../core/ids.ts'
import { fromNowOn, portsIn, testKeys, vaultOver, type Keys } from '../../../test/vault-keys/keys.ts'
import { killedAtEveryCall, resultOf, run, start } from '../../../test/vault-keys/start.ts'
import { z } from 'zod'
import {
  closedFloor,
  openChain,
  rewrapRoot,
  rotateDataKeys,
  rotateKeks,
  type KeyDomain,
  type KeyPorts,
} from './index.ts'

const domain = 'table:ward.token'
const form = z.object({ turned: z.number(), ended: z.number(), failed: z.array(z.unknown()), complete: z.boolean() })

suite('keys are rotated', () => {
  let keys: Keys
  before(() => {
    keys = testKeys()
  })
  after(() => keys.remove())

  const statesOf = async (organization: OrganizationId, one: KeyDomain): Promise<string[]> =>
    (await keys.ports.store.list(organization, one)).map(({ epoch, state }) => `${epoch} ${state}`)
  const place = { table: 'ward.token', column: 'secret', row: 'one' }
  const begin = async (ports: KeyPorts = keys.ports) => {
    const organization = newOrganizationId()
    const vault = vaultOver(ports)
    const envelope = await vault.seal(organization, place, 'a secret')
    await vault.blindIndex(organization, place, 'a secret')
    vault.close()
    return { organization, envelope }
  }
  /** By a process that remembers nothing. */
  const reveals = async (organization: OrganizationId, envelope: Buffer, ports = keys.ports): Promise<string> => {
    const vault = vaultOver(ports)
    try {
      return (await vault.open(organization, place, envelope)).reveal()
    } finally {
      vault.close()
    }
  }

  test('the root key: every KEK of every organization is wrapped anew, no data key is touched, and the old root can go', async () => {
    const own = testKeys()
    const before = await Promise.all(Array.from({ length: 12 }, () => begin(own.ports)))
    const dataKeys = () => Promise.all(before.map(({ organization }) => own.ports.store.list(organization, domain)))
    const untouched = await dataKeys()
    const uri = rotateRootKeyFile(join(own.folder, 'root.key'), systemClock)
    const done: number[] = []
    const result = await rewrapRoot(own.ports, { onProgress: ({ done: one }) => done.push(one) })
    assert.deepEqual(result, { organizations: 12, rewrapped: 12, already: 0, failed: [], complete: true })
    assert.equal(done.length, 12)
    assert.equal(destroyRootKeyVersion(join(own.folder, 'root.key'), 1, systemClock), true)
    assert.deepEqual(await dataKeys(), untouched)
    for (const { organization, envelope } of before) {
      assert.equal((await own.ports.store.list(organization, 'kek'))[0]?.wrappedBy, uri)
      assert.equal(await reveals(organization, envelope, own.ports), 'a secret')
    }
    assert.equal((await rewrapRoot(own.ports)).already, 12)
    own.remove()
  })

  test('the root key: whoever is killed in the middle is followed, and two at once do each key once', async () => {
    const own = testKeys()
    const before = await Promise.all(Array.from({ length: 6 }, () => begin(own.ports)))
    rotateRootKeyFile(join(own.folder, 'root.key'), systemClock)
    const anyone = before[0]?.organization ?? newOrganizationId()
    const work = { folder: own.folder, work: 'rewrap root' as const, organization: anyone }
    assert.equal(await run({ ...work, dieAfter: 2 }), 'killed')
    const two = await Promise.all([start(work), start(work)])
    for (const one of two) one.go()
    const results = (await Promise.all(two.map(one => one.end))).map(end =>
      resultOf(end, z.object({ rewrapped: z.number(), already: z.number(), failed: z.array(z.unknown()) })),
    )
    // Rows that one of them found done were done by the other, or before the kill.
    const rewrapped = results.reduce((sum, one) => sum + one.rewrapped, 0)
    assert.ok(rewrapped >= 3 && rewrapped <= 4, `${rewrapped} rewrapped`)
    assert.ok(results.every(one => one.failed.length === 0))
    destroyRootKeyVersion(join(own.folder, 'root.key'), 1, systemClock)
    for (const { organization, envelope } of before) {
      assert.equal(await reveals(organization, envelope, own.ports), 'a secret')
    }
    own.remove()
  })

  test('the root key: one key that does not unwrap is named, and all others are done', async () => {
    const own = testKeys()
    const [broken, sound] = [await begin(own.ports), await begin(own.ports)]
    rotateRootKeyFile(join(own.folder, 'root.key'), systemClock)
    const list: KeyPorts['store']['list'] = async (organization, one) => {
      const records = await own.ports.store.list(organization, one)
      if (organization !== broken.organization) return records
      return records.map(record => ({ ...record, wrapped: Buffer.alloc(record.wrapped?.length ?? 0, 1) }))
    }
    const result = await rewrapRoot({ ...own.ports, store: { ...own.ports.store, list } })
    assert.deepEqual(result.failed, [{ organization: broken.organization, code: 'kms.denied' }])
    assert.equal(result.rewrapped, 1)
    assert.equal(await reveals(sound.organization, sound.envelope, own.ports), 'a secret')
    own.remove()
  })

  for (const [how, garbled] of [
    ['noise', () => randomBytes(300)],
    ['another key', (wrapped: Uint8Array) => Buffer.concat([wrapped, Buffer.of(0)])],
  ] as const)
    test(`a root key that answers ${how} when it wraps takes the place of nothing`, async () => {
      const own = testKeys()
      const { organization, envelope } = await begin(own.ports)
      const { root } = own.ports
      const unsound: KeyPorts['root'] = {
        uri: 'kms:newer#1',
        wrap: async (key, context) => garbled(await root.wrap(key, context)),
        // The tail that it put there itself makes it give another key.
        unwrap: async (wrapped, context) => (wrapped.at(-1) === 0 ? randomBytes(32) : root.unwrap(wrapped, context)),
      }
      const newer = { ...own.ports, root: unsound, older: [root] }
      assert.deepEqual((await rewrapRoot(newer)).failed, [{ organization, code: 'vault.root_unsound' }])
      const since = await fromNowOn()
      const rotated = await rotateKeks(newer, { since, settleMs: 0 })
      assert.deepEqual(rotated.failed, [{ organization, domain: 'kek', code: 'vault.root_unsound' }])
      await assert.rejects(openChain(newer).active(newOrganizationId(), domain), { code: 'vault.root_unsound' })
      assert.equal(await reveals(organization, envelope, own.ports), 'a secret')
      own.remove()
    })

  test('a KEK: pending, then the one that wraps, then every data key under it, then the old one is gone; no row is touched', async () => {
    const { organization, envelope } = await begin()
    const since = await fromNowOn()
    const stop = new AbortController()
    keys.events.length = 0
    const rotation = { since, settleMs: 700, organization }
    // Stopped while the new key settles: nothing wraps with it yet, and everything opens.
    const cut = await rotateKeks(keys.ports, rotation, {
      signal: stop.signal,
      onProgress: ({ says }) => says.startsWith('seconds') && stop.abort(),
    })
    assert.equal(cut.complete, false)
    assert.deepEqual(await statesOf(organization, 'kek'), ['1 active', '2 pending'])
    assert.equal(await reveals(organization, envelope), 'a secret')
    const done = await rotateKeks(keys.ports, { ...rotation, settleMs: 0 })
    assert.deepEqual(
      { ended: done.ended, failed: done.failed, complete: done.complete },
      { ended: 1, failed: [], complete: true },
    )
    assert.deepEqual(await statesOf(organization, 'kek'), ['1 destroyed', '2 active'])
    assert.deepEqual(await statesOf(organization, domain), ['1 active'])
    assert.equal(await keys.ports.floors.read(organization, 'kek'), 2)
    assert.equal(await reveals(organization, envelope), 'a secret')
    assert.deepEqual(
      keys.events.map(({ domain: of, epoch, what }) => `${of} ${epoch} ${what}`),
      [
        'kek 2 made',
        'kek 2 activated',
        'kek 1 retired',
        `index 1 rewrapped`,
        `${domain} 1 rewrapped`,
        'kek 2 floor raised',
        'kek 1 destroyed',
      ],
    )
    // Nothing is older than that moment any more.
    assert.equal((await rotateKeks(keys.ports, { ...rotation, settleMs: 0 })).turned, 0)
    assert.deepEqual(await statesOf(organization, 'kek'), ['1 destroyed', '2 active'])
  })

  test('A5.12 four processes that rotate a KEK at once make exactly one new one', async () => {
    const { organization, envelope } = await begin()
    const work = { folder: keys.folder, work: 'rotate kek' as const, organization, since: await fromNowOn() }
    const all = await Promise.all(Array.from({ length: 4 }, () => start(work)))
    for (const one of all) one.go()
    for (const end of await Promise.all(all.map(one => one.end))) assert.equal(resultOf(end, form).complete, true)
    assert.deepEqual(await statesOf(organization, 'kek'), ['1 destroyed', '2 active'])
    assert.equal(await reveals(organization, envelope), 'a secret')
  })

  test('a KEK: killed after any change, everything opens as before, and the next run finishes', async () => {
    const kills = await killedAtEveryCall(async dieAfter => {
      const { organization, envelope } = await begin()
      const since = await fromNowOn()
      const end = await run({ folder: keys.folder, work: 'rotate kek', organization, since, dieAfter })
      assert.equal(await reveals(organization, envelope), 'a secret', `killed after change ${dieAfter}`)
      const sealing = await openChain(portsIn(keys.folder)).active(organization, 'table:ward.new')
      await rotateKeks(keys.ports, { since, settleMs: 0, organization })
      assert.deepEqual(await statesOf(organization, 'kek'), ['1 destroyed', '2 active'])
      assert.equal(await reveals(organization, envelope), 'a secret')
      assert.ok((await openChain(keys.ports).active(organization, 'table:ward.new')).key.equals(sealing.key))
      return end
    })
    assert.ok(kills >= 6, `only ${kills} changes`)
  })

  test('A5.10 a key folder that was turned back to an older KEK is refused, and said', async () => {
    const { organization, envelope } = await begin()
    const folder = join(keys.folder, 'vault', organization)
    const backup = join(keys.folder, 'backup')
    cpSync(folder, backup, { recursive: true })
    await rotateKeks(keys.ports, { since: await fromNowOn(), settleMs: 0, organization })
    assert.equal(await reveals(organization, envelope), 'a secret')
    rmSync(folder, { recursive: true })
    cpSync(backup, folder, { recursive: true })
    const events: string[] = []
    const ports = {
      ...portsIn(keys.folder),
      onKeyEvent: async ({ domain: of, epoch, what }) => void events.push(`${of} ${epoch} ${what}`),
    } satisfies KeyPorts
    const vault = vaultOver(ports)
    await assert.rejects(vault.open(organization, place, envelope), { code: 'vault.version_too_old' })
    await assert.rejects(vault.seal(organization, place, 'new'), { code: 'vault.version_too_old' })
    assert.ok(events.every(event => event === 'kek 1 refused below floor') && events.length >= 1, events.join())
    // Neither does a rewrap give it a new life: it stays under the root key that is about to go.
    const kekOf = async () => (await ports.store.list(organization, 'kek')).map(one => one.wrapped?.toString('hex'))
    const [before] = await kekOf()
    rotateRootKeyFile(join(keys.folder, 'root.key'), systemClock)
    assert.equal((await rewrapRoot(ports)).failed.length, 0)
    assert.deepEqual(await kekOf(), [before])
    await assert.rejects(vaultOver(ports).open(organization, place, envelope), { code: 'vault.version_too_old' })
    vault.close()
  })

  test('A5.10 a data key below the floor, brought back before its KEK is changed, gets no new wrapping', async () => {
    const { organization } = await begin()
    await keys.ports.floors.raise(organization, domain, 2)
    const wrapped = async () => (await keys.ports.store.list(organization, domain)).map(one => one.wrappedBy)
    const before = await wrapped()
    const rotated = await rotateKeks(keys.ports, { since: await fromNowOn(), settleMs: 0, organization })
    assert.deepEqual({ ended: rotated.ended, failed: rotated.failed }, { ended: 1, failed: [] })
    assert.deepEqual(await wrapped(), before)
  })

  test('a data key: values of both epochs open, new ones are under the new key, and an old one is kept while it is needed', async () => {
    const { organization, envelope } = await begin()
    const rotation = {
      since: await fromNowOn(),
      settleMs: 0,
      organization,
      domains: (one: KeyDomain) => one === domain,
    }
    const kept = await rotateDataKeys(keys.ports, { ...rotation, emptied: async () => false })
    assert.deepEqual({ turned: kept.turned, ended: kept.ended }, { turned: 1, ended: 0 })
    assert.deepEqual(await statesOf(organization, domain), ['1 decrypt-only', '2 active'])
    assert.deepEqual(await statesOf(organization, 'index'), ['1 active'])
    assert.equal(await reveals(organization, envelope), 'a secret')
    const vault = vaultOver(keys.ports)
    const fresh = await vault.seal(organization, place, 'a secret')
    assert.notEqual(fresh.toString('hex', 4, 12), envelope.toString('hex', 4, 12))
    assert.equal(await keys.ports.floors.read(organization, domain), 1)
    const ended = await rotateDataKeys(keys.ports, { ...rotation, emptied: async () => true })
    assert.equal(ended.ended, 1)
    assert.equal(await keys.ports.floors.read(organization, domain), 2)
    assert.equal(await reveals(organization, fresh), 'a secret')
    await assert.rejects(reveals(organization, envelope), { code: 'vault.version_too_old' })
    vault.close()
  })

  test('A5.19 a root key that is out of reach ends a rotation with its own code, and what was done stays', async () => {
    const all = await Promise.all(Array.from({ length: 3 }, () => begin()))
    const away = Object.assign(new Error('away'), { code: 'away' })
    let left = 1
    const root = {
      uri: keys.ports.root.uri,
      wrap: (key: Uint8Array, context: Uint8Array) =>
        left-- > 0 ? keys.ports.root.wrap(key, context) : Promise.reject(away),
      unwrap: (wrapped: Uint8Array, context: Uint8Array) => keys.ports.root.unwrap(wrapped, context),
    }
    const since = await fromNowOn()
    await assert.rejects(rotateKeks({ ...keys.ports, root }, { since, settleMs: 0 }, { concurrencyMax: 1 }), away)
    for (const { organization, envelope } of all) {
      assert.equal(await reveals(organization, envelope), 'a secret')
      await rotateKeks(keys.ports, { since, settleMs: 0, organization })
      assert.deepEqual(await statesOf(organization, 'kek'), ['1 destroyed', '2 active'])
    }
  })

  test('every process forgets the old key before anything is ended, whichever organization is done last, and all are counted', async () => {
    const own = testKeys()
    const all = await Promise.all(Array.from({ length: 4 }, () => begin(own.ports)))
    const over = await begin(own.ports)
    await own.ports.floors.raise(over.organization, domain, closedFloor)
    const { store } = own.ports
    let asked = 0
    // The one that has nothing to change is asked with the others, and answers after them.
    const list: KeyPorts['store']['list'] = async (organization, one) => {
      if (organization === over.organization && one === domain && ++asked === 3) await pause(700)
      return store.list(organization, one)
    }
    // New keys have settled already.
    const add: KeyPorts['store']['add'] = record =>
      store.add({ ...record, madeAt: new Date(Date.parse(record.madeAt) - 10_000).toISOString() })
    const said: string[] = []
    const rotation = { since: await fromNowOn(), settleMs: 200, domains: (one: KeyDomain) => one === domain }
    const result = await rotateDataKeys(
      { ...own.ports, store: { ...store, list, add } },
      { ...rotation, emptied: async () => true },
      { concurrencyMax: 8, onProgress: ({ says }) => said.push(says) },
    )
    const inUse = said.lastIndexOf('new keys in use')
    assert.match(said[inUse + 1] ?? '', /^seconds until every process knows/)
    assert.deepEqual({ turned: result.turned, ended: result.ended }, { turned: all.length, ended: all.length })
    own.remove()
  })

  test('an organization without keys, or with destroyed ones, is passed over', async () => {
    const nobody = newOrganizationId()
    const since = await fromNowOn()
    assert.deepEqual(await rotateKeks(keys.ports, { since, settleMs: 0, organization: nobody }), {
      turned: 0,
      ended: 0,
      failed: [],
      complete: true,
    })
    assert.deepEqual(await keys.ports.store.list(nobody, 'kek'), [])
  })
})
