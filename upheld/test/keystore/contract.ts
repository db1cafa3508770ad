import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { newOrganizationId, type OrganizationId } from '../../src/core/ids.ts'
import type { KeyRecord, KeyStore } from '../../src/foundation/vault/index.ts'
import { race, startWorker, type Place } from './processes.ts'
import { recordFor } from './records.ts'

export interface StoreRig {
  readonly store: KeyStore
  readonly at: Place
  close(): Promise<void>
}

/** What every key store does and refuses. */
export function keyStoreContract(name: string, start: () => Promise<StoreRig>): void {
  void suite(`a key store: ${name}`, () => {
    const held: { rig?: StoreRig } = {}
    before(async () => {
      held.rig = await start()
    })
    after(() => held.rig?.close())
    const rig = (): StoreRig => {
      assert.ok(held.rig)
      return held.rig
    }
    keeping(() => rig().store)
    changing(() => rig().store)
    destroying(() => rig().store)
    refusing(() => rig().store)
    racing(rig)
    many(() => rig().store)
  })
}

const domains = [
  'kek',
  'index',
  'table:desk.integration',
  'subject:3f2b8c1e-0000-4000-8000-000000000001',
  'subject:a',
  'subject:A',
  'subject:é',
  'subject:e\u0301',
  'subject:..',
  '..',
  '.',
  '../../etc/passwd',
  'a/b',
  'a=2fb',
  'a\\b',
  'subject:\n',
  'con',
  'lock',
  'changes',
  'x'.repeat(200),
  'X'.repeat(200),
  `${'X'.repeat(199)}Y`,
  '\u{1f511}'.repeat(50),
  'a+',
  'a',
]

function keeping(store: () => KeyStore): void {
  void test('an organization without keys has none, and is not named', async () => {
    const organization = newOrganizationId()
    assert.deepEqual(await store().list(organization, 'kek'), [])
    assert.deepEqual(await store().domains(organization), [])
    assert.equal((await Array.fromAsync(store().organizations())).includes(organization), false)
  })

  void test('no two domains share a key, however alike their names, and none leaves its place', async () => {
    const organization = newOrganizationId()
    const records = domains.map(domain => recordFor(organization, domain))
    for (const record of records) assert.equal(await store().add(record), true, record.domain)
    for (const record of records) assert.deepEqual(await store().list(organization, record.domain), [record])
    assert.deepEqual([...(await store().domains(organization))].sort(), [...domains].sort())
  })

  void test('epochs come in order of their number', async () => {
    const organization = newOrganizationId()
    for (const epoch of [10, 2, 1]) await store().add(recordFor(organization, 'kek', epoch))
    assert.deepEqual(
      (await store().list(organization, 'kek')).map(({ epoch }) => epoch),
      [1, 2, 10],
    )
  })

  void test('organizations are named once, in order, when there are hundreds', async () => {
    const made = Array.from({ length: 210 }, newOrganizationId)
    for (const organization of made) {
      await store().add(recordFor(organization, 'kek'))
      if (organization < '4') await store().add(recordFor(organization, 'index'))
    }
    const found = await Array.fromAsync(store().organizations())
    assert.deepEqual(found, [...new Set(found)].sort())
    assert.deepEqual(
      made.filter(organization => !found.includes(organization)),
      [],
    )
  })
}

function changing(store: () => KeyStore): void {
  void test('a change is a change of what was read, and of nothing else', async () => {
    const was = recordFor(newOrganizationId(), 'kek')
    await store().add(was)
    const now: KeyRecord = { ...was, state: 'decrypt-only', wrappedBy: 'file:root.key#2', wrapped: Buffer.from('new') }
    const before = await store().changes()
    for (const stale of [
      { ...was, wrapped: Buffer.from('other') },
      { ...was, wrappedBy: 'x' },
      { ...was, id: '0'.repeat(16) },
    ]) {
      assert.equal(await store().replace(stale, { ...now, id: stale.id }), false)
    }
    assert.equal(await store().changes(), before)
    assert.equal(await store().replace(was, now), true)
    assert.notEqual(await store().changes(), before)
    assert.equal(await store().replace(was, now), false)
    assert.deepEqual(await store().list(was.organization, 'kek'), [now])
  })

  void test('an epoch that is there is not added again, and stays as it was', async () => {
    const first = recordFor(newOrganizationId(), 'kek')
    assert.equal(await store().add(first), true)
    assert.equal(await store().add(recordFor(first.organization, 'kek')), false)
    assert.deepEqual(await store().list(first.organization, 'kek'), [first])
  })
}

