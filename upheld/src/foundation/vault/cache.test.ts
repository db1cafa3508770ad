import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { refuse as kms } from '../../adapters/kms/errors.ts'
import { UpheldError } from '../../core/errors.ts'
import { newOrganizationId } from '../../core/ids.ts'
import { turnedClock, vaultStage, type TurnedClock, type VaultStage } from '../../../test/vault/stage.ts'
import { keyTtlMs } from './cache.ts'
import { refuseKey } from './chain-errors.ts'
import type { Chain } from './chain-port.ts'
import { recent } from './recent.ts'
import { openVault } from './vault.ts'

const acme = newOrganizationId()
const cell = { table: 'desk.integration', column: 'token', row: '1' }
const token = 'xoxb-17653672481'

function codeOf(thrown: unknown): string {
  return thrown instanceof UpheldError ? thrown.code : 'another error'
}

async function staged(work: (stage: VaultStage, clock: TurnedClock) => Promise<void>): Promise<void> {
  const clock = turnedClock()
  const stage = vaultStage({ clock })
  try {
    await work(stage, clock)
  } finally {
    stage.close()
  }
}

suite('the root key cannot be reached', () => {
  test('keys that are here serve to their end, then nothing opens and nothing is sealed: no plain text instead', () =>
    staged(async ({ vault, line }, clock) => {
      const sealed = await vault.seal(acme, cell, token)
      line.failure = kms.unreachable()
      // The least time that a key is kept: a fifth less than the most.
      clock.turn(keyTtlMs * 0.8 - 1)
      assert.equal((await vault.open(acme, cell, sealed)).reveal(), token)
      assert.ok((await vault.seal(acme, cell, token)).length > 84)
      clock.turn(keyTtlMs * 0.2 + 1)
      await assert.rejects(vault.open(acme, cell, sealed), { code: 'kms.unreachable', retryAfterMs: 1_000 })
      await assert.rejects(vault.seal(acme, cell, token), { code: 'kms.unreachable', status: 503 })
      line.failure = undefined
      clock.turn(1_001)
      assert.equal((await vault.open(acme, cell, sealed)).reveal(), token)
    }))

  test('a thousand that wait ask once, and for a second nobody asks again', () =>
    staged(async ({ vault, line }, clock) => {
      const sealed = await vault.seal(acme, cell, token)
      clock.turn(keyTtlMs)
      line.failure = kms.unreachable()
      line.unwraps = 0
      const storm = (): Promise<unknown[]> =>
        Promise.all(
          Array.from({ length: 1_000 }, () =>
            vault.open(acme, cell, sealed).catch((thrown: unknown) => codeOf(thrown)),
          ),
        )
      assert.deepEqual(new Set(await storm()), new Set(['kms.unreachable']))
      assert.equal(line.unwraps, 1)
      clock.turn(600)
      await storm()
      await assert.rejects(vault.open(acme, cell, sealed), { code: 'kms.unreachable', retryAfterMs: 400 })
      assert.equal(line.unwraps, 1)
      clock.turn(400)
      await storm()
      assert.equal(line.unwraps, 2)
    }))

  test('a key is asked for anew before its end, once, while it goes on serving', () =>
    staged(async ({ chain, deployment }, clock) => {
      let asked = 0
      let release = (): void => undefined
      const held = new Promise<void>(resolve => (release = resolve))
      /** The real chain, which takes its time. */
      const slow: Chain = {
        ...chain,
        async byId(organization, domain, id) {
          asked++
          await held
          return chain.byId(organization, domain, id)
        },
      }
      const vault = openVault({ chain: slow, deployment, clock })
      const sealed = await vault.seal(acme, cell, token)
      const others = await Promise.all(Array.from({ length: 50 }, () => vault.seal(acme, cell, token)))
      // Another one each time: one that was opened a moment ago asks for no key.
      for (const other of others) {
        if (asked > 0) break
        clock.turn(keyTtlMs / 50)
        await vault.open(acme, cell, other)
      }
      assert.equal(asked, 1)
      // Nobody waits for what is held: the key that is here still serves.
      await Promise.all(Array.from({ length: 100 }, () => vault.open(acme, cell, sealed)))
      assert.equal(asked, 1)
      release()
      clock.turn(keyTtlMs / 10)
      assert.equal((await vault.open(acme, cell, sealed)).reveal(), token)
      assert.equal(asked, 1)
    }))
})

