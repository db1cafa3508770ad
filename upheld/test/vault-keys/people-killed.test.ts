import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { emptying, rotateDataKeys } from '../../src/foundation/vault/index.ts'
import { factors, identityHouse, parseFactorOptions } from '../../src/guards/factors/index.ts'
import { codeAt, stepAt } from '../../src/guards/factors/totp-code.ts'
import { testClock } from '../../src/testing/index.ts'
import { fromBase32, network, stageOptions } from '../people/factors-stage.ts'
import { fromNowOn } from './keys.ts'
import { openWard, type Ward } from './lab.ts'
import { killedAtEveryCall, run } from './start.ts'

suite('a rotation of a person’s key that is killed', () => {
  let ward: Ward
  let database: Database
  before(async () => {
    ward = await openWard()
    database = openDatabase(ward.platform.urls.identity, { connectionsMax: 4 })
  })
  after(async () => {
    await database.close()
    await ward.close()
  })

  /** Somebody with an app. Answers whether its next code passes, asked of a process that remembers no key. */
  async function somebody(nth: number) {
    const clock = testClock()
    const { rows } = await database.query(
      `insert into upheld_identity.person (email, email_verified_at, name) values ($1, now(), 'Ada') returning id`,
      [`ada-${nth}@example.org`],
    )
    const personId = String(rows[0]?.['id'])
    const totp = () => factors({ database, sealing: ward.vault(), clock }, parseFactorOptions(stageOptions)).totp
    const code = (seed: Uint8Array): string => codeAt(seed, stepAt(clock.now()))
    const { enrollmentId, secret } = await totp().begin({ personId, account: 'ada@example.org' })
    const seed = fromBase32(secret)
    await totp().confirm({ personId, enrollmentId, code: code(seed), network })
    return {
      personId,
      passes: async () => {
        clock.turn(60)
        return (await totp().check({ personId, code: code(seed), network })).passed
      },
    }
  }

  test('after any change leaves an app that passes, and the next run finishes it', async () => {
    const kills = await killedAtEveryCall(async dieAfter => {
      const { personId, passes } = await somebody(dieAfter)
      const domain = `subject:${personId}`
      const since = await fromNowOn()
      const { app, identity } = ward.platform.urls
      const end = await run({
        folder: ward.folder,
        databaseUrl: app,
        identityUrl: identity,
        work: 'rotate data',
        organization: identityHouse,
        domain,
        since,
        dieAfter,
      })
      assert.ok(await passes(), `killed after change ${dieAfter}`)
      const emptied = emptying(ward.reseal(), {}, () => undefined)
      const rotation = { since, settleMs: 0, organization: identityHouse }
      const { failed } = await rotateDataKeys(ward.ports, { ...rotation, domains: one => one === domain, emptied })
      assert.deepEqual(failed, [])
      assert.ok(await passes())
      const records = await ward.ports.store.list(identityHouse, domain)
      assert.deepEqual(
        records.map(({ epoch, state }) => `${epoch} ${state}`),
        ['1 destroyed', '2 active'],
      )
      return end
    })
    assert.ok(kills >= 5, `only ${kills} changes`)
  })
})
