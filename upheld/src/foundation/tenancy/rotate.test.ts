import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { keyReloadMs, readContextKey, writeContextKey } from '../../adapters/keys/index.ts'
import { testPlatform, type TestPlatform } from '../../testing/index.ts'
import { upheld, type Upheld } from '../../upheld.ts'
import { rotateContextKey } from './index.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../../../test/schemas/clinic/', import.meta.url) }

suite('a context key is changed under a running application', () => {
  let platform: TestPlatform
  let running: Upheld
  let folder: string
  let file: string

  before(async () => {
    platform = await testPlatform(clinic)
    folder = mkdtempSync(join(tmpdir(), 'upheld-keys-'))
    file = join(folder, 'context.key')
    writeContextKey(file, platform.key)
    running = upheld({ databaseUrl: platform.urls.app, contextKeyFile: file, tenancy: { contextTtlSecs: 5 } })
  })
  after(async () => {
    await running.close()
    await platform.close()
    rmSync(folder, { recursive: true })
  })

  const keysOf = async () => {
    const { rows } = await platform.admin.query(
      "select get_byte(id, 0) as id, retire_at = 'infinity' as active from upheld_guard.context_key order by id",
    )
    return rows
  }

  test('no statement is refused while the key changes twice, and the old keys end', async () => {
    const acme = await running.createOrganization()
    const stop = new AbortController()
    let served = 0
    const load = (async () => {
      while (!stop.signal.aborted) {
        await acme.sql`select count(*) from clinic.patient`
        served++
      }
    })()
    const publish = (key: Parameters<typeof writeContextKey>[1]) => writeContextKey(file, key)
    for (const expected of ['02', '03']) {
      const key = await rotateContextKey(platform.admin, { current: readContextKey(file), publish, graceSecs: 2 })
      assert.equal(key.id, expected)
      await new Promise(resolve => setTimeout(resolve, keyReloadMs + 300))
    }
    stop.abort()
    await load
    assert.ok(served > 10, `served ${served}`)
    assert.deepEqual(await keysOf(), [
      { id: 1, active: false },
      { id: 2, active: false },
      { id: 3, active: true },
    ])
  })

  test('a rotation that was killed after the database learned the key is finished by the next one', async () => {
    const current = readContextKey(file)
    await assert.rejects(
      rotateContextKey(platform.admin, {
        current,
        publish: () => {
          throw new Error('killed')
        },
        graceSecs: 0,
      }),
      /killed/,
    )
    const acme = await running.createOrganization()
    assert.deepEqual(await acme.sql`select 1 as one`, [{ one: 1 }])
    const next = await rotateContextKey(platform.admin, {
      current,
      publish: key => writeContextKey(file, key),
      graceSecs: 0,
    })
    assert.equal(next.id, '05')
    assert.deepEqual(
      (await keysOf()).filter(row => row['active'] === true),
      [{ id: 5, active: true }],
    )
  })

  test('a context that was signed with a retired key is refused', async () => {
    const old = upheld(
      { databaseUrl: platform.urls.app, contextKeyFile: 'in memory' },
      { contextKeys: { current: () => platform.key } },
    )
    await assert.rejects(old.createOrganization(), { code: 'tenancy.bad_context' })
    await old.close()
  })

  test('a key file that others can read, is cut short, or is gone stops the application', async () => {
    const { chmodSync, writeFileSync } = await import('node:fs')
    const attempt = async (code: string) => {
      const fresh = upheld({ databaseUrl: platform.urls.app, contextKeyFile: file })
      await assert.rejects(fresh.createOrganization(), { code })
      await fresh.close()
    }
    chmodSync(file, 0o640)
    await attempt('files.too_open')
    chmodSync(file, 0o600)
    writeFileSync(file, '{"id":"05"')
    await attempt('tenancy.bad_key_file')
    rmSync(file)
    await attempt('tenancy.bad_key_file')
  })
})