suite('what is in memory', () => {
  test('a first use of an organization by a hundred at once unwraps once', () =>
    staged(async ({ vault, line }) => {
      await vault.seal(acme, cell, token)
      vault.forget(acme)
      line.unwraps = 0
      await Promise.all(Array.from({ length: 100 }, (_, row) => vault.seal(acme, { ...cell, row: `${row}` }, token)))
      assert.equal(line.unwraps, 1)
    }))

  test('a key that was just used to seal opens without being asked for', () =>
    staged(async ({ vault, line }) => {
      const sealed = await vault.seal(acme, cell, token)
      line.unwraps = 0
      assert.equal((await vault.open(acme, cell, sealed)).reveal(), token)
      assert.equal(line.unwraps, 0)
    }))

  test('an opened secret is the same object for a minute, at its own address only, and not after its organization is forgotten', () =>
    staged(async ({ vault }, clock) => {
      const sealed = await vault.seal(acme, cell, token)
      const first = await vault.open(acme, cell, sealed)
      assert.equal(await vault.open(acme, { ...cell }, Buffer.from(sealed)), first)
      await assert.rejects(vault.open(acme, { ...cell, row: '2' }, sealed), { code: 'vault.denied' })
      await assert.rejects(vault.open(newOrganizationId(), cell, sealed), { code: 'vault.denied' })
      clock.turn(60_000)
      const second = await vault.open(acme, cell, sealed)
      assert.notEqual(second, first)
      vault.forget(acme)
      assert.notEqual(await vault.open(acme, cell, sealed), second)
    }))

  test('a caller that changes its buffer or its address afterwards changes nothing that is kept', () =>
    staged(async ({ vault }) => {
      const sealed = await vault.seal(acme, cell, token)
      const address = { ...cell }
      const mine = Buffer.from(sealed)
      await vault.open(acme, address, mine)
      mine.fill(1)
      address.row = '2'
      await assert.rejects(vault.open(acme, address, sealed), { code: 'vault.denied' })
      await assert.rejects(vault.open(acme, cell, mine), { code: 'vault.unknown_version' })
      assert.equal((await vault.open(acme, cell, sealed)).reveal(), token)
    }))

  test('a key that is destroyed is gone at once after forget, and nothing that was on its way comes back', () =>
    staged(async ({ ports, chain, deployment }, clock) => {
      let destroyed = false
      let release = (): void => undefined
      let held: Promise<void> = Promise.resolve()
      /** The real chain, behind a door that can be held and shut. */
      const guarded: Chain = {
        ...chain,
        async byId(organization, domain, id) {
          if (destroyed) throw refuseKey.key_destroyed()
          const key = await chain.byId(organization, domain, id)
          await held
          return key
        },
      }
      const vault = openVault({ chain: guarded, deployment, clock: ports.clock })
      const sealed = await vault.seal(acme, cell, token)
      vault.forget(acme)
      held = new Promise(resolve => (release = resolve))
      const early = vault.open(acme, cell, sealed)
      await new Promise(resolve => setTimeout(resolve, 50))
      destroyed = true
      vault.forget(acme)
      release()
      // It was asked for while the key was there.
      assert.equal((await early).reveal(), token)
      for (let again = 0; again < 3; again++) {
        await assert.rejects(vault.open(acme, cell, sealed), { code: 'vault.key_destroyed' })
        clock.turn(700)
      }
    }))

  test('a key that is refused while it is asked for anew is gone before its end', () =>
    staged(async ({ chain, deployment }, clock) => {
      let refused = false
      const guarded: Chain = {
        ...chain,
        async byId(organization, domain, id) {
          if (refused) throw refuseKey.version_too_old()
          return chain.byId(organization, domain, id)
        },
      }
      const vault = openVault({ chain: guarded, deployment, clock })
      const sealed = await vault.seal(acme, cell, token)
      refused = true
      let opened = 0
      for (let step = 0; step < 60; step++) {
        clock.turn(keyTtlMs / 60)
        const answer = await vault.open(acme, cell, sealed).catch((thrown: unknown) => codeOf(thrown))
        await new Promise(resolve => setImmediate(resolve))
        if (answer === 'vault.version_too_old') break
        opened++
      }
      assert.ok(opened < 60)
      await assert.rejects(vault.open(acme, cell, sealed), { code: 'vault.version_too_old' })
    }))

  test('a closed vault has nothing and does nothing', () =>
    staged(async ({ vault }) => {
      const sealed = await vault.seal(acme, cell, token)
      await vault.open(acme, cell, sealed)
      vault.close()
      for (const work of [
        vault.open(acme, cell, sealed),
        vault.seal(acme, cell, token),
        vault.blindIndex(acme, cell, token),
        vault.dataKey(acme, 'index'),
        vault.dataKeyById(acme, 'index', '0123456789abcdef'),
      ])
        await assert.rejects(work, { code: 'vault.closed' })
    }))

  test('what is kept has a bound, and what was used last is kept', () => {
    const kept = recent<string, number>(100)
    for (let at = 0; at < 10_000; at++) {
      kept.set(`${at}`, at)
      assert.equal(kept.get('0'), 0)
    }
    const there = Array.from({ length: 10_000 }, (_, at) => at).filter(at => kept.get(`${at}`) !== undefined)
    assert.ok(there.length <= 100 && there.includes(9_999), `${there.length}`)
  })
})
