import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { writeContextKey } from '../../src/adapters/keys/index.ts'
import { floorsFile, keyFolder } from '../../src/adapters/keystore/index.ts'
import { fileRootKey } from '../../src/adapters/kms/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { rotateDataKeys, type KeyPorts } from '../../src/foundation/vault/index.ts'
import { blindIndex, blindIndexes, sealed, upheld, type Upheld } from '../../src/index.ts'
import { platformOptions } from '../../src/surfaces/cli/system/platform.ts'
import { stateAt, type State } from '../../src/surfaces/cli/system/state.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'
import { fromNowOn, token } from './keys.ts'
import { ward } from './lab.ts'

suite('while the key of blind indexes is replaced', () => {
  let platform: TestPlatform
  let state: State
  const opened: Upheld[] = []
  /** A process of the application that remembers nothing yet. */
  const fresh = (): Upheld => {
    const one = upheld(platformOptions(state, platform.urls))
    opened.push(one)
    return one
  }
  before(async () => {
    platform = await testPlatform(ward)
    state = stateAt(mkdtempSync(join(tmpdir(), 'upheld-index-')))
    mkdirSync(state.keys, { mode: 0o700 })
    writeContextKey(state.contextKey, platform.key)
  })
  after(async () => {
    for (const one of opened) await one.close()
    await platform.close()
    rmSync(state.folder, { recursive: true })
  })

  test('a look-up finds rows that were written under both keys, and after it those that are left', async () => {
    const first = fresh()
    const { id: organization } = await first.createOrganization()
    const write = async (by: Upheld): Promise<string> => {
      const row = randomUUID()
      await by.organization(organization).sql`insert into ward.token (organization_id, id, secret, secret_index)
        values (${organization}, ${row}, ${sealed({ ...token, row }, 'a secret')}, ${blindIndex(token, 'a secret')})`
      return row
    }
    const found = async (by: Upheld, value = 'a secret'): Promise<string[]> => {
      const rows = await by.organization(organization).sql<{ id: string }>`
        select id from ward.token where secret_index = any(${blindIndexes(token, value)}) order by id`
      return rows.map(({ id }) => id)
    }
    const before = await write(first)
    const ports: KeyPorts = {
      root: fileRootKey(state.rootKey),
      store: keyFolder(state.keyFolder, systemClock),
      floors: floorsFile(state.floors, systemClock),
      deployment: platformOptions(state, platform.urls).vault.deployment,
      clock: systemClock,
    }
    const rotation = { since: await fromNowOn(), settleMs: 0, organization, domains: (one: string) => one === 'index' }
    await rotateDataKeys(ports, { ...rotation, emptied: async () => false })
    const second = fresh()
    const all = [before, await write(first), await write(second)].sort()
    for (const by of [first, second, fresh()]) assert.deepEqual(await found(by), all)
    assert.deepEqual(await found(second, 'another'), [])
    const { rows } = await platform.admin.query(
      'select count(distinct secret_index)::integer as digests from ward.token',
    )
    assert.equal(rows[0]?.['digests'], 2)
    await rotateDataKeys(ports, { ...rotation, emptied: async () => true })
    // What the ended key had made is found no more: the job would have made it anew before.
    assert.equal((await found(fresh())).length, 1)
  })
})
