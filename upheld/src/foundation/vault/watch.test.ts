import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { newOrganizationId, type OrganizationId } from '../../core/ids.ts'
import { testKeys } from '../../../test/vault-keys/keys.ts'
import { openChain, watchKeys, type KeyPorts } from './index.ts'

test('a key that was destroyed while it was on its way is forgotten, though the store did not answer just then', async () => {
  const keys = testKeys()
  const domain = 'table:ward.token'
  const organization = newOrganizationId()
  const { store } = keys.ports
  const key = await openChain(keys.ports).active(organization, domain)
  const [record] = await store.list(organization, domain)
  assert.ok(record)
  await store.destroy(record)
  let failures = 0
  const list: KeyPorts['store']['list'] = (...asked) =>
    ++failures === 1 ? Promise.reject(new Error('away for a moment')) : store.list(...asked)
  const forgotten: OrganizationId[] = []
  // What was asked for before it was destroyed, and came after.
  const chain = { active: async () => key, byId: async () => key, ids: async () => [key.id] }
  const watch = watchKeys({
    ...keys.ports,
    chain,
    store: { ...store, list },
    memorySecsMax: 300,
    forget: one => forgotten.push(one),
    everyMs: 20,
  })
  try {
    // The last change is known by now: nothing but the key itself makes it look.
    await wait(100)
    await watch.chain.byId(organization, domain, key.id)
    for (let tries = 0; tries < 100 && forgotten.length === 0; tries += 1) await wait(20)
    assert.deepEqual(forgotten, [organization])
    assert.ok(failures > 1)
  } finally {
    watch.close()
    keys.remove()
  }
})