function destroying(store: () => KeyStore): void {
  void test('a destroyed key leaves a tombstone without it, says so to others, and names who may hold a copy', async () => {
    const record = recordFor(newOrganizationId(), 'subject:gone')
    await store().add(record)
    const held = await store().holders(record)
    assert.deepEqual(
      held.map(({ holds }) => holds),
      ['holds'],
    )
    const before = await store().changes()
    const holders = await store().destroy(record)
    assert.notEqual(await store().changes(), before)
    const [tombstone] = await store().list(record.organization, record.domain)
    assert.ok(tombstone?.destroyedAt)
    assert.equal(tombstone.state, 'destroyed')
    assert.equal('wrapped' in tombstone, false)
    assert.equal(holders[0]?.holds, 'gone')
    assert.ok(
      holders.some(({ holds }) => holds === 'may hold'),
      'nobody said how long backups are kept',
    )
    assert.deepEqual(await store().holders(tombstone), holders)
    assert.deepEqual(await store().destroy(tombstone), holders, 'again is no harm')
  })

  void test('a destroyed key does not come back: not by adding, not by changing', async () => {
    const record = recordFor(newOrganizationId(), 'subject:back')
    await store().add(record)
    await store().destroy(record)
    assert.equal(await store().add(record), false)
    assert.equal(await store().replace(record, { ...record, state: 'active' }), false)
    assert.equal((await store().list(record.organization, record.domain))[0]?.state, 'destroyed')
  })

  void test('a key that was rewrapped since it was read is destroyed all the same', async () => {
    const record = recordFor(newOrganizationId(), 'kek')
    await store().add(record)
    await store().replace(record, { ...record, wrapped: Buffer.from('rewrapped') })
    await store().destroy(record)
    assert.equal((await store().list(record.organization, 'kek'))[0]?.state, 'destroyed')
  })

  void test('a key that is not there cannot be destroyed: not another id, not another organization', async () => {
    const record = recordFor(newOrganizationId(), 'kek')
    await store().add(record)
    for (const other of [
      { ...record, id: 'f'.repeat(16) },
      { ...record, epoch: 2 },
      { ...record, organization: newOrganizationId() },
    ]) {
      await assert.rejects(store().destroy(other), { code: 'keystore.no_such_key' })
    }
    assert.deepEqual(await store().list(record.organization, 'kek'), [record])
  })
}

function refusing(store: () => KeyStore): void {
  const record = recordFor(newOrganizationId(), 'kek')
  const wrong: readonly [string, Partial<KeyRecord>][] = [
    ['an empty domain', { domain: '' }],
    ['a domain of 201 bytes', { domain: `${'é'.repeat(100)}x` }],
    ['a lone surrogate', { domain: 'subject:\ud800' }],
    ['NUL', { domain: 'subject:\0' }],
    ['epoch 0', { epoch: 0 }],
    ['epoch 1.5', { epoch: 1.5 }],
    ['epoch 2^31', { epoch: 2 ** 31 }],
    ['an id of seven bytes', { id: '0'.repeat(14) }],
    ['an id in upper case', { id: 'F'.repeat(16) }],
    ['a wrapped key of 1 MiB', { wrapped: Buffer.alloc(1_048_576) }],
    ['a wrapped key without bytes', { wrapped: Buffer.alloc(0) }],
    ['a tombstone', { state: 'destroyed' }],
    ['a time that is none', { madeAt: 'yesterday' }],
  ]
  for (const [what, change] of wrong) {
    void test(`${what} is refused`, () =>
      assert.rejects(store().add({ ...record, ...change }), { code: 'keystore.bad_record' }))
  }
  void test('a change that would make it another key is refused', async () => {
    await store().add(record)
    const changes = [{ id: 'f'.repeat(16) }, { epoch: 2 }, { domain: 'index' }, { organization: newOrganizationId() }]
    for (const change of changes) {
      await assert.rejects(store().replace(record, { ...record, ...change }), { code: 'keystore.bad_record' })
    }
  })
}

function racing(rig: () => StoreRig): void {
  void test('two processes that add one epoch, or change one key, at once: exactly one wins, eight times over', async () => {
    const organization: OrganizationId = newOrganizationId()
    const workers = await Promise.all([startWorker(rig().at, organization), startWorker(rig().at, organization)])
    try {
      for (let round = 0; round < 8; round++) {
        const added = await race(workers, `add d${round}`)
        assert.deepEqual([...added].sort(), ['false', 'true'], `round ${round}`)
        // Each reads and then changes: both may win when one comes after the other, and then both changes were made.
        const before = await rig().store.changes()
        const replaced = await race(workers, `replace d${round}`)
        const wins = replaced.filter(answer => answer === 'true').length
        assert.ok(wins >= 1, `round ${round}: ${replaced.join()}`)
        assert.notEqual(await rig().store.changes(), before)
        assert.deepEqual(await race(workers, `destroy d${round}`), ['destroyed', 'destroyed'])
        assert.equal((await rig().store.list(organization, `d${round}`))[0]?.state, 'destroyed')
      }
    } finally {
      await Promise.all(workers.map(worker => worker.kill()))
    }
  })

  void test('of fifty changes of one key that were read at the same moment one is made', async () => {
    const was = recordFor(newOrganizationId(), 'kek')
    await rig().store.add(was)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, each) => rig().store.replace(was, { ...was, wrapped: Buffer.from(`${each}`) })),
    )
    assert.equal(answers.filter(Boolean).length, 1)
    const [now] = await rig().store.list(was.organization, 'kek')
    assert.equal(now?.wrapped?.toString(), String(answers.indexOf(true)))
  })
}

function many(store: () => KeyStore): void {
  void test('sixty subjects of one organization are all named', async () => {
    const organization = newOrganizationId()
    for (let each = 0; each < 60; each++) await store().add(recordFor(organization, `subject:${each}`))
    assert.equal((await store().domains(organization)).length, 60)
    assert.equal((await store().list(organization, 'subject:57')).length, 1)
  })
}
